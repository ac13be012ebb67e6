using BodyCam.Firmware.Boards;
using BodyCam.Firmware.Storage;
using BodyCam.Firmware.Time;

namespace BodyCam.Recorder.Tests;

public sealed class ClockBoundTests
{
    private const int EventCount = 10_000;

    // Between reading the clock and comparing it, virtual reads take this long at most.
    private const long ReadingUs = 100_000;

    [Theory]
    [InlineData(1)]
    [InlineData(20_261_120)]
    [InlineData(77)]
    public void True_time_lies_inside_the_bound_over_ten_thousand_drifts_steps_and_reboots(int seed)
    {
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var world = SystemClock.World = new ClockWorld(seed);
        var clock = new ClockKeeper(world);
        clock.Begin();
        var bounded = 0;
        var steps = 0;
        for (var number = 0; number < EventCount; number++)
        {
            switch (world.Random.Next(8))
            {
                case 0:
                    world.Reboot(world.Random.NextInt64(1_000_000, 3 * 86_400_000_000L));
                    clock = new ClockKeeper(world);
                    clock.Begin();
                    break;
                case 1:
                    world.Drift();
                    break;
                case 2 or 3:
                    world.ServerAnswers = world.Random.Next(5) != 0;
                    clock.Sync(world, "server");
                    break;
                case 4 when world.Random.Next(4) == 0:
                    world.Step(world.Random.NextInt64(100_000, 10_000_000_000) * (world.Random.Next(2) == 0 ? 1 : -1));
                    // Journalled by the control thread, which looks every second.
                    Assert.Equal(ClockNews.Stepped, clock.Look());
                    steps++;
                    break;
                default:
                    world.Pass(world.Random.NextInt64(1_000, 6 * 3_600_000_000L));
                    break;
            }

            var stamp = new ClockStamp();
            clock.Stamp(stamp);
            if (world.Random.Next(10) != 0)
                clock.Look();
            if (stamp.ErrorBoundUs < 0)
                continue;
            bounded++;
            Assert.True(Math.Abs(world.TrueUs - stamp.WallUs) <= stamp.ErrorBoundUs + ReadingUs,
                $"seed {seed}, event {number}: off by {world.TrueUs - stamp.WallUs} µs, bound {stamp.ErrorBoundUs} µs");
        }

        Assert.True(bounded > EventCount / 3, $"only {bounded} stamps had a bound");
        Assert.True(steps > 100, $"{steps} steps");
        Assert.True(world.AnswerCount > 1000, $"{world.AnswerCount} answers");
    }

    [Fact]
    public void Before_the_first_sync_the_bound_is_unbounded_and_after_it_the_whole_call_and_the_constants()
    {
        var world = SystemClock.World = new ClockWorld(3);
        var clock = new ClockKeeper(world);
        Assert.True(clock.Begin());
        var stamp = new ClockStamp();
        clock.Stamp(stamp);
        Assert.Equal(-1, stamp.ErrorBoundUs);
        Assert.Equal(ClockSources.Rtc, stamp.Source);

        Assert.True(clock.Sync(world, "server"));
        clock.Stamp(stamp);
        Assert.Equal(ClockSources.Sntp, stamp.Source);
        Assert.InRange(stamp.ErrorBoundUs, world.LastCallUs + 70_000, world.LastCallUs + 200_000);
        Assert.Equal(ClockNews.Synced, clock.Look());
        Assert.Equal(ClockNews.None, clock.Look());
    }

    [Fact]
    public void Questions_without_an_answer_set_an_unbounded_clock_back_by_less_than_a_second_in_all()
    {
        var world = SystemClock.World = new ClockWorld(5) { ServerAnswers = false };
        var clock = new ClockKeeper(world);
        clock.Begin();
        var stamp = new ClockStamp();
        clock.Stamp(stamp);
        var behindUs = world.TrueUs - stamp.WallUs;
        for (var question = 0; question < 50; question++)
        {
            world.Pass(120_000_000 + world.Random.Next(1_000_000));
            Assert.False(clock.Sync(world, "server"));
        }

        clock.Stamp(stamp);
        Assert.Equal(-1, stamp.ErrorBoundUs);
        Assert.InRange(world.TrueUs - stamp.WallUs - behindUs, -ReadingUs, 1_000_000 + ReadingUs);

        world.ServerAnswers = true;
        Assert.True(clock.Sync(world, "server"));
        Assert.Equal(ClockNews.Synced, clock.Look());
    }
}
