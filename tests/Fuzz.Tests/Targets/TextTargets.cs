using System.Buffers;
using System.Text;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Custody.Acts;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Gateway;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>JSON and text: policies, calendars, acts of the log, self-tests, ids and paths.</summary>
internal static class TextTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        string policies = Path.Combine(AppContext.BaseDirectory, "policies");
        byte[][] policyFiles = [.. Directory.EnumerateFiles(policies, "*.json").Where(static file => !file.EndsWith("schema.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        byte[][] calendars = [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "calendars"), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        // Found: each item below a key of 20,000 letters had a path of that length, 800 MB for 60 KB.
        byte[] longNames = Encoding.UTF8.GetBytes($"{{\"{new string('n', 20_000)}\":[{string.Concat(Enumerable.Repeat("1,", 20_000))}1]}}");
        // Found: a period up to the year 9999 was walked day by day, and past its end.
        byte[] endless = Encoding.UTF8.GetBytes("{\"year\":2026,\"status\":\"not_announced\",\"statutory\":[{\"name\":\"x\",\"from\":\"0001-01-01\",\"to\":\"9999-12-31\"}]}");
        var selfTests = new SelfTests(TimeProvider.System);
        var device = DeviceId.Parse("unit-7");
        return
        [
            // A problem of some hundred letters is told for each key or item that is wrong.
            new("policy file", policyFiles, bytes => Policy(bytes, policies), static (_, _) => true) { IsText = true, AllocatedPerByte = 512, AllocatedMax = 1 << 20, Hostile = [longNames] },
            new("calendar file", calendars, static bytes => Calendar(bytes), static (_, _) => true) { IsText = true, AllocatedPerByte = 512, AllocatedMax = 256 * 1024, Hostile = [longNames, endless] },
            new("json with lines", [.. calendars, "[[1,[2]],{\"a\":{\"b\":[]}}]"u8.ToArray()], static bytes => LineJson.Parse("x", bytes, out _), static (_, json) => ((LineJson)json).Root is null == (((LineJson)json).Duplicates.Count > 0) || ((LineJson)json).Root is null) { IsText = true, AllocatedPerByte = 384, AllocatedMax = 64 * 1024, Hostile = [longNames] },
            new("act of the log", [Act()], static bytes => ActJson.FromRecord(bytes), static (_, act) => Same((Act)act)) { IsText = true, AllocatedPerByte = 128, AllocatedMax = 64 * 1024, InputBytesMax = 16 * 1024 },
            new("self-test event", [.. new[] { "{\"selfTest\":3,\"item\":\"camera\",\"grade\":0,\"figure\":25,\"unit\":\"ms\",\"text\":\"ok\"}", "{\"selfTest\":3,\"item\":\"end\",\"grade\":1,\"figure\":9,\"unit\":\"\",\"text\":\"\"}" }.Select(Encoding.UTF8.GetBytes)], bytes => SelfTest(selfTests, device, bytes), static (_, run) => Plain((SelfTestRun)run)) { IsText = true, AllocatedPerByte = 64 },
            // Found: half a character in one recorder's status made the status of all an error.
            new("status of a recorder", ["{\"state\":\"ready\",\"battery\":80,\"unreceipted\":0}"u8.ToArray()], static bytes => HttpApi.Parse(Encoding.UTF8.GetString(bytes)) is var said && said.GetRawText() != "{\"state\":\"unreadable\"}" ? said : null, static (_, said) => JsonSerializer.SerializeToUtf8Bytes(new { recorders = new { said = (JsonElement)said } }).Length > 0) { IsText = true, AllocatedPerByte = 96, InputBytesMax = 2048, Hostile = ["{\"state\":\"\\ud800\"}"u8.ToArray(), Encoding.ASCII.GetBytes(new string('[', 60) + new string(']', 60))] },
            new("device id and segment path", [.. new[] { "unit-7/0001/000001/000002.mkv", "unit-7/0001/000000-000002.part", "abc/1/2/3" }.Select(Encoding.ASCII.GetBytes)], static bytes => SegmentKey.TryParsePath(Encoding.UTF8.GetString(bytes), out var key) ? key : null, static (_, key) => Place((SegmentKey)key)) { IsText = true, AllocatedPerByte = 64 },
        ];
    }

    private static byte[] Act() => ActJson.ToRecord(new Act("recording.classify", "recording/unit-7.1.1", "u-1", "王一", "officer", DateTimeOffset.UnixEpoch, "分类", ["qidong 15"], [new Change("recording", "unit-7.1.1", [], JsonSerializer.SerializeToElement(new { title = "x" }))]) { Mentions = ["case/1"] }).Utf8Json;

    private static object? Policy(byte[] bytes, string folder)
    {
        var problems = new List<PolicyProblem>();
        var read = PolicyReader.Read("x.json", bytes, name => File.Exists(Path.Combine(folder, name)) && !name.Contains("..", StringComparison.Ordinal) ? File.ReadAllBytes(Path.Combine(folder, name)) : null, problems);
        if (read is null && problems.Count == 0)
            throw new InvalidOperationException("a policy is refused without a problem");
        return read;
    }

    private static object? Calendar(byte[] bytes)
    {
        object? any = null;
        foreach (int year in (int[])[2025, 2026, 2027])
        {
            var read = CalendarReader.Read("x.json", year, bytes);
            if (read.Calendar is null == (read.Problems.Count == 0))
                throw new InvalidOperationException("a calendar comes with problems or neither comes");
            any ??= read.Calendar;
        }

        return any;
    }

    private static object? SelfTest(SelfTests tests, DeviceId device, byte[] bytes)
    {
        tests.Forget(device);
        tests.Hear(device, new ReadOnlySequence<byte>("{\"selfTest\":3,\"item\":\"card\",\"grade\":0,\"figure\":1,\"unit\":\"\",\"text\":\"\"}"u8.ToArray()));
        var before = tests.Newest(device);
        tests.Hear(device, new ReadOnlySequence<byte>(bytes));
        var after = tests.Newest(device);
        return ReferenceEquals(before, after) ? null : after;
    }

    private static bool Plain(SelfTestRun run) =>
        run.Lines.Any(static line => $"{line.Item}{line.Unit}{line.Text}".Any(char.IsControl)) ? throw new InvalidOperationException("a line would steer a terminal") : true;

    private static bool Place(SegmentKey key) =>
        SegmentKey.TryParsePath(key.RelativePath + ".mkv", out var again) && again == key && !key.RelativePath.Contains("..", StringComparison.Ordinal) ? true : throw new InvalidOperationException($"a place {key.RelativePath}");

    private static bool Same(Act act)
    {
        byte[] written = ActJson.ToRecord(act).Utf8Json;
        return ActJson.FromRecord(written) is { } again && ActJson.ToRecord(again).Utf8Json.AsSpan().SequenceEqual(written)
            ? true
            : throw new InvalidOperationException($"an act is written otherwise the second time: {Encoding.UTF8.GetString(written)} and {(ActJson.FromRecord(written) is { } other ? Encoding.UTF8.GetString(ActJson.ToRecord(other).Utf8Json) : "nothing")}");
    }
}
