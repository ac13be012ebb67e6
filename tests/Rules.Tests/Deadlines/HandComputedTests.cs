using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Retention;

namespace BodyCam.Rules.Tests.Deadlines;

/// <summary>Dates counted by hand (<c>hand-computed.csv</c>) against the clocks.</summary>
public sealed class HandComputedTests
{
    private static readonly IReadOnlyList<HandRow> rows = HandRow.ReadAll();

    public static TheoryData<string> Numbers => [.. rows.Select(static row => row.Number)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void The_clock_comes_to_the_date_counted_by_hand(string number)
    {
        var row = rows.Single(row => row.Number == number);
        var (start, due, words) = Count(row, TestPolicies.Of(row.Agency));
        Assert.Equal((row.Start, row.Expected), (start, due));
        Assert.Contains(row.Expected.StartsWith("none", StringComparison.Ordinal) ? "没有规定" : "条", words, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_enough_rows_for_every_agency_across_a_holiday_or_make_up_day()
    {
        Assert.True(rows.Count >= 70, $"{rows.Count} rows");
        Assert.Equal(rows.Count, rows.Select(static row => row.Number).Distinct().Count());
        Assert.All(rows, static row => Assert.True(row.Words.Length > 8, row.Number));
        foreach (var policy in TestPolicies.All)
            Assert.True(rows.Count(row => row.Agency == policy.Id && IsAtEdge(row)) >= 10, policy.Id);
    }

    [Fact]
    public void Every_exception_of_the_upload_clocks_has_a_row()
    {
        foreach (var policy in TestPolicies.All)
        {
            foreach (var circumstance in policy.Rules.Upload.SelectMany(static clock => clock.Circumstances))
                Assert.Contains(rows, row => row.Agency == policy.Id && row["exception"] is { Length: > 0 } named && circumstance.Contains(named, StringComparison.Ordinal) && !row.Expected.StartsWith("waits", StringComparison.Ordinal));
        }

        Assert.Contains(rows, static row => row.Agency == TestPolicies.Kaifeng.Id && row["special"] is not null && row["reason"] is null);
    }

    // The row names an edge, and one is there: a day off or a make-up day at the start, at the end, or counted through.
    private static bool IsAtEdge(HandRow row)
    {
        if (row.Edge.Length == 0 || row.Start.Length == 0)
            return false;
        var days = new List<DateOnly> { Local.Day(row.Start[..10]) };
        if (row.Expected.StartsWith("20", StringComparison.Ordinal))
            days.Add(Local.Day(row.Expected[..10]));
        var near = days.SelectMany(static day => new[] { day.AddDays(-1), day, day.AddDays(1) });
        var through = row.Rule is "classification" or "case_file" or "access" or "work_record" or "upload" && days.Count == 2 ? Enumerable.Range(1, days[1].DayNumber - days[0].DayNumber).Select(days[0].AddDays) : [];
        Assert.True(near.Concat(through).Any(static day => Local.Days.Day(day, out _) is { Name: not null }), $"{row.Number} names an edge that is not there");
        return true;
    }

    private static (string Start, string Due, string Words) Count(HandRow row, PolicySet policy)
    {
        if (row.Rule is "retention" or "evidence" or "hold")
            return Keep(row, policy);
        var deadline = row.Rule switch
        {
            "classification" => Local.Clock.Classification(policy.Rules, row.StartAt),
            "case_file" => Local.Clock.CaseFile(policy.Rules, row.StartAt),
            "work_record" => Local.Clock.WorkRecord(policy.Rules, row.StartAt),
            "access" => Local.Clock.AccessRequest(policy.Rules, row.StartAt),
            _ => Upload(row, policy),
        };
        var due = deadline?.Outcome switch
        {
            null => "none",
            DeadlineOutcome.Counted => Show(deadline.Due!.Value, deadline.Rule!.Limit.Unit is LimitUnit.EndOfDay or LimitUnit.NextMonday or LimitUnit.WorkingDays),
            DeadlineOutcome.WaitsForStart => "waits " + deadline.WaitsFor,
            DeadlineOutcome.CalendarMissing => "calendar-missing " + deadline.Alarm!.Year.ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => "none",
        };
        if (deadline is { Rule: { } rule })
            Assert.True(row.Article.Length > 0 ? rule.Cites.Contains(row.Article, StringComparer.Ordinal) : rule is { Cites.Count: 0, Basis: RuleBasis.Practice }, row.Number);
        if (row.Rule is "work_record" or "access" && deadline!.Outcome == DeadlineOutcome.Counted)
            Assert.Contains("本系统的稳妥做法", deadline.Words, StringComparison.Ordinal);
        return (deadline is null or { Outcome: DeadlineOutcome.NoneInText } ? row.Start : deadline.Start is { } start ? Show(start, false) : "", due, deadline?.Words ?? "条文没有规定");
    }

    private static Deadline? Upload(HandRow row, PolicySet policy)
    {
        var clocks = policy.Rules.Upload;
        var named = row["exception"] is { } exception ? clocks.SelectMany(static clock => clock.Circumstances).FirstOrDefault(words => words.Contains(exception, StringComparison.Ordinal)) ?? exception : row["special"];
        var declaration = named is null ? null : new UploadDeclaration(row["special"] is null ? UploadCase.Exception : UploadCase.Special, named, row["reason"] ?? "道路中断，当日无法返回");
        var isByEnd = row["ended"] is null && policy.Rules.Upload.Any(static clock => clock.When == UploadCase.Always && clock.Start == ClockStart.ActivityEnd);
        var reading = new UploadDeadlines(Local.Clock).Read(policy.Rules, new UploadFacts
        {
            ActivityEnded = row["ended"] is { } ended ? Local.At(ended) : isByEnd ? row.StartAt : null,
            ReturnedToUnit = isByEnd ? null : row.StartAt,
            RecordingEnded = row.StartAt,
            Declaration = declaration,
        });
        if (row.Rule is "upload_daily" or "upload_weekly")
        {
            Assert.Equal([LimitUnit.EndOfDay, LimitUnit.NextMonday], reading.Clocks.Select(static clock => clock.Deadline.Rule!.Limit.Unit));
            return reading.Clocks[row.Rule == "upload_daily" ? 0 : 1].Deadline;
        }

        Assert.Equal(reading.IsWithoutDeadline, row.Expected == "none");
        return reading.IsWithoutDeadline ? null : Assert.Single(reading.Clocks).Deadline;
    }

    private static (string Start, string Due, string Words) Keep(HandRow row, PolicySet policy)
    {
        var stored = Local.At(row["stored"]!);
        var state = RetentionClock.Read([policy], new RetentionFacts
        {
            RecordingEnded = Local.At(row["recorded"]!),
            Stored = stored,
            IsClassified = row["classified"] != "no",
            Evidence = row["file_until"] is { } until ? [new EvidenceLink("案1", until == "unknown" ? null : Local.At(until + " 24:00"))] : [],
            Holds = row["occasion"] is { } occasion ? [Hold(row, policy, Enum.Parse<HoldOccasion>(occasion), stored)] : [],
        }, stored.AddYears(100));
        if (row.Rule == "retention")
            Assert.Contains(row.Article, state.Period!.Rule.Cites);
        Assert.Equal(row.Expected == "never", state.Status != RetentionStatus.ReviewDue);
        return (Show(state.Period!.Start, false), state.End is { } end ? Show(end, true) : "never", state.Words);
    }

    private static HoldFact Hold(HandRow row, PolicySet policy, HoldOccasion occasion, DateTimeOffset at)
    {
        var proposal = HoldTriggers.For(policy.Rules, occasion);
        Assert.NotNull(proposal);
        Assert.Contains(row.Article, proposal.Cites);
        return proposal.By("王某", at);
    }

    // 24:00 of a day and 00:00 of the next one are one moment; which one is written follows the kind of rule.
    private static string Show(DateTimeOffset moment, bool isEndOfDay)
    {
        Assert.Equal(TimeSpan.FromHours(8), moment.Offset);
        return isEndOfDay && moment.TimeOfDay == TimeSpan.Zero
            ? moment.AddDays(-1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) + " 24:00"
            : moment.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture);
    }
}
