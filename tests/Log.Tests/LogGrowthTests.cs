namespace Log.Tests;

public sealed class LogGrowthTests
{
    [Fact]
    public void What_a_log_grew_by_fits_from_every_size_to_every_later_one()
    {
        long[] sizes = [0, 1, 255, 256, 257, 700, 1024, 65_300, 65_536, 65_537, 66_000];
        var (files, roots) = Grown(sizes);
        for (var from = 0; from < sizes.Length; from++)
        {
            for (var to = from + 1; to < sizes.Length; to++)
                Assert.Null(WhyNot(files, roots[from], roots[to], null, 0));
        }
    }

    [Fact]
    public void A_byte_that_is_not_what_it_was_in_any_of_the_new_files_does_not_fit()
    {
        var chance = new Random(1);
        long[] sizes = [100, 300, 700, 65_300, 66_000];
        var (files, roots) = Grown(sizes);
        for (var at = 0; at + 1 < sizes.Length; at++)
        {
            foreach (var file in LogFileName.Between(sizes[at], sizes[at + 1]).Where(file => file.End > sizes[at]).OrderBy(_ => chance.Next()).Take(20))
                Assert.Equal(file.Path, WhyNot(files, roots[at], roots[at + 1], file.Path, chance.Next()));
        }
    }

    [Fact]
    public void It_does_not_begin_at_a_root_that_the_tiles_do_not_give()
    {
        var (files, roots) = Grown([300, 700]);
        Assert.Null(LogGrowth.From(files, roots[0] with { Root = roots[1].Root }));
        Assert.Null(LogGrowth.From(new MemoryFiles(), roots[0]));
        files.DeleteDurable("tile/1/000.p/2");
        Assert.Null(LogGrowth.From(files, roots[1]));
    }

    [Fact]
    public void Leaves_that_fit_each_other_and_not_the_root_they_go_on_from_do_not_fit()
    {
        var (files, roots) = Grown([300, 700]);
        var (others, _) = Grown([300, 700]);
        var growth = LogGrowth.From(files, roots[0])!;
        var other = LogFileName.LeavesBetween(300, 700).First().Select(file => file.Take(others.Read(file.Path)!, 700)!).ToArray();
        Assert.Equal("records/001.jsonl", growth.Append(700, other[0], other[1], other[2])?.Path);
    }

    // The name of the first file that does not fit; null when all do and the root is the signed one.
    private static string? WhyNot(MemoryFiles files, Checkpoint from, Checkpoint to, string? changed, int seed)
    {
        var growth = LogGrowth.From(files, from)!;
        byte[] Content(LogFileName file)
        {
            var bytes = (file.Take(files.Read(file.Path) ?? [], to.Size) ?? file.Take(files.Read(file.Full)!, to.Size))!.ToArray();
            if (file.Path == changed)
                bytes[seed % bytes.Length] ^= (byte)(1 << (seed % 8));
            return bytes;
        }

        foreach (var leaves in LogFileName.LeavesBetween(from.Size, to.Size))
        {
            if (growth.Append(to.Size, Content(leaves[0]), Content(leaves[1]), Content(leaves[2])) is { } fault)
                return fault.Path;
        }

        return LogFileName.TilesAbove(from.Size, to.Size).FirstOrDefault(tile => tile.End > from.Size && !growth.Holds(tile.Path, Content(tile)))?.Path
            ?? (growth.IsAt(to) ? null : "checkpoint");
    }

    private static (MemoryFiles Files, Checkpoint[] Roots) Grown(long[] sizes)
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var roots = new List<Checkpoint>();
        foreach (var size in sizes)
        {
            for (var at = writer.Current.Checkpoint.Size; at < size; at = writer.Current.Checkpoint.Size)
                writer.AppendBatch(Samples.Records(at, (int)Math.Min(LogWriter.BatchRecordsMax, size - at)));
            roots.Add(writer.Current.Checkpoint);
        }

        return (files, [.. roots]);
    }
}
