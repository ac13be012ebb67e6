namespace BodyCam.VirtualBoard.Tests;

public class SchedulerTests
{
    [Fact]
    public void Sleep_takes_exactly_its_virtual_time_and_no_real_time()
    {
        using var test = new TestBoard();
        TimeSpan woke = default;
        test.Run(() =>
        {
            test.Board.Scheduler.Sleep(3_000_000);
            woke = test.Board.Now;
        }, 4000);
        Assert.InRange(woke.TotalMilliseconds, 3_000_000, 3_000_001);
    }

    [Fact]
    public void Only_one_thread_runs_managed_code_at_a_time()
    {
        using var test = new TestBoard();
        IScheduler scheduler = test.Board.Scheduler;
        int inside = 0, worst = 0;
        test.Run(() =>
        {
            object[] threads = new object[5];
            for (int i = 0; i < threads.Length; i++)
            {
                threads[i] = scheduler.StartThread(() =>
                {
                    for (int n = 0; n < 20; n++)
                    {
                        worst = Math.Max(worst, Interlocked.Increment(ref inside));
                        Thread.SpinWait(500);
                        Interlocked.Decrement(ref inside);
                        scheduler.Sleep(n % 3);
                    }
                }, "worker");
            }
            foreach (object thread in threads) Assert.True(scheduler.Join(thread, -1));
        });
        Assert.Equal(1, worst);
        Assert.Empty(test.Board.ThreadFailures);
    }

    [Fact]
    public void Locks_are_re_entrant_and_pass_on_in_the_order_of_asking()
    {
        using var test = new TestBoard();
        IScheduler scheduler = test.Board.Scheduler;
        var order = new List<int>();
        var target = new object();
        Exception? failure = test.Run(() =>
        {
            scheduler.MonitorEnter(target);
            scheduler.MonitorEnter(target);
            object[] threads = new object[4];
            for (int i = 0; i < threads.Length; i++)
            {
                int number = i;
                threads[i] = scheduler.StartThread(() =>
                {
                    scheduler.MonitorEnter(target);
                    order.Add(number);
                    scheduler.Sleep(5);
                    scheduler.MonitorExit(target);
                }, "waiter");
            }
            scheduler.Sleep(10);
            scheduler.MonitorExit(target);
            scheduler.Sleep(10);
            Assert.Empty(order);
            scheduler.MonitorExit(target);
            foreach (object thread in threads) scheduler.Join(thread, -1);
        });
        Assert.Null(failure);
        Assert.Equal([0, 1, 2, 3], order);
    }

