namespace BodyCam.Vectors;

/// <summary>A recorded traffic of the board as documented: one transfer a line, what it means behind <c>#</c>.</summary>
internal static class GoldenTrace
{
    /// <summary>Lines of <c>tests/vectors/traces/NAME.trace</c> without comments.</summary>
    internal static string[] Load(string name) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "traces", name + ".trace")).Select(line => line.Split('#')[0].TrimEnd()).Where(line => line.Length > 0)];

    /// <summary>Lines whose only meaning is "ask again" are kept once.</summary>
    internal static string[] WithoutRepeats(IEnumerable<string> lines, string asking)
    {
        var kept = new List<string>();
        foreach (string line in lines)
        {
            if (kept.Count == 0 || kept[^1] != line || !line.StartsWith(asking, StringComparison.Ordinal)) kept.Add(line);
        }

        return [.. kept];
    }
}
