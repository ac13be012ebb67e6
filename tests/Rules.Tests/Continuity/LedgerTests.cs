using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using static BodyCam.Rules.Tests.Continuity.Scene;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>Named cases of one recorder in one boot: footage, gaps, what explains them and both ends; each shows as what it is.</summary>
public sealed class LedgerTests
{
    [Fact]
    public void Footage_from_the_press_to_the_end_is_one_row()
    {
        var report = Compute(Input(Agencies.Qidong, Track(100, [Run(10.5, 100)])));
        Assert.Equal("Footage:0-90", Say(report));
        Assert.Empty(report.Tasks);
        Assert.Equal(Wall + Us(10), report.ArrivalWallUs);
        Assert.True(report.HasEnd);
    }

    [Fact]
    public void A_camera_that_stalls_for_60_s_inside_an_open_segment_is_a_gap_without_an_interruption()
    {
        var run = Run(10, 200) with { FrameUs = [.. Marks(10, 60), .. Marks(119.5, 200)] };
        var report = Compute(Input(Agencies.Qidong, Track(200, [run])));
        Assert.Equal("Footage:0-49.5 Unexplained:49.5-109.5 Footage:109.5-190", Say(report));
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.NoInterruption));
        Assert.Equal(["10", "13"], report.Rows[1].Articles);
        Assert.Equal("60.0 秒未记录，原因不明；尚未经人确认。请书面说明情况，并由有权人员确认。", Assert.Single(report.Tasks).Why);
    }

    [Theory]
    [InlineData(2000, "Footage:0-90")]
    [InlineData(1999, "Footage:0-40 Unexplained:40-42 Footage:42-90")]
    public void A_hole_counts_as_a_gap_only_above_the_policys_limit(int holeMaxMs, string rows)
    {
        var policy = Agencies.Qidong with { Rules = Agencies.Qidong.Rules with { Continuity = Agencies.Qidong.Rules.Continuity with { HoleMaxMs = holeMaxMs } } };
        var run = Run(10, 100) with { FrameUs = [.. Marks(10, 50.5), .. Marks(52, 100)] };
        Assert.Equal(rows, Say(Compute(Input(policy, Track(100, [run])))));
    }

    [Fact]
    public void An_admitted_interruption_with_a_spoken_note_is_explained_once_a_person_confirmed_it()
    {
        var input = Input(Agencies.Qidong, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "low_battery")));
        var before = Compute(input);
        Assert.Equal("Footage:0-40 Unexplained:40-60 Footage:60-90", Say(before));
        Assert.Equal(LedgerFlags.NotConfirmed, before.Rows[1].Flags);
        Assert.Equal("low_battery", before.Rows[1].Reason);
        Assert.Equal("20.0 秒未记录，原因：电量不足；尚未经人确认。请听取语音说明并确认。", Assert.Single(before.Tasks).Why);
        var after = Compute(input with { Confirmations = [Confirm(50, 70, "low_battery")] });
        Assert.Equal("Footage:0-40 Explained:40-60 Footage:60-90", Say(after));
        Assert.Equal(["13"], after.Rows[1].Articles);
        Assert.Equal("王五", after.Rows[1].ConfirmedBy);
        Assert.Equal(20 * S, after.Sums.ExplainedUs);
        Assert.Empty(after.Tasks);
    }

    [Fact]
    public void A_silent_note_is_no_note_even_when_confirmed()
    {
        var input = Input(Agencies.Lingchuan, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "low_battery", -75))) with { Confirmations = [Confirm(50, 70, "low_battery")] };
        var report = Compute(input);
        Assert.Equal(LedgerKind.Unexplained, report.Rows[1].Kind);
        Assert.Equal(LedgerFlags.SilentNote, report.Rows[1].Flags);
        Assert.Contains("语音说明无声", Assert.Single(report.Tasks).Why, StringComparison.Ordinal);
        var written = Compute(input with { Confirmations = [Confirm(50, 70, "low_battery", NoteKind.Written, account: "书面说明第3号")] });
        Assert.Equal(LedgerKind.Explained, written.Rows[1].Kind);
        Assert.Equal(LedgerFlags.SilentNote | LedgerFlags.WrittenAccount, written.Rows[1].Flags);
    }

    [Fact]
    public void A_missing_note_and_an_empty_account_explain_nothing()
    {
        var input = Input(Agencies.Qidong, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "weather", null)));
        Assert.Equal(LedgerFlags.NoNote, Compute(input with { Confirmations = [Confirm(50, 70, "weather")] }).Rows[1].Flags);
        Assert.Equal(LedgerKind.Unexplained, Compute(input with { Confirmations = [Confirm(50, 70, "weather", NoteKind.Written, account: " ")] }).Rows[1].Kind);
    }

    [Fact]
    public void A_confirmation_covers_no_more_than_what_was_confirmed_and_the_newest_one_counts()
    {
        var input = Input(Agencies.Qidong, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "weather")));
        Assert.Equal("Footage:0-40 Explained:40-50 Unexplained:50-60 Footage:60-90", Say(Compute(input with { Confirmations = [Confirm(45, 60, "weather")] })));
        var rejected = Confirm(50, 70, "weather", accepted: false) with { At = Later.AddHours(1) };
        var report = Compute(input with { Confirmations = [rejected, Confirm(50, 70, "weather")] });
        Assert.Equal(LedgerFlags.Rejected, report.Rows[1].Flags);
    }

    [Theory]
    [InlineData("qidong", "obstruction", true)]
    [InlineData("lingchuan-hrss", "obstruction", false)]
    [InlineData("qidong", "site_change", false)]
    [InlineData("lingchuan-hrss", "site_change", true)]
    [InlineData("kaifeng-gulou-emergency", "low_battery", false)]
    public void Only_reasons_that_the_text_lists_are_admitted(string agency, string reason, bool admitted)
    {
        var policy = Agencies.All.Single(one => one.Id == agency);
        var report = Compute(Input(policy, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, reason))) with { Confirmations = [Confirm(50, 70, reason)] });
        Assert.Equal(admitted ? LedgerKind.Explained : LedgerKind.Unexplained, report.Rows[1].Kind);
        Assert.Equal(!admitted, report.Rows[1].Flags.HasFlag(LedgerFlags.NotAdmitted));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("99", false)]
    [InlineData("5(六)", true)]
    public void Where_the_text_has_no_list_a_person_decides_with_an_article_of_it(string? article, bool explained)
    {
        var input = Input(Agencies.Weixian, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "low_battery")));
        Assert.Equal(LedgerKind.Unexplained, Compute(input).Rows[1].Kind);
        var report = Compute(input with { Confirmations = [Confirm(50, 70, "low_battery", article: article)] });
        Assert.Equal(explained ? LedgerKind.Explained : LedgerKind.Unexplained, report.Rows[1].Kind);
        if (explained)
            Assert.Equal([article!], report.Rows[1].Articles);
    }

    [Fact]
    public void A_person_may_name_the_reason_that_the_recorder_does_not_know_and_the_row_says_so()
    {
        var input = Input(Agencies.Lingchuan, Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "other_objective"))) with { Confirmations = [Confirm(50, 70, "site_change")] };
        var row = Compute(input).Rows[1];
        Assert.Equal((LedgerKind.Explained, "site_change", LedgerFlags.ReasonByPerson), (row.Kind, row.Reason, row.Flags));
    }

    [Fact]
    public void A_recording_that_never_resumed_is_a_gap_to_the_end_and_reported_at_once()
    {
        var report = Compute(Input(Agencies.Qidong, Track(100, [Run(10, 50)], Broken(50, null, "low_storage"))));
        Assert.Equal("Footage:0-40 Unexplained:40-90", Say(report));
        var task = Assert.Single(report.Tasks);
        Assert.True(task.AtOnce);
        Assert.Equal(Rank.UnitHead, task.ReportTo);
        Assert.Contains("请立即报告", task.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void An_earlier_arrival_with_a_reason_shows_the_gap_before_the_press()
    {
        var move = new EndPointMove(EndPoint.Arrival, Recorder, At(-20), "李四", Later, "到达后先协助伤员，未及时开机");
        var report = Compute(Input(Agencies.Qidong, Track(100, [Run(10, 100)])) with { Moves = [move] });
        Assert.Equal("Unexplained:0-30 Footage:30-120", Say(report));
        Assert.Equal(MoveOutcome.Applied, Assert.Single(report.Moves).Outcome);
    }

    [Theory]
    [InlineData(EndPoint.Arrival, 20, "晚到", MoveOutcome.DropsFootage)]
    [InlineData(EndPoint.Leaving, 90, "早走", MoveOutcome.DropsFootage)]
    [InlineData(EndPoint.Arrival, 5, " ", MoveOutcome.NoReason)]
    [InlineData(EndPoint.Leaving, 130, "拆除设备", MoveOutcome.Applied)]
    public void A_move_that_drops_footage_or_has_no_reason_is_refused(EndPoint end, double to, string reason, MoveOutcome outcome)
    {
        var report = Compute(Input(Agencies.Qidong, Track(100, [Run(10, 100)])) with { Moves = [new EndPointMove(end, Recorder, At(to), "李四", Later, reason)] });
        Assert.Equal(outcome, Assert.Single(report.Moves).Outcome);
        Assert.Equal(outcome == MoveOutcome.Applied ? 120 * S : 90 * S, report.IntervalUs);
    }

    [Fact]
    public void An_arrival_moved_later_is_allowed_only_up_to_the_first_footage()
    {
        var input = Input(Agencies.Qidong, Track(100, [Run(30, 100)]));
        Assert.Equal("Unexplained:0-20 Footage:20-90", Say(Compute(input)));
        var moved = Compute(input with { Moves = [new EndPointMove(EndPoint.Arrival, Recorder, At(30), "李四", Later, "开机后驾车前往"), new EndPointMove(EndPoint.Arrival, Recorder, At(31), "李四", Later, "再改")] });
        Assert.Equal("Footage:0-70", Say(moved));
        Assert.Equal([MoveOutcome.Applied, MoveOutcome.DropsFootage], moved.Moves.Select(static move => move.Outcome));
    }

    [Fact]
    public void A_decision_not_to_record_explains_once_its_work_record_is_reviewed_where_the_text_asks_for_that()
    {
        var stop = new StopUseDecision { Recorder = Recorder, From = At(50), To = At(70), Reason = "weather", By = "李四", At = Later };
        var input = Input(Agencies.Forestry, Track(100, [Run(10, 50), Run(70, 100)]));
        var open = Compute(input with { StopUses = [stop] }).Rows[1];
        Assert.Equal((LedgerKind.Unexplained, LedgerFlags.StopUse | LedgerFlags.NotReviewed), (open.Kind, open.Flags));
        var reviewed = Compute(input with { StopUses = [stop with { ReviewedBy = "局长" }] }).Rows[1];
        Assert.Equal((LedgerKind.Explained, "局长"), (reviewed.Kind, reviewed.ConfirmedBy));
        Assert.Equal(["12(二)"], reviewed.Articles);
        var foreign = Compute(input with { StopUses = [stop with { Reason = "covert", ReviewedBy = "局长" }] }).Rows[1];
        Assert.Equal((LedgerKind.Unexplained, LedgerFlags.StopUse | LedgerFlags.NotAdmitted), (foreign.Kind, foreign.Flags));
    }

    [Fact]
    public void A_missing_segment_in_the_middle_is_a_gap_that_names_it_however_short_it_is()
    {
        var track = Track(100, [Run(10, 50), Run(51.5, 100)]) with { Lost = [new LostFootage(At(50), At(51.5), "recording 1 segment 5 missing")] };
        var report = Compute(Input(Agencies.Qidong, track));
        Assert.Equal("Footage:0-40 Unexplained:40-41.5 Footage:41.5-90", Say(report));
        Assert.Equal(["recording 1 segment 5 missing"], report.Rows[1].Lost);
        Assert.Contains("segment 5", Assert.Single(report.Tasks).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Footage_that_was_recorded_and_is_not_here_is_explained_by_a_written_account_only()
    {
        // The recorder stopped at 60 s for a low battery; what it recorded from 50 s on never came.
        var track = Track(100, [Run(10, 50), Run(70, 100)], Broken(50, 70, "low_battery")) with { Lost = [new LostFootage(At(50), At(60), "recording 1 segment 5… missing")] };
        var spoken = Compute(Input(Agencies.Qidong, track) with { Confirmations = [Confirm(50, 70, "low_battery")] });
        Assert.Equal("Footage:0-40 Unexplained:40-50 Explained:50-60 Footage:60-90", Say(spoken));
        Assert.True(spoken.Rows[1].Flags.HasFlag(LedgerFlags.FootageLost));
        Assert.EndsWith("请先从执法记录仪或者存储卡补传缺失的分段，不能补传的一并书面说明。请书面说明情况，并由有权人员确认。", Assert.Single(spoken.Tasks).Why, StringComparison.Ordinal);
        var written = Compute(Input(Agencies.Qidong, track) with { Confirmations = [Confirm(50, 70, "low_battery", NoteKind.Written, account: "卡损坏，见检测报告")] });
        Assert.Equal("Footage:0-40 Explained:40-50 Explained:50-60 Footage:60-90", Say(written));
        var stopped = Compute(Input(Agencies.Qidong, track with { Interruptions = [] }) with { StopUses = [new StopUseDecision { Recorder = Recorder, From = At(50), To = At(70), Reason = "covert", By = "李四", At = Later, ReviewedBy = "局长" }] });
        Assert.Equal("Footage:0-40 Unexplained:40-50 Explained:50-60 Footage:60-90", Say(stopped));
        var way = Compute(Input(Agencies.Gulou, track) with { Sites = [new SiteVisit("甲厂", Recorder, At(10), At(50), "李四"), new SiteVisit("乙厂", Recorder, At(70), At(100), "李四")] });
        Assert.Equal("Footage:0-40 Unexplained:40-50 Explained:50-60 Footage:60-90", Say(way));
    }

    [Fact]
    public void A_lost_first_segment_is_not_bridged_by_the_press()
    {
        var track = Track(100, [Run(11.5, 100)]) with { Lost = [new LostFootage(At(10.2), At(11.5), "recording 1 segment 1 missing")] };
        Assert.Equal([LedgerKind.Unexplained, LedgerKind.Unexplained, LedgerKind.Footage], Compute(Input(Agencies.Qidong, track)).Rows.Select(static row => row.Kind));
    }

    [Theory]
    [InlineData("device_fault", 12)]
    [InlineData(null, 12.4)]
    public void An_interruption_on_record_is_never_bridged_by_the_press_nor_by_the_end(string? reason, double resumed)
    {
        var track = Track(80, [Run(10, 11), Run(resumed, 79)], Broken(11, resumed, reason, null), Broken(79, null, "low_battery"));
        var policy = Agencies.Qidong with { Rules = Agencies.Qidong.Rules with { Continuity = Agencies.Qidong.Rules.Continuity with { HoleMaxMs = 5000 } } };
        Assert.Equal(FormattableString.Invariant($"Footage:0-1 Unexplained:1-{resumed - 10:0.###} Footage:{resumed - 10:0.###}-69 Unexplained:69-70"), Say(Compute(Input(policy, track))));
    }

    [Fact]
    public void The_press_and_the_end_are_reached_over_a_hole_that_still_counts()
    {
        Assert.Equal("Footage:0-70", Say(Compute(Input(Agencies.Qidong, Track(80, [Run(12, 79)])))));
        Assert.Equal("Unexplained:0-2.5 Footage:2.5-66.5 Unexplained:66.5-70", Say(Compute(Input(Agencies.Qidong, Track(80, [Run(12.5, 76.5)])))));
    }

    [Fact]
    public void Missing_sound_stalled_and_black_pictures_are_footage_that_says_so()
    {
        var run = Run(10, 100) with { SoundUs = [.. Marks(10, 30), .. Marks(60, 100)], Flags = [new FlagSpan(Us(40), Us(50), LedgerFlags.Stalled), new FlagSpan(Us(80), Us(90), LedgerFlags.Black)] };
        var report = Compute(Input(Agencies.Qidong, Track(100, [run])));
        Assert.Equal("Footage:0-19.5 Footage:19.5-30 Footage:30-40 Footage:40-50 Footage:50-70 Footage:70-80 Footage:80-90", Say(report));
        Assert.Equal([LedgerFlags.None, LedgerFlags.NoSound, LedgerFlags.NoSound | LedgerFlags.Stalled, LedgerFlags.NoSound, LedgerFlags.None, LedgerFlags.Black, LedgerFlags.None], report.Rows.Select(static row => row.Flags));
    }

    [Fact]
    public void A_segment_without_a_picture_is_no_footage()
    {
        var run = Run(10, 11) with { FrameUs = [] };
        Assert.Equal("Unexplained:0-90", Say(Compute(Input(Agencies.Qidong, Track(100, [run])))));
    }

    [Fact]
    public void Without_an_end_on_record_the_interval_ends_with_what_is_known_and_says_so()
    {
        var report = Compute(Input(Agencies.Qidong, Track(100, [Run(10, 100)]) with { Ended = null }));
        Assert.False(report.HasEnd);
        Assert.Equal(390 * S, report.IntervalUs);
    }
}
