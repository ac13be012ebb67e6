using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Archive.Tests;

/// <summary>Only what the gateway signed says that the archive's log goes further.</summary>
public sealed class AheadTests : PutBackScene
{
    [Fact]
    public async Task A_checkpoint_there_that_rotted_or_that_nobody_signed_stops_no_start()
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        var path = Path.Combine(Folder, "log/checkpoint");
        var lines = File.ReadAllText(path).Split('\n');
        lines[1] = "9" + lines[1];
        File.WriteAllText(path, string.Join('\n', lines), new UTF8Encoding(false));
        Assert.Null(await WhyAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_log_there_that_goes_on_under_a_key_for_which_this_stations_vouched_is_told_whatever_lies_beside_it(bool isPemPipe)
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Rotate(Folder, next, station.Key.Ecdsa);
        var pem = Path.Combine(Folder, "gateway.pem");
        File.Delete(pem);
        if (isPemPipe)
            MakePipe(pem);
        Assert.Contains("this data folder is an older one", await WhyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_strange_key_stops_no_start_though_it_lies_there_and_the_log_there_is_whole(bool isWhole)
    {
        await ArchiveAsync(1);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(Folder, "gateway-x.pem"), LogPublicKey.From(strange).ToPem());
        if (isWhole)
            Rotate(Folder, strange, oldPrivate: null);
        else
            File.WriteAllBytes(Path.Combine(Folder, "log/checkpoint"), CheckpointNote.Sign(CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(Folder, "log/checkpoint")))! with { Size = 1000 }, strange));
        Assert.True(SizeThere > CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(station.Folder, "log/checkpoint")))!.Size);
        Assert.Null(await WhyAsync());
    }

    [Fact]
    public async Task A_log_there_that_a_former_key_of_this_station_signed_is_told_though_another_one_of_them_cannot_be_read()
    {
        await ArchiveAsync(1);
        await station.CloseAsync();
        FolderTree.Copy(station.Folder, station.Folder + "-older");
        station.Open();
        Renew();
        await ArchiveAsync(2);
        await forwarder.RunOnceAsync(default);
        await station.CloseAsync();
        Directory.Delete(station.Folder, recursive: true);
        Directory.Move(station.Folder + "-older", station.Folder);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Rotate(station.Folder, next, station.Key.Ecdsa);
        var pem = LogPublicKey.From(next).ToPem();
        File.WriteAllText(Path.Combine(station.Folder, "gateway.pem"), pem);
        File.Delete(Path.Combine(Folder, "gateway.pem"));
        Assert.Null(await WhyAsync(pem));
        MakePipe(Path.Combine(station.Folder, "gateway-0.pem"));
        File.WriteAllText(Path.Combine(station.Folder, "gateway-1.pem"), station.Key.PublicKeyPem);
        Assert.Contains("this data folder is an older one", await WhyAsync(pem), StringComparison.Ordinal);
    }

    private static void MakePipe(string path)
    {
        using var make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
    }

    // As a rotation leaves the log; without the old key's private half nobody vouches for the new one.
    private void Rotate(string folder, ECDsa next, ECDsa? oldPrivate)
    {
        var old = LogPublicKey.FromPem(station.Key.PublicKeyPem)!;
        var origin = CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(folder, "log/checkpoint")))!.Origin;
        using var log = LogWriter.Open(Path.Combine(folder, "log"), next, origin, station.Time, previousKeys: [old]);
        log.AppendBatch([KeyChange.Record(log.Current.Checkpoint, old, oldPrivate, next, 1)]);
    }

    private Task<string?> WhyAsync(string? pem = null) => ArchiveAhead.WhyAsync(station.Folder, Folder, pem ?? station.Key.PublicKeyPem, default);
}
