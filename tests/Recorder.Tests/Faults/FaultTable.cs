namespace BodyCam.Recorder.Tests;

/// <summary>One row of the fault table in firmware/docs/ARCHITECTURE.md.</summary>
/// <param name="Fault">Its first column.</param>
/// <param name="Record">Record light.</param>
/// <param name="Status">Status light.</param>
/// <param name="Tones">alarm, warning or –.</param>
/// <param name="Journal">Lines that must be there: event and the fields that it must have.</param>
internal sealed record FaultRow(string Fault, string Record, string Status, string Tones, IReadOnlyList<(string Event, IReadOnlyList<(string Field, string Value)> Fields)> Journal)
{
    public static IReadOnlyList<FaultRow> All { get; } = Read();

    private static List<FaultRow> Read()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "firmware", "docs", "ARCHITECTURE.md"));
        return [.. lines.SkipWhile(static line => line != "## Faults").Skip(1).TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(Parse)];
    }

    private static FaultRow Parse(string line)
    {
        var cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries);
        Assert.Equal(6, cells.Length);
        return new FaultRow(cells[0], cells[1], cells[2], cells[3], [.. cells[4].Split(';', StringSplitOptions.TrimEntries).Select(static wanted =>
        {
            var words = wanted.Split(' ');
            return (words[0].Trim('`'), (IReadOnlyList<(string, string)>)[.. words[1..].Select(static word => (word.Split('=')[0], word.Split('=')[1]))]);
        })]);
    }
}
