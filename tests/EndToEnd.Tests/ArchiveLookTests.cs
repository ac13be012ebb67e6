using System.Security.Cryptography;
using BodyCam.Archive;
using BodyCam.Cli.Doctor;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary>What <c>doctor</c> says of an archive while the log here and the one there go on.</summary>
public sealed class ArchiveLookTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-look-").FullName;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private string Data => Path.Combine(folder, "data");

    private string Archive => Path.Combine(folder, "archive");

    public void Dispose()
    {
        key.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_round_that_ends_between_the_two_reads_is_no_fault(int rounds)
    {
        using var log = Open(Data);
        Append(log, 300);
        await RoundAsync(log.Current);
        var left = rounds;
        Assert.Null(new ArchiveLook(Data, Archive, () =>
        {
            var read = log.Current.Checkpoint;
            if (left-- > 0)
                RoundAsync(Append(log, 10)).GetAwaiter().GetResult();
            return read;
        }).Fault());
        Assert.True(left < 0);
    }

    [Fact]
    public async Task A_data_folder_that_is_older_than_its_archive_is_told_at_the_first_look()
    {
        await OlderAsync();
        var reads = 0;
        using var log = Open(Data);
        Assert.Contains("is not a beginning of", new ArchiveLook(Data, Archive, () => { reads++; return log.Current.Checkpoint; }).Fault(), StringComparison.Ordinal);
        Assert.Equal(2, reads);
    }

    [Fact]
    public async Task An_older_data_folder_that_goes_on_meanwhile_is_told_after_five_looks()
    {
        await OlderAsync();
        var reads = 0;
        using var log = Open(Data);
        Assert.Contains("is not a beginning of", new ArchiveLook(Data, Archive, () => { reads++; return Append(log, 1).Checkpoint; }).Fault(), StringComparison.Ordinal);
        Assert.InRange(reads, 5, 10);
    }

    [Fact]
    public async Task Both_ends_are_told()
    {
        using var log = Open(Data);
        Append(log, 20);
        Assert.Equal((0, 20), Look().Sizes());
        await RoundAsync(log.Current);
        Append(log, 5);
        Assert.Equal((20, 25), Look().Sizes());

        ArchiveLook Look() => new(Data, Archive, () => log.Current.Checkpoint);
    }

    // The archive has records that the copy of the data folder, which is put back, never had.
    private async Task OlderAsync()
    {
        var copy = Path.Combine(folder, "copy");
        using (var log = Open(Data))
        {
            Append(log, 300);
            FolderTree.Copy(Data, copy, but: "lock");
            await RoundAsync(Append(log, 50));
        }

        Directory.Delete(Data, recursive: true);
        Directory.Move(copy, Data);
    }

    private LogWriter Open(string data) => LogWriter.Open(Path.Combine(data, "log"), key, "bodycam/gateway/0123456789abcdef", TimeProvider.System);

    private static SignedCheckpoint Append(LogWriter log, int count)
    {
        log.AppendBatch([.. Enumerable.Range(0, count).Select(static _ => new LogRecord("note", "{}"u8.ToArray()))]);
        return log.Current;
    }

    private async Task RoundAsync(SignedCheckpoint durable) => Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, Archive).ForwardLogAsync(durable, CancellationToken.None));
}
