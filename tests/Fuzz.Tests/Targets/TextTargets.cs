using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using BodyCam.Core;
using BodyCam.Custody.Acts;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Gateway;
using BodyCam.Rules.Calendars;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>JSON and text: policies, calendars, acts of the log, self-tests, ids and paths.</summary>
internal static class TextTargets
{
    private static readonly JsonSerializerOptions written = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static IEnumerable<FuzzTarget> All()
    {
        string policies = Path.Combine(AppContext.BaseDirectory, "policies");
        byte[][] policyFiles = [.. Directory.EnumerateFiles(policies, "*.json").Where(static file => !file.EndsWith("schema.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        byte[][] calendars = [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "calendars"), "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        // Found: each item below a key of 20,000 letters had a path of that length, 800 MB for 60 KB.
        byte[] longNames = Encoding.UTF8.GetBytes($"{{\"{new string('n', 20_000)}\":[{string.Concat(Enumerable.Repeat("1,", 20_000))}1]}}");
        // Found: a period up to the year 9999 was walked day by day, and past its end.
        byte[] endless = Encoding.UTF8.GetBytes("{\"year\":2026,\"status\":\"not_announced\",\"statutory\":[{\"name\":\"x\",\"from\":\"0001-01-01\",\"to\":\"9999-12-31\"}]}");
        // Found: three problems were told for each of thousands of empty objects.
        byte[] problems = Encoding.UTF8.GetBytes($"{{\"year\":2026,\"status\":\"announced\",\"holidays\":[{string.Concat(Enumerable.Repeat("{},", 12_000))}{{}}]}}");
        var selfTests = new SelfTests(TimeProvider.System);
        var device = DeviceId.Parse("unit-7");
        return
        [
            // A problem of some hundred letters is told for each key or item that is wrong.
            new("policy file", policyFiles, bytes => Policy(bytes, policies), (_, policy) => PolicyHolds((PolicySet)policy, policies)) { IsText = true, AllocatedPerByte = 512, AllocatedMax = 1 << 20, Hostile = [longNames] },
            new("calendar file", calendars, static bytes => Calendar(bytes), static (_, calendar) => CalendarHolds((YearCalendar)calendar)) { IsText = true, AllocatedPerByte = 512, AllocatedMax = 256 * 1024, Hostile = [longNames, endless, problems] },
            new("json with lines", [.. calendars, "[[1,[2]],{\"a\":{\"b\":[]}}]"u8.ToArray()], static bytes => LineJson.Parse("x", bytes, out _), static (_, json) => ((LineJson)json).Root is null == (((LineJson)json).Duplicates.Count > 0) || ((LineJson)json).Root is null) { IsText = true, AllocatedPerByte = 384, AllocatedMax = 64 * 1024, Hostile = [longNames] },
            new("act of the log", [Act()], static bytes => ActJson.FromRecord(bytes), static (_, act) => Same((Act)act)) { IsText = true, AllocatedPerByte = 128, AllocatedMax = 64 * 1024, InputBytesMax = 16 * 1024 },
            new("self-test event", [.. new[] { "{\"selfTest\":3,\"item\":\"camera\",\"grade\":0,\"figure\":25,\"unit\":\"ms\",\"text\":\"ok\"}", "{\"selfTest\":3,\"item\":\"end\",\"grade\":1,\"figure\":9,\"unit\":\"\",\"text\":\"\"}" }.Select(Encoding.UTF8.GetBytes)], bytes => SelfTest(selfTests, device, bytes), static (_, run) => Plain((SelfTestRun)run)) { IsText = true, AllocatedPerByte = 64 },
            // Found: half a character in one recorder's status made the status of all an error.
            new("status of a recorder", ["{\"state\":\"ready\",\"battery\":80,\"unreceipted\":0}"u8.ToArray()], static bytes => HttpApi.Parse(Encoding.UTF8.GetString(bytes)) is var said && said.GetRawText() != "{\"state\":\"unreadable\"}" ? said : null, static (_, said) => JsonSerializer.SerializeToUtf8Bytes(new { recorders = new { said = (JsonElement)said } }).Length > 0) { IsText = true, AllocatedPerByte = 96, InputBytesMax = 2048, Hostile = ["{\"state\":\"\\ud800\"}"u8.ToArray(), Encoding.ASCII.GetBytes(new string('[', 60) + new string(']', 60))] },
            new("device id and segment path", [.. new[] { "unit-7/0001/000001/000002.mkv", "unit-7/0001/000000-000002.part", "abc/1/2/3" }.Select(Encoding.ASCII.GetBytes)], static bytes => SegmentKey.TryParsePath(Encoding.UTF8.GetString(bytes), out var key) ? key : null, static (_, key) => Place((SegmentKey)key)) { IsText = true, AllocatedPerByte = 64 },
        ];
    }

    private static byte[] Act() => ActJson.ToRecord(new Act("recording.classify", "recording/unit-7.1.1", "u-1", "王一", "officer", DateTimeOffset.UnixEpoch, "分类", ["qidong 15"], [new Change("recording", "unit-7.1.1", [], JsonSerializer.SerializeToElement(new { title = "x" }))]) { Mentions = ["case/1"] }).Utf8Json;

    private static PolicySet? Policy(byte[] bytes, string folder)
    {
        var problems = new List<PolicyProblem>();
        var read = PolicyReader.Read("x.json", bytes, name => Source(name, folder), problems);
        if (read is null == (problems.Count == 0))
            throw new InvalidOperationException("a policy comes with problems or neither comes");
        return read;
    }

    private static byte[]? Source(string name, string folder) =>
        File.Exists(Path.Combine(folder, name)) && !name.Contains("..", StringComparison.Ordinal) ? File.ReadAllBytes(Path.Combine(folder, name)) : null;

    // The text is the one that was published, every citation finds its article, and the file says the same when it is written anew.
    private static bool PolicyHolds(PolicySet policy, string folder)
    {
        byte[] source = Source(policy.Source.File, folder) ?? throw new InvalidOperationException($"a policy rests on {policy.Source.File}, which is not there");
        Require(Convert.ToHexStringLower(SHA256.HashData(source)) == policy.Source.Sha256, "a policy rests on a text of another hash");
        string text = Encoding.UTF8.GetString(source);
        Require(policy.Articles.Select(static article => article.Number).SequenceEqual(Enumerable.Range(1, policy.Articles.Count).Select(static number => number.ToString(CultureInfo.InvariantCulture))), "articles are out of order");
        Require(policy.Articles.All(article => article.Text.Length > 0 && text.Contains(article.Text, StringComparison.Ordinal)), "an article does not stand in the text");
        Require(policy.Version >= 1 && !(policy.EffectiveTo < policy.EffectiveFrom) && policy.Id.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'), "a policy without version, time or id");
        byte[] written = JsonSerializer.SerializeToUtf8Bytes(policy, PolicyJson.Options);
        foreach (string cite in Cites(JsonNode.Parse(written)))
            Require(policy.Find(cite) is not null, $"{cite} finds no article");
        var again = Policy(written, folder) ?? throw new InvalidOperationException("a policy is refused when it is written anew");
        Require(JsonSerializer.SerializeToUtf8Bytes(again, PolicyJson.Options).AsSpan().SequenceEqual(written), "a policy is written otherwise the second time");
        return true;
    }

    private static IEnumerable<string> Cites(JsonNode? node) => node switch
    {
        JsonObject one => one.SelectMany(static pair => pair is { Key: "cites", Value: JsonArray cites } ? cites.Select(static cite => cite!.GetValue<string>()) : Cites(pair.Value)),
        JsonArray many => many.SelectMany(Cites),
        _ => [],
    };

    // A day is off or made up for, once and within the year; the file says the same when it is written anew.
    private static bool CalendarHolds(YearCalendar calendar)
    {
        foreach (var periods in (IReadOnlyList<HolidayPeriod>[])[calendar.Holidays, calendar.Statutory])
        {
            Require(periods.All(period => period.From <= period.To && period.From.Year == calendar.Year && period.To.Year == calendar.Year && period.Name.Length > 0), "a period outside its year");
            Require(periods.OrderBy(static period => period.From).Zip(periods.OrderBy(static period => period.From).Skip(1)).All(static pair => pair.First.To < pair.Second.From), "two periods overlap");
        }

        Require(calendar.MakeUpDays.Select(static made => made.Day).Distinct().Count() == calendar.MakeUpDays.Count, "a make-up day stands twice");
        Require(calendar.MakeUpDays.All(made => made.Day.Year == calendar.Year && made.Day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday && !calendar.Holidays.Any(period => period.Contains(made.Day))), "a make-up day that is none");
        Require(calendar.Status == CalendarStatus.NotAnnounced || (calendar.Source is not null && calendar.Holidays.Count > 0), "an announced year without its notice or its days");
        byte[] written = CalendarJson(calendar);
        var again = CalendarReader.Read("x.json", calendar.Year, written).Calendar ?? throw new InvalidOperationException($"a calendar is refused when it is written anew: {Encoding.UTF8.GetString(written)}");
        Require(CalendarJson(again).AsSpan().SequenceEqual(written), "a calendar is read otherwise the second time");
        return true;
    }

    private static byte[] CalendarJson(YearCalendar calendar) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            year = calendar.Year,
            status = calendar.Status == CalendarStatus.Announced ? "announced" : "not_announced",
            source = calendar.Source is { } source ? new { title = source.Title, number = source.Number, url = source.Url } : null,
            holidays = calendar.Holidays.Select(static period => new { name = period.Name, from = period.From, to = period.To }),
            workdays = calendar.MakeUpDays.Select(static made => new { name = made.Name, day = made.Day }),
            statutory = calendar.Statutory.Select(static period => new { name = period.Name, from = period.From, to = period.To }),
            note = calendar.Note,
        },
        written);

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private static YearCalendar? Calendar(byte[] bytes)
    {
        YearCalendar? any = null;
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
