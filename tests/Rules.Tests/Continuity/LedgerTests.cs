using BodyCam.Rules.Continuity;
using BodyCam.Rules.Policies;
using static BodyCam.Rules.Tests.Continuity.Scene;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>Named cases: each shows as what it is.</summary>
public sealed class LedgerTests
{
    private static ContinuityReport Compute(ContinuityInput input)
    {
        var report = ContinuityLedger.Compute(input);
        AssertTiles(report);
        return report;
    }

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
    public void A_reboot_shows_what_certainly_passed_as_a_gap_and_the_clocks_error_as_a_seam()
    {
        // 120 s passed by the clocks, ±90 s: at least 30 s, at most 210 s.
        var track = new RecorderTrack
        {
            Id = Recorder, FirstPress = At(10), Ended = At(60, 2), Runs = [Run(10, 100), Run(5, 60, 2)],
            Boots = [new BootTrack(1, 0, Us(100), [new ClockReading(Us(100), Wall, 0)]), new BootTrack(2, 0, Us(60), [new ClockReading(0, Wall + Us(120), Us(90))])],
            Interruptions = [new Interruption { From = At(100), To = At(5, 2), Reason = "device_fault", Inferred = true, Note = new SpokenNote(At(5, 2), At(20, 2), -30, false) }],
        };
        var open = Compute(Input(Agencies.Qidong, track));
        Assert.Equal("Footage:0-90 Unexplained:90-120 Seam:120-300 Unexplained:300-305 Footage:305-360", Say(open));
        Assert.Equal(Us(90), open.Rows[2].BoundUs);
        Assert.Equal(new LedgerSums(145 * S, 0, 35 * S, 180 * S), open.Sums);
        var task = Assert.Single(open.Tasks);
        Assert.Equal((90 * S, 305 * S), (task.FromUs, task.ToUs));
        var confirmation = new GapConfirmation { Recorder = Recorder, From = At(100), To = At(5, 2), Reason = "device_fault", Note = NoteKind.Spoken, Accepted = true, By = "王五", At = Later };
        var confirmed = Compute(Input(Agencies.Qidong, track) with { Confirmations = [confirmation] });
        Assert.Equal("Footage:0-90 Explained:90-120 Seam:120-300 Explained:300-305 Footage:305-360", Say(confirmed));
        Assert.Equal(180 * S, confirmed.Sums.GapUs);
        Assert.Empty(confirmed.Tasks);
    }

    [Fact]
    public void A_clock_that_is_90_s_wrong_after_a_reboot_is_a_contradiction_and_its_error_is_shown()
    {
        // The second boot claims ±1 s, then the server says that it is 90 s off.
        var track = new RecorderTrack
        {
            Id = Recorder, FirstPress = At(10), Ended = At(60, 2), Runs = [Run(10, 100), Run(0, 60, 2)],
            Boots = [new BootTrack(1, 0, Us(100), [new ClockReading(Us(100), Wall, 0)]), new BootTrack(2, 0, Us(60), [new ClockReading(0, Wall + Us(10), Us(1)), new ClockReading(Us(30), Wall + Us(130), 0)])],
        };
        var report = Compute(Input(Agencies.Qidong, track));
        var seam = Assert.Single(report.Rows, static row => row.Kind == LedgerKind.Seam);
        Assert.True(seam.Flags.HasFlag(LedgerFlags.ClockContradiction));
        Assert.InRange(seam.BoundUs!.Value, Us(90), Us(90.1));
        Assert.True(report.Sums.GapUs >= Us(100));
    }

