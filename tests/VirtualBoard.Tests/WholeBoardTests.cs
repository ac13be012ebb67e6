namespace BodyCam.VirtualBoard.Tests;

public class WholeBoardTests
{
    /// <summary>A small firmware that uses threads, buttons, camera, sound and card, until its power goes.</summary>
    private static string Trace(int seed)
    {
        using var test = new TestBoard(options => options with { Seed = seed }, powerOn: false);
        Board board = test.Board;
        board.Camera.Source = FrameFile.Load(Footage.Scene);
        board.Microphone.Scene = WavSound.Load(Footage.Sound);
        var trace = new List<string>();
        board.Firmware = () => () =>
        {
            IVolumeFile? file = null;
            long written = 0;
            board.Storage.MountCard();
            board.Storage.CreateDirectory(@"D:\rec");
            file = board.Storage.Open($@"D:\rec\{board.BootCount}", 2, 2, 1);
            board.Pins.Open(27, 3);
            board.Pins.Watch(27, rising => trace.Add($"{board.Clocks.MonotonicUs} button {rising}"), 20);
            board.Buses.I2sOpen(1, 8000, 16, 2, 32_768);
            board.Scheduler.StartThread(() =>
            {
                var sound = new byte[1024];
                while (true)
                {
                    board.Buses.I2sRead(1, sound);
                    file.Write(written, sound);
                    written += sound.Length;
                    trace.Add($"{board.Clocks.MonotonicUs} {board.Pins.ReadAdc(6)}");
                    board.Scheduler.Sleep(5);
                }
            }, "sound");
            while (true) board.Scheduler.Sleep(50);
        };
        board.Start();
        BoardScript.Parse("at 00:01 press record\nat 00:02 triple record\nat 00:04 power cut at write 3\nat 00:08 power on\nat 00:09 hold record 2s").Apply(board);
        board.RunUntil(TimeSpan.FromSeconds(15));
        Assert.Empty(board.ThreadFailures);
        Assert.Equal(2, board.BootCount);
        foreach (string path in Directory.GetFiles(board.Card.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            trace.Add($"{Path.GetFileName(path)} {new FileInfo(path).Length}");
        return string.Join('\n', trace);
    }

    [Fact]
    public void The_same_seed_and_script_give_the_same_trace_and_another_seed_does_not()
    {
        string first = Trace(11);
        Assert.Equal(first, Trace(11));
        Assert.NotEqual(first, Trace(12));
    }

    [Fact]
    public void A_free_running_board_reaches_its_deadlines_by_itself()
    {
        using var test = new TestBoard(options => options with { Stepped = false });
        long begin = Kernel.RealTicks();
        int beats = 0;
        test.Board.Boot(() =>
        {
            while (beats < 1000)
            {
                test.Board.Scheduler.Sleep(1000);
                beats++;
            }
        });
        Assert.True(test.Board.WaitUntil(() => beats == 1000, TimeSpan.FromHours(1)));
        Assert.True(TimeSpan.FromTicks(Kernel.RealTicks() - begin) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_host_thread_may_make_firmware_calls_one_at_a_time()
    {
        using var test = new TestBoard();
        test.Board.Scheduler.Sleep(500);
        Assert.True(test.Board.Storage.MountCard());
        using (IVolumeFile file = test.Board.Storage.Open(@"D:\a", 2, 2, 1)) file.Write(0, [1, 2, 3]);
        Assert.InRange(test.Board.Now.TotalMilliseconds, 500, 600);
    }

    [Fact]
    public void A_host_thread_inside_a_call_is_told_of_a_power_cut()
    {
        using var test = new TestBoard();
        test.Board.At(TimeSpan.FromSeconds(1), test.Board.CutPower);
        Assert.Throws<InvalidOperationException>(() => test.Board.Scheduler.Sleep(60_000));
        test.Board.PowerOn();
        test.Board.Scheduler.Sleep(10);
    }

    [Fact]
    public void Released_threads_of_a_dead_run_end_even_when_they_catch_everything()
    {
        using var test = new TestBoard();
        int caught = 0;
        test.Board.Boot(() =>
        {
            for (int i = 0; i < 5;)
            {
                try
                {
                    test.Board.Scheduler.Sleep(10);
                }
                catch (Exception)
                {
                    Interlocked.Increment(ref caught);
                    i++;
                }
            }
        });
        test.Board.RunFor(TimeSpan.FromSeconds(1));
        test.Board.CutPower();
        Assert.Equal(0, caught);
        test.Board.ReleaseParkedThreads();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref caught) == 5, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Full_speed_leaves_only_the_time_of_the_world_outside()
    {
        using var test = new TestBoard(options => options with { Costs = CostModel.FullSpeed });
        test.Run(() =>
        {
            test.Board.Storage.MountCard();
            using IVolumeFile file = test.Board.Storage.Open(@"D:\a", 2, 2, 1);
            for (int i = 0; i < 100; i++) file.Write(i * 8192L, new byte[8192]);
        });
        Assert.True(test.Board.Now < TimeSpan.FromMilliseconds(5));
    }
}
