using BodyCam.Rules.Continuity;
using static BodyCam.Rules.Tests.Continuity.Scene;

namespace BodyCam.Rules.Tests.Continuity;

/// <summary>Named cases of several boots, recorders, activities and sites: where they meet, each shows as what it is.</summary>
public sealed class LedgerSeamTests
{
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
    public void A_blank_or_a_wide_digit_makes_no_other_site()
    {
        var input = Input(Agencies.Gulou, Track(200, [Run(10, 100), Run(140, 200)])) with { Sites = [new SiteVisit("甲厂1号", Recorder, At(10), At(100), "李四"), new SiteVisit(" 甲厂１号 ", Recorder, At(140), At(200), "李四")] };
        Assert.Equal("Footage:0-90 Unexplained:90-130 Footage:130-190", Say(Compute(input)));
    }
}
