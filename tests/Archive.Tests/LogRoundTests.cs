using System.Security.Cryptography;
using BodyCam.Archive;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.Archive.Tests;

/// <summary>What a round leaves of the log in the archive, whatever happened before and meanwhile: a tree that is whole at its checkpoint, and nothing lost that stood there.</summary>
public sealed class LogRoundTests : LogScene
{
    // A name that is there and cannot be opened is what is seen of one that goes in that moment.
    [Fact]
    public async Task A_partial_tile_that_goes_between_two_steps_leaves_no_empty_file_there()
    {
        using var log = Log();
        var durable = Append(log, 44);
        File.Delete(Path.Combine(Data, "log/tile/0/000.p/44"));
        File.CreateSymbolicLink(Path.Combine(Data, "log/tile/0/000.p/44"), "/nowhere/at/all");
        var outcome = await new FolderArchive(Data, There).ForwardLogAsync(durable, default);
        Assert.True(outcome != ArchiveOutcome.Archived || Faults().Count == 0, "an empty file was put there");
    }

    [Fact]
    public async Task An_older_archive_that_is_put_back_is_brought_up_again()
    {
        using var log = Log();
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 300), default));
        FolderTree.Copy(There, There + "-old");
        var durable = Append(log, 300);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Directory.Delete(There, recursive: true);
        Directory.Move(There + "-old", There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Equal(600, CheckpointNote.Parse(File.ReadAllBytes(Path.Combine(There, "log/checkpoint")))!.Size);
    }

    [Theory]
    [InlineData("log/records/000.jsonl")]
    [InlineData("log/tile/entries/000")]
    [InlineData("log/tile/0/000")]
    [InlineData("log/tile/1/000.p/1")]
    public async Task A_file_that_is_missing_in_both_ends_the_round(string name)
    {
        using var log = Log();
        var durable = Append(log, 300);
        File.Delete(Path.Combine(Data, name));
        var outcome = await new FolderArchive(Data, There).ForwardLogAsync(durable, default);
        Assert.True(outcome != ArchiveOutcome.Archived || Faults().Count == 0, $"{outcome}: {string.Join('\n', Faults())}");
    }

    [Fact]
    public async Task It_is_brought_once_it_is_here_again()
    {
        using var log = Log();
        var durable = Append(log, 300);
        var name = Path.Combine(Data, "log/tile/entries/000");
        File.Move(name, name + ".away");
        var archive = new FolderArchive(Data, There);
        await archive.ForwardLogAsync(durable, default);
        File.Move(name + ".away", name);
        for (var i = 0; i < 5; i++)
            Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 100), default));
        Assert.Empty(Faults());
    }

    [Theory]
    [InlineData("tile/0/001")]
    [InlineData("tile/entries/001")]
    public async Task A_full_tile_that_stands_in_for_a_covered_partial_one_is_not_written_over_by_rot(string name)
    {
        using var log = Log();
        var durable = Append(log, 300);
        Append(log, 300); // meanwhile
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Empty(Faults());
        var here = Path.Combine(Data, "log", name);
        var good = File.ReadAllBytes(here);
        File.WriteAllBytes(here, [.. good[..40], (byte)(good[40] ^ 1), .. good[41..]]); // leaf 257, covered
        await archive.ForwardLogAsync(log.Current, default);
        var before = Path.Combine(There, "log", name + ".p/44");
        Assert.True(good.AsSpan().StartsWith(File.ReadAllBytes(before)), "the only copy there of covered leaves was written over by rot\n" + string.Join('\n', Faults()));
        Assert.True(!File.Exists(Path.Combine(There, "log", name)) || good.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(There, "log", name))), "rot was brought");
        Assert.Empty(Faults());
    }

    [Fact]
    public async Task A_stale_partial_tile_there_is_not_taken_for_this_logs()
    {
        var log = Log();
        var first = Append(log, 100);
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(first, default));
        FolderTree.Copy(Data, Data + "-backup", but: "lock");
        var note = File.ReadAllBytes(Path.Combine(There, "log/checkpoint"));
        // A round that is broken off before its checkpoint; the data folder is lost then and its backup restored.
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 200), default));
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), note);
        log.Dispose();
        Directory.Delete(Data, recursive: true);
        Directory.Move(Data + "-backup", Data);

        using var again = Log();
        var durable = Append(again, 200);
        Append(again, 300); // meanwhile
        var lines = File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"));
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(durable, default));
        Assert.Empty(Faults());
        Assert.Contains(Directory.GetFiles(Path.Combine(There, "kept"), "*", SearchOption.AllDirectories), path => File.ReadAllBytes(path).AsSpan().SequenceEqual(lines));
    }

    [Theory]
    [InlineData(100, 200, 300)] // the tile that was left unfinished is unfinished again, and wider
    [InlineData(100, 200, 900)] // it is full
    [InlineData(300, 30, 100)] // what the checkpoint there covers of it stays
    public async Task What_a_round_broken_off_left_of_another_log_is_gone_once_this_one_is_past_it(int kept, int lost, int gone)
    {
        var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, kept), default));
        FolderTree.Copy(Data, Data + "-backup", but: "lock");
        var note = File.ReadAllBytes(Path.Combine(There, "log/checkpoint"));
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, lost), default));
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), note);
        log.Dispose();
        Directory.Delete(Data, recursive: true);
        Directory.Move(Data + "-backup", Data);

        using var again = Log();
        var covered = Directory.EnumerateFiles(Path.Combine(There, "log/tile"), kept % 256 + "", SearchOption.AllDirectories).ToDictionary(static path => path, File.ReadAllBytes);
        var archive = new FolderArchive(Data, There);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(again, lost / 2), default));
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(again, gone), default));
        Assert.Empty(Faults());
        var (here, there) = (new LogReader(Path.Combine(Data, "log")), new LogReader(Path.Combine(There, "log")));
        Assert.All(Enumerable.Range(1, kept + (lost / 2) + gone), size => Assert.Equal(here.RootAt(size), there.RootAt(size)));
        Assert.All(covered, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
    }

    [Fact]
    public async Task A_longer_log_there_without_a_readable_checkpoint_is_not_written_over()
    {
        var log = Log();
        Append(log, 100);
        FolderTree.Copy(Data, Data + "-backup", but: "lock");
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 50), default));
        var before = File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"));
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), [.. File.ReadAllBytes(Path.Combine(There, "log/checkpoint"))[..30]]);
        log.Dispose();
        Directory.Delete(Data, recursive: true);
        Directory.Move(Data + "-backup", Data);
        using var again = Log();
        await new FolderArchive(Data, There).ForwardLogAsync(Append(again, 1), default);
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"))), "49 records that stood only there were written over");
    }

    [Fact]
    public async Task A_station_restored_from_what_a_round_left_starts()
    {
        using var log = Log();
        for (var left = 65_300; left > 0; left -= Math.Min(left, 4000))
            Append(log, Math.Min(left, 4000));
        var durable = log.Current;
        Append(log, 300); // meanwhile; tile/1/000 fills
        Assert.Equal(65_300, durable.Checkpoint.Size);
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(durable, default));
        Assert.Empty(Faults());
        FolderTree.Copy(Path.Combine(There, "log"), Path.Combine(Root, "restored/log"));
        using var restored = LogWriter.Open(Path.Combine(Root, "restored/log"), Key, "bodycam/gateway/0123456789abcdef", TimeProvider.System);
        Assert.Equal(65_300, restored.Current.Checkpoint.Size);
    }

    [Fact]
    public async Task A_checkpoint_kept_elsewhere_holds_against_the_archive_later()
    {
        using var log = Log();
        var durable = Append(log, 44);
        File.Delete(Path.Combine(Data, "log/tile/0/000.p/44"));
        File.CreateSymbolicLink(Path.Combine(Data, "log/tile/0/000.p/44"), "/nowhere/at/all");
        var archive = new FolderArchive(Data, There);
        await archive.ForwardLogAsync(durable, default);
        await archive.ForwardLogAsync(Append(log, 300), default);
        Assert.True(Faults().Count == 0, string.Join('\n', Faults()));
        Assert.Equal(durable.Checkpoint.Root, new LogReader(Path.Combine(There, "log")).RootAt(44));
    }

    [Theory]
    [InlineData("log/records/001.jsonl")]
    [InlineData("log/records/000.jsonl")]
    public async Task A_file_there_that_is_a_beginning_of_the_one_here_is_completed(string name)
    {
        using var log = Log();
        await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 300), default);
        var path = Path.Combine(There, name);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^700]);
        var archive = new FolderArchive(Data, There);
        var outcome = await archive.ForwardLogAsync(Append(log, 1), default);
        Assert.True(outcome == ArchiveOutcome.Archived, archive.Refusal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_longer_log_there_with_an_empty_or_missing_checkpoint_is_not_written_over(bool isEmpty)
    {
        var log = Log();
        Append(log, 100);
        FolderTree.Copy(Data, Data + "-backup", but: "lock");
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 50), default));
        var before = File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"));
        if (isEmpty) File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), []); else File.Delete(Path.Combine(There, "log/checkpoint"));
        log.Dispose();
        Directory.Delete(Data, recursive: true);
        Directory.Move(Data + "-backup", Data);
        using var again = Log();
        var outcome = await new FolderArchive(Data, There).ForwardLogAsync(Append(again, 1), default);
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"))), $"{outcome}: 49 records that stood only there were written over");
    }

    [Theory]
    [InlineData(30)]
    [InlineData(0)]
    public async Task A_good_tile_there_is_not_written_over_by_rot_when_the_checkpoint_there_cannot_be_read(int left)
    {
        using var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 600), default));
        var note = Path.Combine(There, "log/checkpoint");
        File.WriteAllBytes(note, File.ReadAllBytes(note)[..left]);
        var name = "log/tile/entries/000";
        var good = File.ReadAllBytes(Path.Combine(There, name));
        File.WriteAllBytes(Path.Combine(Data, name), [.. good[..40], (byte)(good[40] ^ 1), .. good[41..]]);
        var outcome = await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 1), default);
        Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(There, name))), $"{outcome}: written over; " + string.Join('\n', Faults()));
    }

    [Theory]
    [InlineData("log/tile/0/000")]
    [InlineData("log/tile/entries/000")]
    [InlineData("log/records/000.jsonl")]
    [InlineData("log/records/001.jsonl")]
    public async Task A_file_that_is_cut_short_here_ends_the_round(string name)
    {
        using var log = Log();
        var durable = Append(log, 300);
        var path = Path.Combine(Data, name);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);
        var outcome = await new FolderArchive(Data, There).ForwardLogAsync(durable, default);
        Assert.True(outcome != ArchiveOutcome.Archived, $"{outcome}: {string.Join('\n', Faults())}");
    }

    [Fact]
    public async Task Lines_there_beyond_its_checkpoint_outlive_records_that_are_cut_short_here()
    {
        using var log = Log();
        var first = Append(log, 44);
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(first, default));
        var note = File.ReadAllBytes(Path.Combine(There, "log/checkpoint"));
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 56), default));
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), note); // as if broken off before it
        var path = Path.Combine(Data, "log/records/000.jsonl");
        var lines = File.ReadAllLines(path);
        var good = File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"));
        File.WriteAllText(path, string.Concat(lines.Take(50).Select(l => l + "\n")));
        var outcome = await new FolderArchive(Data, There).ForwardLogAsync(log.Current, default);
        Assert.True(good.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(There, "log/records/000.jsonl"))), $"{outcome}: 50 durable lines lost there; " + string.Join('\n', Faults()));
    }

    [Fact]
    public async Task A_file_of_the_log_that_cannot_be_read_here_is_told_and_the_rest_is_brought()
    {
        using var log = Log();
        var durable = Append(log, 300);
        Directory.CreateDirectory(Path.Combine(Data, "damaged"));
        File.WriteAllText(Path.Combine(Data, "damaged/x.bin"), "x");
        File.Delete(Path.Combine(Data, "log/tile/0/000")); Directory.CreateDirectory(Path.Combine(Data, "log/tile/0/000"));
        var archive = new FolderArchive(Data, There);
        var outcome = await archive.ForwardLogAsync(durable, default);
        Assert.True(archive.Refusal is not null && File.Exists(Path.Combine(There, "damaged/x.bin")), $"{outcome}, refusal '{archive.Refusal}', damaged brought: {File.Exists(Path.Combine(There, "damaged/x.bin"))}");
    }

    [Fact]
    public async Task A_station_restored_from_a_round_broken_off_far_beyond_goes_on()
    {
        var log = Log();
        var first = Append(log, 300);
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(first, default));
        Append(log, 70_000);
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(log.Current, default));
        File.WriteAllBytes(Path.Combine(There, "log/checkpoint"), first.Note);
        log.Dispose();
        Directory.Delete(Data, true);
        FolderTree.Copy(Path.Combine(There, "log"), Path.Combine(Data, "log"));
        var archive = new FolderArchive(Data, There);
        using (var again = Log())
        {
            Assert.Equal(300, again.Current.Checkpoint.Size);
            var lines = Enumerable.Range(1, 70).Select(bundle => File.ReadAllBytes(Path.Combine(There, $"log/records/{bundle:D3}.jsonl"))).ToList();
            Assert.True(await archive.ForwardLogAsync(Append(again, 1), default) == ArchiveOutcome.Archived, archive.Refusal);
            Assert.True(await archive.ForwardLogAsync(Append(again, 20_001), default) == ArchiveOutcome.Archived, archive.Refusal);
            var kept = Directory.GetFiles(Path.Combine(There, "kept/log/records")).ToLookup(static path => Path.GetFileName(path)[..9], File.ReadAllBytes);
            Assert.All(Enumerable.Range(1, 70), bundle => Assert.Contains(kept[$"{bundle:D3}.jsonl"], bytes => bytes.AsSpan().SequenceEqual(lines[bundle - 1])));
        }
        var here = Faults(Data); var there = Faults();
        string? broken = null;
        try { using var two = Log(); } catch (LogBrokenException e) { broken = e.Message; }
        Assert.True(here.Count + there.Count == 0 && broken is null, $"{broken}\nhere {here.Count}:\n" + string.Join('\n', here.Take(6)) + $"\nthere {there.Count}:\n" + string.Join('\n', there.Take(6)));
    }

    [Fact]
    public async Task A_round_that_waits_for_a_person_looks_at_the_file_it_waits_for_and_at_no_other()
    {
        using var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 600), default));
        var archive = new FolderArchive(Data, There);
        var goods = new Stack<(string Path, byte[] Bytes)>();
        foreach (var name in new[] { "log/tile/0/000", "log/records/000.jsonl" }) // a round comes to the second one first
        {
            goods.Push((Path.Combine(There, name), File.ReadAllBytes(Path.Combine(There, name))));
            File.WriteAllBytes(goods.Peek().Path, goods.Peek().Bytes[1..]);
            Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 100), default));
            Assert.Contains("log/tile/0/000 in", archive.Refusal, StringComparison.Ordinal);
        }

        File.WriteAllBytes(goods.Last().Path, goods.Last().Bytes);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(log.Current, default));
        Assert.Contains("log/records/000.jsonl in", archive.Refusal, StringComparison.Ordinal);
        File.WriteAllBytes(goods.Peek().Path, goods.Peek().Bytes);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(log.Current, default));
        Assert.Empty(Faults());
    }

    [Fact]
    public async Task A_partial_tile_that_was_missing_is_waited_for_no_more_when_a_wider_one_takes_its_place()
    {
        using var log = Log();
        var durable = Append(log, 300);
        File.Delete(Path.Combine(Data, "log/tile/1/000.p/1"));
        var archive = new FolderArchive(Data, There);
        Assert.NotEqual(ArchiveOutcome.Archived, await archive.ForwardLogAsync(durable, default));
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardLogAsync(Append(log, 300), default));
        Assert.Empty(Faults());
    }

    [Fact]
    public async Task That_the_log_cannot_be_continued_is_told_without_writing_in_the_archive()
    {
        using var log = Log();
        Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, There).ForwardLogAsync(Append(log, 300), default));
        var durable = Append(log, 300);
        var before = Snapshot();
        Assert.Null(await new FolderArchive(Data, There).WhyStoppedAsync(durable.Checkpoint, default));
        Assert.Equal(before, Snapshot());
        var path = Path.Combine(There, "log/records/001.jsonl");
        File.WriteAllBytes(path, [.. "x"u8, .. File.ReadAllBytes(path)[1..]]);
        before = Snapshot();
        Assert.Contains("log/records/001.jsonl in", await new FolderArchive(Data, There).WhyStoppedAsync(durable.Checkpoint, default), StringComparison.Ordinal);
        Assert.Equal(before, Snapshot());

        List<(string, string)> Snapshot() => [.. Directory.EnumerateFiles(There, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static file => (file, Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))))];
    }
}