    [Fact]
    public void WaitAny_gives_the_index_of_the_event_or_258_after_the_time_out()
    {
        using var test = new TestBoard();
        IScheduler scheduler = test.Board.Scheduler;
        Exception? failure = test.Run(() =>
        {
            object first = scheduler.CreateEvent(manualReset: false, signaled: false), second = scheduler.CreateEvent(manualReset: false, signaled: false);
            scheduler.StartThread(() =>
            {
                scheduler.Sleep(50);
                scheduler.SetEvent(second);
            }, "setter");
            Assert.Equal(258, scheduler.WaitAny([first, second], 20));
            Assert.Equal(1, scheduler.WaitAny([first, second], -1));
            Assert.Equal(258, scheduler.WaitAny([first, second], 0));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_periodic_timer_calls_back_on_its_own_thread_until_disposed()
    {
        using var test = new TestBoard();
        IScheduler scheduler = test.Board.Scheduler;
        int calls = 0;
        Exception? failure = test.Run(() =>
        {
            int main = scheduler.CurrentThreadId;
            object timer = scheduler.CreateTimer(() =>
            {
                Assert.NotEqual(main, scheduler.CurrentThreadId);
                calls++;
            }, 100, 100);
            scheduler.Sleep(1050);
            scheduler.DisposeTimer(timer);
            scheduler.Sleep(1000);
        });
        Assert.Null(failure);
        Assert.Equal(10, calls);
        Assert.Empty(test.Board.ThreadFailures);
    }

    [Fact]
    public void An_unhandled_exception_ends_its_thread_silently_and_is_kept_for_the_test()
    {
        using var test = new TestBoard();
        test.Run(() => test.Board.Scheduler.Join(test.Board.Scheduler.StartThread(() => throw new InvalidOperationException("boom"), "bad"), -1));
        Assert.Equal("bad", Assert.Single(test.Board.ThreadFailures).Thread);
    }

    [Fact]
    public void A_power_cut_parks_every_thread_and_the_next_run_starts_fresh()
    {
        using var test = new TestBoard();
        IScheduler scheduler = test.Board.Scheduler;
        int ticks = 0;
        test.Board.Boot(() =>
        {
            scheduler.StartThread(() => { while (true) { scheduler.Sleep(10); ticks++; } }, "ticker");
            while (true) { scheduler.Sleep(10); ticks++; }
        });
        test.Board.At(TimeSpan.FromSeconds(1), test.Board.CutPower);
        test.Board.RunUntil(TimeSpan.FromSeconds(5));
        int atCut = ticks;
        Assert.InRange(atCut, 190, 200);
        test.Board.PowerOn();
        Assert.Equal(2, test.Board.BootCount);
        test.Run(() => scheduler.Sleep(1000));
        Assert.Equal(atCut, ticks);
    }

    [Fact]
    public void The_same_seed_and_program_give_the_same_trace_twice()
    {
        Assert.Equal(Trace(), Trace());

        static string Trace()
        {
            using var test = new TestBoard();
            IScheduler scheduler = test.Board.Scheduler;
            var trace = new List<string>();
            var target = new object();
            test.Run(() =>
            {
                object[] threads = new object[6];
                for (int i = 0; i < threads.Length; i++)
                {
                    int number = i;
                    threads[i] = scheduler.StartThread(() =>
                    {
                        for (int n = 0; n < 30; n++)
                        {
                            scheduler.MonitorEnter(target);
                            trace.Add($"{number}@{test.Board.Clocks.MonotonicUs}");
                            scheduler.Sleep(number + n % 4);
                            scheduler.MonitorExit(target);
                            scheduler.Sleep(7 * number % 5);
                        }
                    }, "t" + i);
                }
                foreach (object thread in threads) scheduler.Join(thread, -1);
            });
            return string.Join(' ', trace);
        }
    }

    [Fact]
    public void A_thread_that_polls_without_sleeping_hands_over_after_its_quantum()
    {
        using var test = new TestBoard();
        IScheduler scheduler = test.Board.Scheduler;
        bool done = false;
        Exception? failure = test.Run(() =>
        {
            scheduler.StartThread(() => done = true, "other");
            ulong begin = test.Board.Clocks.MonotonicUs;
            while (!done) Assert.True(test.Board.Clocks.MonotonicUs - begin < 100_000);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void Real_pace_maps_virtual_to_real_time()
    {
        using var test = new TestBoard(options => options with { Pace = Pace.Real(20), Stepped = false });
        long begin = Kernel.RealTicks();
        test.Run(() => test.Board.Scheduler.Sleep(2000));
        Assert.InRange(TimeSpan.FromTicks(Kernel.RealTicks() - begin).TotalMilliseconds, 50, 2000);
    }

    [Fact]
    public void The_system_clock_starts_in_1970_and_takes_whole_seconds()
    {
        using var test = new TestBoard(options => options with { CrystalPpm = 100 });
        Exception? failure = test.Run(() =>
        {
            Assert.Equal(1970, new DateTime(test.Board.Clocks.UtcTicks).Year);
            long set = new DateTime(2026, 3, 2, 8, 0, 0).Ticks;
            test.Board.Clocks.SetSystemTime(set + 9_999_999);
            Assert.InRange(test.Board.Clocks.UtcTicks - set, 0, 10_000);
            test.Board.Scheduler.Sleep(1_000_000);
            Assert.InRange((test.Board.Clocks.UtcTicks - set) / 10_000, 1_000_100, 1_000_101);
        }, 2000);
        Assert.Null(failure);
    }
}
