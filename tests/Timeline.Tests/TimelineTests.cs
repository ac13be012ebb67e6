using BodyCam.Rules.Continuity;

namespace BodyCam.Timeline.Tests;

/// <summary>Hand-made data folders: each fault shows as what it is.</summary>
public sealed class TimelineTests
{
    /// <summary>Pressed at 10 s, recorded 10.5 to 30 s, interrupted for 20 s, resumed 50 to 70 s with a note.</summary>
    private static HandMade Story(short noteLoud = 3000, bool secondHalf = true)
    {
        var made = new HandMade();
        made.Journal(1, (0.2, "boot", "\"boot\":1,\"epoch\":1"), (10, "press", "\"button\":\"record\",\"gesture\":\"short\""), (10.1, "activityStarted", "\"activity\":1"), (10.6, "recordingStarted", "\"recording\":1,\"activity\":1,\"kind\":1"),
            (30, "interrupted", "\"reason\":3,\"activity\":1"), (30.1, "recordingStopped", "\"recording\":1,\"activity\":1,\"reason\":3"));
        made.Footage(1, 1, 10.5, 20);
        made.Footage(1, 2, 20, 30.1, final: true, stop: 3);
        if (secondHalf)
        {
            made.Journal(1, (49.8, "press", "\"button\":\"record\",\"gesture\":\"short\""), (49.9, "noteStarted", "\"reason\":3,\"interruptedUs\":1,\"lengthUs\":1,\"picture\":true"), (50.1, "recordingStarted", "\"recording\":2,\"activity\":1,\"kind\":1"),
                (62, "noteEnded", "\"by\":\"time\""), (70, "activityEnded", "\"activity\":1"), (70.1, "recordingStopped", "\"recording\":2,\"activity\":1,\"reason\":1"));
            made.Footage(2, 1, 50, 60, loud: noteLoud);
            made.Footage(2, 2, 60, 70.2, final: true, loud: noteLoud);
        }

        return made;
    }

    private static (ActivityTimeline Timeline, ContinuityReport Report) Read(HandMade made)
    {
        var timeline = TimelineReader.Read(made.Folder, HandMade.Device, 1, 1)!;
        var report = ContinuityLedger.Compute(new ContinuityInput { Policy = Qidong.Policy, Recorders = [timeline.Track] });
        Assert.Equal(report.IntervalUs, report.Sums.TotalUs);
        return (timeline, report);
    }

    private static string Say(ContinuityReport report) => string.Join(' ', report.Rows.Select(static row => FormattableString.Invariant($"{row.Kind}:{row.FromUs / 1e6:0.###}-{row.ToUs / 1e6:0.###}")));

    [Fact]
    public void Press_footage_interruption_note_and_end_come_from_the_journal_and_the_frames()
    {
        using var made = Story();
        var (timeline, report) = Read(made);
        Assert.Equal("Footage:0-20.1 Unexplained:20.1-40 Footage:40-60.2", Say(report));
        var interruption = Assert.Single(timeline.Track.Interruptions);
        Assert.Equal("low_battery", interruption.Reason);
        Assert.False(interruption.Note!.IsSilent);
        Assert.InRange(interruption.Note.LoudestDbfs!.Value, -21, -20);
        Assert.Equal(new Moment(1, HandMade.Us(49.9)), interruption.Note.From);
        Assert.Equal(new Moment(1, HandMade.Us(62)), interruption.Note.To);
        Assert.Equal(LedgerFlags.NotConfirmed, report.Rows[1].Flags);
        Assert.Empty(timeline.Remarks);
        Assert.Equal([1u], TimelineReader.Activities(made.Folder, HandMade.Device, 1));
        Assert.Null(TimelineReader.Read(made.Folder, HandMade.Device, 1, 2));
    }

