using BodyCam.Rules.Deadlines;
using BodyCam.Rules.Retention;

namespace BodyCam.Rules.Tests.Deadlines;

public sealed class ClockGuardTests
{
    private static readonly TimeSpan second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan day = TimeSpan.FromDays(1);

    private readonly VirtualStation station = new();

    [Fact]
    public void Time_that_passes_is_no_step()
    {
        var guard = station.Start();
        for (var minute = 0; minute < 3000; minute++)
        {
            Assert.False(guard.Observe().IsHeld);
            station.Pass(TimeSpan.FromMinutes(1));
        }
    }

    [Theory]
    [InlineData(3, ClockStepKind.Forwards)]
    [InlineData(3600, ClockStepKind.Forwards)]
    [InlineData(-3, ClockStepKind.Backwards)]
    [InlineData(-86400, ClockStepKind.Backwards)]
    public void A_step_holds_at_the_next_look_and_says_what_it_should_have_been(int seconds, ClockStepKind kind)
    {
        var guard = station.Start();
        guard.Observe();
        station.Pass(hour);
        var expected = station.Wall;
        station.Wall += seconds * second;
        var step = guard.Observe().Pending;
        Assert.Equal((kind, expected, station.Wall, 1), (step!.Kind, step.Expected, step.Seen, step.Count));
        Assert.EndsWith("由负责人确认后恢复。", step.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public void A_difference_within_the_bound_is_no_step(int seconds)
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += seconds * second;
        Assert.False(guard.Observe().IsHeld);
    }

    [Fact]
    public void Many_small_steps_add_up_to_one()
    {
        var guard = station.Start();
        guard.Observe();
        var held = 0;
        for (var minute = 0; minute < 10 && held == 0; minute++)
        {
            station.Pass(TimeSpan.FromMinutes(1));
            station.Wall += second;
            if (guard.Observe().IsHeld)
                held = minute + 1;
        }

        Assert.Equal(3, held);
    }

    [Fact]
    public void Held_stays_held_when_the_clock_goes_back_to_right_by_itself()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        guard.Observe();
        station.Wall -= day;
        var step = guard.Observe().Pending;
        Assert.Equal(2, step!.Count);
        Assert.Contains("此后又有 1 次跳变", step.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_while_the_process_is_down_is_seen_at_its_start()
    {
        station.Start().Observe();
        station.Pass(TimeSpan.FromMinutes(5));
        station.Wall += day;
        Assert.Equal(ClockStepKind.Forwards, station.Start().Observe().Pending!.Kind);
    }

    [Fact]
    public void A_restart_of_process_and_machine_without_a_step_does_not_hold()
    {
        station.Start().Observe();
        station.Pass(hour);
        var second = station.Start();
        Assert.False(second.Observe().IsHeld);
        station.Reboot(off: TimeSpan.FromHours(60));
        Assert.False(station.Start().Observe().IsHeld);
    }

    [Fact]
    public void A_wall_clock_behind_the_last_one_kept_holds_after_a_restart_of_the_machine()
    {
        var guard = station.Start();
        guard.Observe();
        station.Pass(hour);
        guard.Observe();
        var last = station.Wall;
        station.Reboot(off: -TimeSpan.FromMinutes(10));
        var step = station.Start().Observe().Pending;
        Assert.Equal((ClockStepKind.BackwardsAcrossRestart, last), (step!.Kind, step.Expected));
    }

    [Fact]
    public void A_machine_that_seems_to_have_been_off_for_long_needs_a_person()
    {
        station.Start().Observe();
        station.Reboot(off: TimeSpan.FromHours(73));
        Assert.Equal(ClockStepKind.LongAway, station.Start().Observe().Pending!.Kind);
    }

    [Fact]
    public void An_unconfirmed_step_survives_restarts_of_process_and_machine()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        var step = guard.Observe().Pending;
        station.Pass(hour);
        Assert.Equal(step, station.Start().Observe().Pending);
        station.Reboot(off: hour);
        Assert.Equal(step, station.Start().Observe().Pending);
    }

    [Fact]
    public void A_confirmation_releases_and_survives_a_restart()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        var confirmation = guard.Confirm(guard.Observe().Pending!, "王某", "对照授时核对无误");
        Assert.Equal((ClockConfirmationOutcome.Confirmed, "王某"), (confirmation.Outcome, confirmation.Person));
        Assert.False(guard.Observe().IsHeld);
        station.Pass(hour);
        Assert.False(station.Start().Observe().IsHeld);
        station.Reboot(off: hour);
        Assert.False(station.Start().Observe().IsHeld);
    }

