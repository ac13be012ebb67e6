namespace BodyCam.Rules.Tests.Deadlines;

/// <summary>One row of <c>hand-computed.csv</c>: no field holds a comma.</summary>
internal sealed record HandRow(string Number, string Agency, string Rule, string Article, string Start, string Circumstances, string Expected, string Edge, string Words)
{
    public DateTimeOffset? StartAt => Start.Length == 0 ? null : Local.At(Start);

    /// <summary>A circumstance by key; null when it is not given.</summary>
    public string? this[string key] => Circumstances.Split(';').Where(part => part.StartsWith(key + "=", StringComparison.Ordinal)).Select(part => part[(key.Length + 1)..]).FirstOrDefault();

    public static IReadOnlyList<HandRow> ReadAll() =>
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Deadlines", "hand-computed.csv")).Skip(1).Select(static line =>
        {
            var fields = line.Split(',');
            Assert.Equal(9, fields.Length);
            return new HandRow(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6], fields[7], fields[8]);
        }),
    ];
}
