using System.Globalization;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Fuzz.Tests.Targets;

namespace BodyCam.Fuzz.Tests;

/// <summary>
/// Every parser that reads foreign bytes, under mutated inputs: an answer by name and never another exception, no hang, a memory ceiling
/// in multiples of the input, and what is accepted holds. The long run takes <c>BODYCAM_FUZZ_SECONDS</c> (60) for each parser;
/// <c>BODYCAM_FUZZ_PARSER</c> leaves only those whose name begins so.
/// </summary>
public sealed class ParserTests(ITestOutputHelper output)
{
    /// <summary>Share of one parser in the ordinary run.</summary>
    private static readonly TimeSpan briefly = TimeSpan.FromMilliseconds(250);

    private static readonly Lazy<IReadOnlyDictionary<string, FuzzTarget>> targets = new(static () =>
        new[] { MqttTargets.All, WireTargets.All, SegmentTargets.All, LogTargets.All, TextTargets.All, KeyTargets.All, PackageTargets.All, StampTargets.All, StoreTargets.All, TokenTargets.All, RecorderTargets.All }.SelectMany(static all => all()).ToDictionary(static target => target.Name, StringComparer.Ordinal));

    /// <summary>Names of the parsers.</summary>
    public static TheoryData<string> Parsers => [.. targets.Value.Keys.Where(static name => name.StartsWith(Environment.GetEnvironmentVariable("BODYCAM_FUZZ_PARSER") ?? "", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Parsers))]
    public void Mutated_inputs_are_answered_within_time_and_memory_and_what_is_accepted_holds(string parser) => Run(parser, briefly);

    [Theory(Explicit = true)]
    [MemberData(nameof(Parsers))]
    public void The_same_for_minutes(string parser) =>
        Run(parser, TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("BODYCAM_FUZZ_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? seconds : 60));

    private void Run(string parser, TimeSpan duration)
    {
        output.WriteLine($"seed {Fuzzer.Seed}");
        var report = Fuzzer.Run(targets.Value[parser], duration);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{parser}: {report.Rounds} inputs, {report.Accepted} accepted, at most {report.BytesMax} bytes in one parse, {report.PerByteMax:F1} for a byte above the constant"));
        Assert.True(report.Rounds > targets.Value[parser].RoundsMin, $"only {report.Rounds} inputs were tried");
    }
}