    [Fact]
    public void A_note_window_without_speech_is_silent()
    {
        using var made = Story(noteLoud: 15);
        var (timeline, report) = Read(made);
        Assert.True(Assert.Single(timeline.Track.Interruptions).Note!.IsSilent);
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.SilentNote));
    }

    [Fact]
    public void An_interruption_that_never_resumed_has_no_end()
    {
        using var made = Story(secondHalf: false);
        var (timeline, report) = Read(made);
        Assert.Null(Assert.Single(timeline.Track.Interruptions).To);
        Assert.False(report.HasEnd);
    }

    [Fact]
    public void A_note_of_the_next_activity_is_no_note_of_an_interruption_that_never_resumed()
    {
        using var made = Story(secondHalf: false);
        made.Journal(1, (60, "activityStarted", "\"activity\":2"), (60.1, "recordingStarted", "\"recording\":2,\"activity\":2,\"kind\":1"), (70, "interrupted", "\"reason\":3,\"activity\":2"),
            (80, "noteStarted", "\"reason\":3,\"interruptedUs\":1,\"lengthUs\":1,\"picture\":true"), (90, "noteEnded", "\"by\":\"time\""));
        Assert.Null(Assert.Single(Read(made).Timeline.Track.Interruptions).Note);
    }

    [Fact]
    public void A_segment_missing_in_the_middle_is_a_gap_with_its_name()
    {
        using var made = Story();
        made.Footage(1, 3, 30.1, 30.2);
        File.Delete(Path.Combine(made.Folder, "segments/unit-7/0001/000001/000002.seal"));
        File.Delete(Path.Combine(made.Folder, "segments/unit-7/0001/000001/000002.mkv"));
        var (timeline, report) = Read(made);
        Assert.StartsWith("Footage:0-10 Unexplained:10-20.1", Say(report), StringComparison.Ordinal);
        Assert.Contains("recording 1 segment 2 missing", report.Rows[1].Lost);
        Assert.Contains("recording 1 segment 2 missing", timeline.Remarks);
    }

    [Theory]
    [InlineData("shorter", "the bytes are not what the seal covers")]
    [InlineData("gone", "the file is missing")]
    [InlineData("damaged", "damaged: the bytes do not match the seal")]
    [InlineData("arriving", "still arriving")]
    public void A_damaged_segment_is_a_gap_with_its_name(string how, string said)
    {
        using var made = Story();
        var stem = Path.Combine(made.Folder, "segments/unit-7/0001/000002/000001");
        if (how == "shorter")
            File.WriteAllBytes(stem + ".mkv", File.ReadAllBytes(stem + ".mkv")[..^10]);
        else
            File.Delete(stem + ".mkv");
        if (how is "damaged" or "arriving")
        {
            File.Delete(stem + ".seal");
            made.Footage(2, 1, 50, 60, folder: how == "damaged" ? "damaged" : "parts");
        }

        var (_, report) = Read(made);
        Assert.Equal("Footage:0-20.1 Unexplained:20.1-40 Unexplained:40-50 Footage:50-60.2", Say(report));
        Assert.Equal([$"recording 2 segment 1 {said}"], report.Rows[2].Lost);
        Assert.Null(report.Rows[2].Reason);
    }

    [Fact]
    public void A_recording_that_was_announced_and_never_came_is_a_gap_with_its_name_and_no_interruption()
    {
        using var made = Story();
        Directory.Delete(Path.Combine(made.Folder, "segments/unit-7/0001/000002"), recursive: true);
        var (_, report) = Read(made);
        Assert.Equal("Footage:0-20.1 Unexplained:20.1-40.1 Unexplained:40.1-60", Say(report));
        Assert.Equal(["recording 2 segment 1… missing"], report.Rows[2].Lost);
        Assert.Equal("low_battery", report.Rows[1].Reason);
        Assert.Null(report.Rows[2].Reason);
    }

    [Fact]
    public void A_recording_of_which_neither_segment_nor_journal_came_is_seen_by_its_number()
    {
        using var made = new HandMade();
        made.Footage(2, 1, 10, 20, final: true, stop: 3);
        made.Footage(5, 1, 40, 50, final: true);
        made.Footage(7, 1, 90, 95, final: true, activity: 2);
        var (timeline, report) = Read(made);
        Assert.StartsWith("Footage:0-10 Unexplained:10-30 Footage:30-40", Say(report), StringComparison.Ordinal);
        Assert.Equal(["recording 3–4 missing"], report.Rows[1].Lost);
        Assert.Contains("recording 1 missing; of which activity is not known", timeline.Remarks);
        Assert.Contains("recording 6 missing; of which activity is not known", timeline.Remarks);
        made.Footage(3, 1, 60, 65, final: true, activity: 2);
        made.Footage(4, 1, 70, 75, final: true, activity: 2);
        Assert.Empty(Read(made).Report.Rows[1].Lost);
    }

    [Fact]
    public void Frames_that_stop_for_60_s_in_an_open_segment_are_a_gap()
    {
        using var made = new HandMade();
        made.Journal(1, (0.2, "boot", "\"boot\":1"), (10, "press", "\"button\":\"record\",\"gesture\":\"short\""), (10.1, "activityStarted", "\"activity\":1"), (100, "activityEnded", "\"activity\":1"));
        made.Footage(1, 1, 10, 20);
        made.Footage(1, 2, 20, 50, frames: [0, 0.5, 1]);
        made.Footage(1, 3, 50, 81, frames: [31]);
        made.Footage(1, 4, 81, 100.1, final: true);
        var (_, report) = Read(made);
        Assert.Equal("Footage:0-11 Unexplained:11-71 Footage:71-90.1", Say(report));
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.NoInterruption));
    }

    [Fact]
    public void Missing_sound_and_a_picture_that_stands_still_are_flagged()
    {
        using var made = new HandMade();
        made.Journal(1, (0.2, "boot", "\"boot\":1"), (10, "press", "\"button\":\"record\",\"gesture\":\"short\""), (10.1, "activityStarted", "\"activity\":1"), (40, "activityEnded", "\"activity\":1"));
        made.Footage(1, 1, 10, 20);
        made.Footage(1, 2, 20, 30, sound: false);
        made.Footage(1, 3, 30, 40, final: true, same: true);
        var (_, report) = Read(made);
        Assert.Equal([LedgerFlags.None, LedgerFlags.NoSound, LedgerFlags.Stalled, LedgerFlags.None], report.Rows.Select(static row => row.Flags));
        Assert.InRange(report.Rows[1].LengthUs, HandMade.Us(10), HandMade.Us(10.1));
        Assert.InRange(report.Rows[2].LengthUs, HandMade.Us(9.5), HandMade.Us(10));
    }

    [Fact]
    public void A_power_cut_leaves_a_seam_whose_gap_has_the_inferred_reason()
    {
        using var made = new HandMade();
        made.Journal(1, (0.2, "boot", "\"boot\":1"), (10, "press", "\"button\":\"record\",\"gesture\":\"short\""), (10.1, "activityStarted", "\"activity\":1"), (10.2, "recordingStarted", "\"recording\":1,\"activity\":1,\"kind\":1"));
        made.Footage(1, 1, 10, 20);
        made.Footage(1, 2, 20, 27, flags: 1);
        made.Journal(2, (0.2, "boot", "\"boot\":2"), (0.3, "interrupted", "\"reason\":9,\"activity\":1,\"inferred\":true"), (0.5, "noteStarted", "\"reason\":9,\"interruptedUs\":1,\"lengthUs\":1,\"picture\":true"), (0.6, "recordingStarted", "\"recording\":2,\"activity\":1,\"kind\":1"),
            (8, "noteEnded", "\"by\":\"press\""), (20, "activityEnded", "\"activity\":1"));
        made.Footage(2, 1, 0.4, 20.1, boot: 2, final: true);
        var (timeline, report) = Read(made);
        var interruption = Assert.Single(timeline.Track.Interruptions);
        Assert.Equal((new Moment(1, HandMade.Us(26.75)), new Moment(2, HandMade.Us(0.4)), "device_fault", true), (interruption.From, interruption.To!.Value, interruption.Reason, interruption.Inferred));
        Assert.False(interruption.Note!.IsSilent);
        // The hand-made clocks are 1000 s apart from boot to boot: 973 s passed, ± the bounds.
        Assert.Equal([LedgerKind.Footage, LedgerKind.Footage, LedgerKind.Unexplained, LedgerKind.Seam, LedgerKind.Unexplained, LedgerKind.Footage], report.Rows.Select(static row => row.Kind));
        Assert.True(report.Rows[1].Flags.HasFlag(LedgerFlags.Recovered));
        Assert.InRange(report.Rows[2].LengthUs, HandMade.Us(972.8), HandMade.Us(973));
        Assert.InRange(report.Rows[3].LengthUs, HandMade.Us(0.19), HandMade.Us(0.21));
        Assert.Empty(timeline.Track.Lost);
    }

    [Fact]
    public void Without_a_journal_the_footage_still_tells_what_it_can()
    {
        using var made = Story();
        Directory.Delete(Path.Combine(made.Folder, "segments/unit-7/0001/000000"), recursive: true);
        var (timeline, report) = Read(made);
        Assert.Equal("Footage:0-19.6 Unexplained:19.6-39.5 Footage:39.5-59.7", Say(report));
        Assert.Equal("low_battery", report.Rows[1].Reason);
        Assert.Contains(timeline.Remarks, static remark => remark.Contains("no journal", StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_journal_lines_are_named()
    {
        using var made = Story();
        made.SkipLines(3);
        made.Journal(1, (80, "battery", "\"percent\":50,\"mv\":3800"));
        Assert.Contains("journal lines 13–15 are missing", Read(made).Timeline.Remarks);
    }

    /// <summary>A start without its card goes on by 1,000 from a number that may be older than the newest line (storage-on-card.md §4).</summary>
    [Theory]
    [InlineData(999, "boot", false, "journal line numbers 13–1011 were skipped at boot 2: a start without the card that has the last one goes on by 1000, and no journal segment is missing there")]
    [InlineData(1000, "boot", false, "journal line numbers 13–1012 were skipped at boot 2: a start without the card that has the last one goes on by 1000, and no journal segment is missing there")]
    [InlineData(1001, "boot", false, "journal lines 13–1013 are missing")]
    [InlineData(999, "battery", false, "journal lines 13–1011 are missing")]
    [InlineData(999, "boot", true, "journal lines 13–1011 are missing")]
    public void Numbers_that_a_start_without_a_card_skips_are_no_missing_lines(int skipped, string first, bool isSegmentMissing, string said)
    {
        using var made = Story();
        made.SkipLines(skipped);
        if (isSegmentMissing)
            made.SkipSegment();
        made.Journal(2, (0.2, first, "\"boot\":2"), (1, "battery", "\"percent\":50,\"mv\":3800"));
        Assert.Equal([said], Read(made).Timeline.Remarks);
    }

    [Theory]
    [InlineData("fault", "\"code\":1,\"where\":\"card\"")]
    [InlineData("card", "\"change\":2")]
    public void A_start_with_another_card_or_one_that_cannot_be_opened_skips_numbers_too_and_tells_of_the_card_first(string first, string fields)
    {
        using var made = Story();
        made.SkipLines(999);
        made.Journal(2, (0.1, first, fields), (0.2, "boot", "\"boot\":2"), (1, "battery", "\"percent\":50,\"mv\":3800"));
        Assert.Contains("were skipped at boot 2", Assert.Single(Read(made).Timeline.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_a_later_boot_brought_to_the_card_stay_with_their_own_boot()
    {
        using var made = Story(secondHalf: false);
        made.Journal(2, (90, "fault", "\"code\":101"), (0.2, "boot", "\"boot\":2"), (1, "battery", "\"percent\":1"));
        made.Journal(2, (5, "activityEnded", "\"activity\":1"));
        var (timeline, _) = Read(made);
        Assert.Equal(HandMade.Us(90), timeline.Track.Boots[0].EndUs);
        Assert.Equal(new Moment(2, HandMade.Us(5)), timeline.Track.Ended);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_damage_to_the_folder_is_read_without_an_exception_and_leaves_no_silent_gap(int seed)
    {
        using var made = Story();
        var random = new Random(seed);
        foreach (var path in Directory.EnumerateFiles(made.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList())
        {
            var bytes = File.ReadAllBytes(path);
            switch (random.Next(6))
            {
                case 0:
                    File.Delete(path);
                    break;
                case 1:
                    File.WriteAllBytes(path, bytes[..random.Next(bytes.Length)]);
                    break;
                case 2 when path.EndsWith(".mkv", StringComparison.Ordinal):
                    for (var hit = 0; hit < 20; hit++)
                        bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
                    File.WriteAllBytes(path, bytes);
                    break;
            }
        }

        if (TimelineReader.Read(made.Folder, HandMade.Device, 1, 1) is not { } timeline)
            return;
        var report = ContinuityLedger.Compute(new ContinuityInput { Policy = Qidong.Policy, Recorders = [timeline.Track] });
        Assert.Equal(report.IntervalUs, report.Sums.TotalUs);
        Assert.True(report.Sums.FootageUs <= HandMade.Us(41), $"seed {seed}");
    }

    [Fact]
    public void Nonsense_that_a_recorder_writes_stops_nothing()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            using var made = Story();
            made.Journal(1, (random.NextInt64(0, 9_000_000_000), "recordingStopped", $"\"recording\":{random.NextInt64()},\"activity\":1,\"reason\":{random.Next(-3, 300)}"), (1, "interrupted", $"\"activity\":1,\"reason\":{random.NextInt64()}"), (2, "clockSync", $"\"boundUs\":{random.NextInt64()}"));
            foreach (var path in Directory.EnumerateFiles(made.Folder, "*.seal", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList())
            {
                var seal = File.ReadAllBytes(path);
                for (var hits = random.Next(3); hits > 0; hits--)
                    random.NextBytes(seal.AsSpan(random.Next(2) == 0 ? 88 + (8 * random.Next(6)) + random.Next(3, 8) : 136, 1));
                File.WriteAllBytes(path, seal);
            }

            if (TimelineReader.Read(made.Folder, HandMade.Device, 1, 1) is not { } timeline)
                continue;
            var report = ContinuityLedger.Compute(new ContinuityInput { Policy = Qidong.Policy, Recorders = [timeline.Track] });
            Assert.True(report.IntervalUs >= 0 && report.IntervalUs == report.Sums.TotalUs, $"seed {seed} round {round}");
        }
    }
}