    [Fact]
    public void A_person_confirms_only_the_step_that_was_shown()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        var shown = guard.Observe().Pending!;
        station.Wall += day;
        Assert.Equal(ClockConfirmationOutcome.SteppedAgain, guard.Confirm(shown, "王某", "核对").Outcome);
        Assert.True(guard.Observe().IsHeld);
        Assert.Equal(ClockConfirmationOutcome.Confirmed, guard.Confirm(guard.Observe().Pending!, "王某", "核对").Outcome);
        Assert.Equal(ClockConfirmationOutcome.NothingPending, guard.Confirm(shown, "王某", "核对").Outcome);
    }

    [Fact]
    public void Nobody_confirms_without_a_name_and_a_reason()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        var step = guard.Observe().Pending!;
        Assert.Throws<ArgumentException>(() => guard.Confirm(step, " ", "核对"));
        Assert.Throws<ArgumentException>(() => guard.Confirm(step, "王某", ""));
        Assert.True(guard.Observe().IsHeld);
    }

    [Fact]
    public void A_step_that_cannot_be_written_down_holds_all_the_same_and_is_seen_again_after_a_restart()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        station.FailsToWrite = true;
        Assert.Throws<IOException>(() => guard.Observe());
        station.FailsToWrite = false;
        Assert.True(guard.Observe().IsHeld);
        Assert.True(station.Start().Observe().IsHeld);
    }

    [Fact]
    public void A_confirmation_that_cannot_be_written_down_releases_nothing()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        var step = guard.Observe().Pending!;
        station.FailsToWrite = true;
        Assert.Throws<IOException>(() => guard.Confirm(step, "王某", "核对"));
        station.FailsToWrite = false;
        Assert.True(guard.Observe().IsHeld);
    }

    [Fact]
    public void A_state_that_cannot_be_read_holds()
    {
        station.Start().Observe();
        station.Stored = [1, 2, 3];
        Assert.Equal(ClockStepKind.StateUnreadable, station.Start().Observe().Pending!.Kind);
    }

    [Theory]
    [InlineData(-1, ClockStepKind.BackwardsAcrossRestart)]
    [InlineData(73, ClockStepKind.LongAway)]
    public void A_state_that_was_taken_away_is_made_up_for_by_what_the_log_knows(int hours, ClockStepKind kind)
    {
        var known = station.Wall;
        station.Wall += hours * hour;
        Assert.Equal(kind, station.Start(known).Observe().Pending!.Kind);
        station.Stored = null;
        Assert.False(station.Start(station.Wall - hour).Observe().IsHeld);
    }

    [Fact]
    public void A_quiet_log_is_no_long_absence_while_the_machine_ran()
    {
        var known = station.Wall - TimeSpan.FromHours(100);
        station.Start().Observe();
        Assert.False(station.Start(known).Observe().IsHeld);
    }

    [Fact]
    public void The_state_is_small_and_written_no_more_than_it_must()
    {
        var guard = station.Start();
        for (var tick = 0; tick < 600; tick++)
        {
            guard.Observe();
            station.Pass(second);
        }

        Assert.InRange(station.Writes, 19, 21);
        Assert.InRange(station.Stored!.Length, 100, 600);
    }

    [Fact]
    public void Nothing_fires_newly_on_a_stepped_clock_and_what_had_fired_stays()
    {
        var guard = station.Start();
        var deadline = Local.Clock.Classification(TestPolicies.Kaifeng.Rules, station.Wall); // ends 2026-03-04 24:00
        Assert.Equal(DeadlineState.Running, guard.Judge(deadline, DeadlineState.NotStarted).State);

        station.Wall += 30 * day;
        var held = guard.Judge(deadline, DeadlineState.Running);
        Assert.Equal((DeadlineState.Running, true), (held.State, held.IsHeld));
        Assert.Contains("跳变", held.Words, StringComparison.Ordinal);
        Assert.Equal((DeadlineState.Running, true), (guard.Judge(deadline, DeadlineState.Running, station.Wall).State, guard.Judge(deadline, DeadlineState.Running, station.Wall).IsHeld));
        Assert.False(guard.Judge(deadline, DeadlineState.Overdue).IsHeld);

        guard = station.Start(); // restarted while held
        Assert.True(guard.Judge(deadline, DeadlineState.Running).IsHeld);
        guard.Confirm(guard.Observe().Pending!, "王某", "核对无误");
        Assert.Equal(new Guarded<DeadlineState>(DeadlineState.Overdue, false, ""), guard.Judge(deadline, DeadlineState.Running));

        station.Wall -= 30 * day;
        Assert.Equal((DeadlineState.Overdue, true), (guard.Judge(deadline, DeadlineState.Overdue).State, guard.Judge(deadline, DeadlineState.Overdue).IsHeld));
    }

    [Fact]
    public void A_deadline_may_start_while_the_clock_is_held()
    {
        var guard = station.Start();
        guard.Observe();
        station.Wall += day;
        var deadline = Local.Clock.Classification(TestPolicies.Kaifeng.Rules, station.Wall);
        Assert.Equal(new Guarded<DeadlineState>(DeadlineState.Running, false, ""), guard.Judge(deadline, DeadlineState.NotStarted));
    }

    [Fact]
    public void No_review_falls_due_on_a_stepped_clock()
    {
        var guard = station.Start();
        guard.Observe();
        var facts = new RetentionFacts { RecordingEnded = station.Wall, Stored = station.Wall, IsClassified = true };
        station.Wall += 400 * day;
        var held = guard.Judge([TestPolicies.Baofeng], facts, RetentionStatus.Retained);
        Assert.Equal((RetentionStatus.Retained, true), (held.State.Status, held.IsHeld));
        guard.Confirm(guard.Observe().Pending!, "王某", "核对无误");
        Assert.Equal(RetentionStatus.ReviewDue, guard.Judge([TestPolicies.Baofeng], facts, RetentionStatus.Retained).State.Status);
    }

    /// <summary>Random lives of a station: whatever passes without a step never holds, and every step beyond the bound holds until it is confirmed.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_lives_hold_exactly_from_a_step_to_its_confirmation(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var guard = station.Start();
        guard.Observe();
        var isHeld = false;
        var steps = 0;
        for (var round = 0; round < 5000; round++)
        {
            switch (random.Next(8))
            {
                case 0:
                    station.Wall += (random.Next(2) == 0 ? 1 : -1) * random.Next(10, 100_000) * second;
                    isHeld = true;
                    steps++;
                    break;
                case 1:
                    guard = station.Start();
                    break;
                case 2:
                    station.Reboot(random.Next(40, 200_000) * second); // longer than the state may be old
                    guard = station.Start();
                    break;
                case 3 when isHeld:
                    guard.Confirm(guard.Observe().Pending!, "王某", "核对");
                    isHeld = false;
                    break;
                default:
                    station.Pass(random.Next(1, 40_000) * second);
                    break;
            }

            Assert.Equal(isHeld, guard.Observe().IsHeld);
        }

        Assert.True(steps > 300);
    }
}
