namespace BodyCam.Recorder.Tests;

/// <summary>What a bystander would call what a light does.</summary>
internal static class LightPattern
{
    public const string Dark = "dark", Steady = "steady", Slow = "slow", Fast = "fast", Attention = "attention";

    /// <summary>Watches the light for ten more seconds and counts how often it goes on: slow 5 times, attention 10 (two flashes every 2 s), fast 25.</summary>
    public static string Of(Bench bench, string light)
    {
        var begin = bench.Board.Now;
        bench.Run(10);
        return Named(bench.Board.Timeline.Entries.Count(entry => entry.Part == light && entry.State == "on" && entry.At > begin), bench.Board.Timeline.Last(light));
    }

    /// <summary>Both lights at once: record, status.</summary>
    public static (string Record, string Status) Both(Bench bench)
    {
        var begin = bench.Board.Now;
        bench.Run(10);
        var entries = bench.Board.Timeline.Entries.Where(entry => entry.State == "on" && entry.At > begin).ToList();
        return (Named(entries.Count(static entry => entry.Part == "record led"), bench.Board.Timeline.Last("record led")),
            Named(entries.Count(static entry => entry.Part == "status led"), bench.Board.Timeline.Last("status led")));
    }

    private static string Named(int times, string? last) => times switch
    {
        0 => last == "on" ? Steady : Dark,
        <= 6 => Slow,
        <= 13 => Attention,
        _ => Fast,
    };
}