    [Fact]
    public void A_later_boot_that_claims_to_begin_before_the_earlier_one_ended_still_leaves_a_seam()
    {
        var track = new RecorderTrack { Id = Recorder, FirstPress = At(10), Ended = At(60, 2), Runs = [Run(10, 100), Run(0, 60, 2)], Boots = [new BootTrack(1, 0, Us(100), [new ClockReading(Us(100), Wall, 0)]), new BootTrack(2, 0, Us(60), [new ClockReading(0, Wall - Us(50), Us(1))])] };
        var report = Compute(Input(Agencies.Qidong, track));
        Assert.Equal("Footage:0-90 Seam:90-140 Footage:140-200", Say(report));
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.ClockContradiction));
    }

    [Fact]
    public void A_seam_that_nothing_bounds_is_never_silent()
    {
        var track = new RecorderTrack { Id = Recorder, FirstPress = At(10), Ended = At(60, 2), Runs = [Run(10, 100), Run(0, 60, 2)], Boots = [Boot(1, 100, 0, 0.1), Boot(2, 60, -40_000_000, null)] };
        var report = Compute(Input(Agencies.Qidong, track));
        Assert.Equal([LedgerKind.Footage, LedgerKind.Seam, LedgerKind.Footage], report.Rows.Select(static row => row.Kind));
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.LengthUnknown));
        Assert.Null(report.Rows[1].BoundUs);
        Assert.Single(report.Tasks);
    }

    [Fact]
    public void Two_recorders_overlap_without_being_counted_twice_and_their_clocks_error_is_a_seam()
    {
        // Wall clocks start together; each is ±0.5 s, so the second recorder is placed ±1 s (drift aside: 100 ppm).
        var first = Track(200, [Run(10, 100)]) with { Boots = [Boot(1, 400, 0, 0.5)] };
        var second = new RecorderTrack { Id = "unit-8/1", Boots = [Boot(1, 400, 0, 0.5)], Runs = [Run(80, 150)] };
        var report = Compute(Input(Agencies.Qidong, first, second));
        Assert.Equal([LedgerKind.Footage, LedgerKind.Footage, LedgerKind.Footage, LedgerKind.Seam, LedgerKind.Unexplained], report.Rows.Select(static row => row.Kind));
        Assert.Equal([Recorder], report.Rows[0].Recorders);
        Assert.Equal([Recorder, "unit-8/1"], report.Rows[1].Recorders);
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.Overlap));
        Assert.Equal(["unit-8/1"], report.Rows[2].Recorders);
        Assert.Equal(report.Rows[1].LengthUs, report.OverlapUs);
        Assert.InRange(report.Rows[3].LengthUs, Us(2), Us(2.1));
        Assert.InRange(report.Sums.FootageUs, Us(138.9), Us(139));
        var own = report.Recorders[1].Rows;
        Assert.Equal([LedgerKind.Unexplained, LedgerKind.Seam, LedgerKind.Footage, LedgerKind.Seam, LedgerKind.Unexplained], own.Select(static row => row.Kind));
    }

    [Fact]
    public void A_second_recorder_whose_clock_nothing_bounds_covers_nothing_and_is_named()
    {
        var second = new RecorderTrack { Id = "unit-8/1", Boots = [Boot(1, 400, 0, null)], Runs = [Run(80, 150)] };
        var report = Compute(Input(Agencies.Qidong, Track(200, [Run(10, 100)]), second));
        Assert.Equal("Footage:0-90 Unexplained:90-190", Say(report));
        Assert.False(report.Recorders[1].IsPlaced);
    }

    [Fact]
    public void A_second_recorder_that_ran_through_a_reboot_covers_what_certainly_passed_and_the_seam_stays_shown()
    {
        var first = new RecorderTrack { Id = Recorder, FirstPress = At(10), Ended = At(60, 2), Runs = [Run(10, 100), Run(0, 60, 2)], Boots = [Boot(1, 100, 0, 0.1), Boot(2, 60, 130, 5)] };
        var second = new RecorderTrack { Id = "unit-8/1", Boots = [Boot(1, 400, 0, 0.1)], Runs = [Run(5, 185)] };
        var report = Compute(Input(Agencies.Qidong, first, second));
        Assert.Equal(0, report.Sums.UnexplainedUs);
        Assert.Contains(report.Rows, static row => row is { Kind: LedgerKind.Footage, Recorders: ["unit-8/1"] } && row.LengthUs > Us(24));
        var seam = Assert.Single(report.Rows, static row => row.Kind == LedgerKind.Seam && row.FromUs > 0 && row.Recorders.Count == 1 && row.LengthUs > Us(10));
        Assert.Equal(["unit-8/1"], seam.Recorders);
    }

    [Fact]
    public void At_two_sites_the_way_between_is_explained_and_a_break_within_one_is_not()
    {
        var track = Track(200, [Run(10, 50), Run(60, 100), Run(140, 200)], Broken(50, 60, "low_battery"), Broken(100, 140, "other_objective"));
        var input = Input(Agencies.Gulou, track) with
        {
            Sites = [new SiteVisit("甲厂", Recorder, At(10), At(105), "李四"), new SiteVisit("乙厂", Recorder, At(135), At(200), "李四")],
            Confirmations = [Confirm(50, 60, "low_battery"), Confirm(100, 140, "other_objective")],
        };
        var report = Compute(input);
        Assert.Equal("Footage:0-40 Unexplained:40-50 Footage:50-90 Unexplained:90-95 Explained:95-125 Unexplained:125-130 Footage:130-190", Say(report));
        Assert.Equal((LedgerFlags.BetweenSites, "李四", "site_change"), (report.Rows[4].Flags, report.Rows[4].ConfirmedBy, report.Rows[4].Reason));
        Assert.Equal(["甲厂", null, "乙厂"], report.Sites.Select(static site => site.Site));
        Assert.Equal([95 * S, 30 * S, 65 * S], report.Sites.Select(static site => site.Sums.TotalUs));
        Assert.Equal(15 * S, report.Sites[0].Sums.UnexplainedUs);
    }

    [Fact]
    public void A_visit_shows_what_it_lacks_and_a_corrected_one_shows_as_corrected()
    {
        var sites = new[] { new SiteVisit("甲厂", Recorder, At(10), At(105), "李四"), new SiteVisit("乙厂", Recorder, At(135), At(200), "李四") { At = Later, Correction = "到达时间记错" } };
        var report = Compute(Input(Agencies.Gulou, Track(200, [Run(10, 100), Run(135, 200)])) with { Sites = sites });
        Assert.Equal("Footage:0-90 Unexplained:90-95 Explained:95-125 Footage:125-190", Say(report));
        Assert.Equal((LedgerFlags.BetweenSites | LedgerFlags.VisitCorrected, Later), (report.Rows[2].Flags, report.Rows[2].ConfirmedAt));
        Assert.Equal([(0L, 95 * S, false), (125 * S, 190 * S, true)], report.Visits.Select(static visit => (visit.FromUs!.Value, visit.ToUs!.Value, visit.IsComplete)));
        Assert.Equal([90 * S, 65 * S], report.Visits.Select(static visit => visit.Sums.FootageUs));
    }

    [Fact]
    public void Who_was_at_a_site_before_the_press_or_after_the_end_has_that_time_in_the_ledger_and_no_move_takes_it_out()
    {
        var input = Input(Agencies.Gulou, Track(200, [Run(10, 200)])) with { Sites = [new SiteVisit("甲厂", Recorder, At(4), At(230), "李四")] };
        Assert.Equal("Unexplained:0-6 Footage:6-196 Unexplained:196-226", Say(Compute(input)));
        var moved = Compute(input with { Moves = [new EndPointMove(EndPoint.Arrival, Recorder, At(8), "李四", Later, "更正"), new EndPointMove(EndPoint.Leaving, Recorder, At(205), "李四", Later, "更正"), new EndPointMove(EndPoint.Arrival, Recorder, At(2), "李四", Later, "更早到达")] });
        Assert.Equal([MoveOutcome.DropsVisit, MoveOutcome.DropsVisit, MoveOutcome.Applied], moved.Moves.Select(static move => move.Outcome));
        Assert.Equal(228 * S, moved.IntervalUs);
    }

    [Fact]
    public void A_wall_time_lies_in_the_boot_that_had_not_ended_by_then()
    {
        var track = new RecorderTrack { Id = Recorder, Boots = [Boot(1, 100, 0, 0.1), Boot(2, 60, 130, 5)] };
        DateTimeOffset Wall(double seconds) => DateTimeOffset.UnixEpoch.AddTicks((Scene.Wall + Us(seconds)) * 10);
        Assert.Equal([At(-5), At(40), At(100), At(-10, 2), At(0, 2), At(90, 2)], new[] { -5, 40, 100, 120, 130, 220 }.Select(second => RecorderTracks.MomentOf(track, Wall(second))!.Value));
        Assert.Null(RecorderTracks.MomentOf(track with { Boots = [new BootTrack(1, 0, 5, [])] }, Wall(1)));
    }

    [Fact]
    public void Two_activities_of_one_recorder_joined_are_one_whose_time_between_is_a_gap()
    {
        var first = new RecorderTrack { Id = Recorder, Boots = [Boot(1, 100, 0, 0.1)], FirstPress = At(10), Ended = At(60), Runs = [Run(10, 60)] };
        var second = new RecorderTrack { Id = Recorder, Boots = [Boot(1, 200, 0, 0.1), Boot(2, 90, 300, 0.1)], FirstPress = At(80), Ended = At(30, 2), Runs = [Run(80, 200), Run(0, 30, 2)] };
        var joined = RecorderTracks.Join([second, first]);
        Assert.Equal([(1u, Us(200), 1), (2u, Us(90), 1)], joined.Boots.Select(static boot => (boot.Number, boot.EndUs, boot.Clock.Count)));
        var report = Compute(Input(Agencies.Qidong, joined));
        Assert.Equal(report.IntervalUs, report.Sums.TotalUs);
        Assert.Equal("Footage:0-50 Unexplained:50-70 Footage:70-190", string.Join(' ', Say(report).Split(' ').Take(3)));
        Assert.Throws<ArgumentException>(() => RecorderTracks.Join([first, second with { Id = "other/1" }]));
    }

    [Fact]
    public void Two_visits_of_one_site_leave_no_way_between()
    {
        var input = Input(Agencies.Gulou, Track(200, [Run(10, 100), Run(140, 200)])) with { Sites = [new SiteVisit("甲厂", Recorder, At(10), At(100), "李四"), new SiteVisit("甲厂", Recorder, At(140), At(200), "李四")] };
        Assert.Equal("Footage:0-90 Unexplained:90-130 Footage:130-190", Say(Compute(input)));
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
    public void A_blank_or_a_wide_digit_makes_no_other_site()
    {
        var input = Input(Agencies.Gulou, Track(200, [Run(10, 100), Run(140, 200)])) with { Sites = [new SiteVisit("甲厂1号", Recorder, At(10), At(100), "李四"), new SiteVisit(" 甲厂１号 ", Recorder, At(140), At(200), "李四")] };
        Assert.Equal("Footage:0-90 Unexplained:90-130 Footage:130-190", Say(Compute(input)));
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
