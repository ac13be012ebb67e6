namespace BodyCam.VirtualBoard.Tests;

public class StorageTests
{
    private const int CreateNew = 1, Create = 2, OpenExisting = 3, OpenOrCreate = 4;
    private const int Read = 1, Write = 2, Both = 3;

    private static byte[] Bytes(int count, byte value = 0x5A)
    {
        var bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }

    [Fact]
    public void A_reader_that_shares_all_reads_beside_the_writer_and_one_that_shares_nothing_does_not()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        Exception? failure = test.Run(() =>
        {
            Assert.True(storage.MountCard());
            storage.CreateDirectory(@"D:\rec");
            using IVolumeFile writer = storage.Open(@"D:\rec\1.mkv", Create, Write, Read);
            writer.Write(0, Bytes(100));
            using IVolumeFile reader = storage.Open(@"d:\REC\1.MKV", OpenExisting, Read, Both);
            Assert.Equal(100, reader.Length);
            Assert.Throws<IOException>(() => storage.Open(@"D:\rec\1.mkv", OpenExisting, Read, 0));
            Assert.Throws<IOException>(() => storage.Open(@"D:\rec\1.mkv", OpenExisting, Write, Both));
            Assert.Throws<IOException>(() => storage.DeleteFile(@"D:\rec\1.mkv"));
            Assert.Throws<IOException>(() => storage.MoveFile(@"D:\rec\1.mkv", @"D:\rec\2.mkv"));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_sixth_open_file_and_an_overlong_path_are_refused()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        Exception? failure = test.Run(() =>
        {
            storage.MountCard();
            for (int i = 0; i < 5; i++) storage.Open($@"D:\{i}", CreateNew, Write, 0);
            Assert.Throws<IOException>(() => storage.Open(@"D:\5", CreateNew, Write, 0));
            Assert.Throws<IOException>(() => storage.FileExists(@"D:\" + new string('a', 243)));
            Assert.Throws<IOException>(() => storage.FileExists(@"D:\..\escape"));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void Move_refuses_an_existing_target_and_renames_otherwise()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        Exception? failure = test.Run(() =>
        {
            storage.MountCard();
            storage.Open(@"D:\a", CreateNew, Write, 0).Dispose();
            storage.Open(@"D:\b", CreateNew, Write, 0).Dispose();
            Assert.Throws<IOException>(() => storage.MoveFile(@"D:\a", @"D:\b"));
            storage.DeleteFile(@"D:\b");
            storage.MoveFile(@"D:\a", @"D:\b");
            Assert.Equal([@"D:\b"], storage.Files(@"D:\"));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_card_write_costs_its_bytes_and_a_sync()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        double ms = 0;
        test.Run(() =>
        {
            storage.MountCard();
            using IVolumeFile file = storage.Open(@"D:\a", Create, Write, Read);
            ulong begin = test.Board.Clocks.MonotonicUs;
            file.Write(0, Bytes(8192));
            ms = (test.Board.Clocks.MonotonicUs - begin) / 1000.0;
        });
        Assert.InRange(ms, 50.9, 51.2);
    }

    [Fact]
    public void A_full_card_holds_the_writing_thread_for_ever_and_lets_the_others_run()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        bool written = false;
        int beats = 0;
        test.Board.Boot(() =>
        {
            storage.MountCard();
            test.Board.Scheduler.StartThread(() => { while (true) { test.Board.Scheduler.Sleep(100); beats++; } }, "beat");
            IVolumeFile file = storage.Open(@"D:\a", Create, Write, Read);
            test.Board.Scheduler.Sleep(2000);
            file.Write(0, Bytes(100));
            written = true;
        });
        test.Board.At(TimeSpan.FromSeconds(1), () => test.Board.Card.SetFull(true));
        test.Board.RunUntil(TimeSpan.FromHours(1));
        Assert.False(written);
        Assert.InRange(beats, 35_900, 36_000);
    }

    [Fact]
    public void A_failed_sync_goes_unreported_by_the_write_and_is_reported_by_the_flush()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        test.Board.Card.SyncFails = true;
        Exception? failure = test.Run(() =>
        {
            storage.MountCard();
            using IVolumeFile file = storage.Open(@"D:\a", Create, Write, Read);
            file.Write(0, Bytes(5000));
            Assert.Throws<IOException>(file.Flush);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void Bytes_that_were_never_synced_may_be_gone_after_a_power_cut_and_flushed_ones_are_not()
    {
        int lost = 0;
        for (int seed = 1; seed <= 12; seed++)
        {
            using var test = new TestBoard(options => options with { Seed = seed });
            IStorage storage = test.Board.Storage;
            bool done = false;
            test.Board.Boot(() =>
            {
                storage.MountCard();
                IVolumeFile file = storage.Open(@"D:\a", Create, Write, Read);
                file.Write(0, Bytes(4096));
                file.Flush();
                test.Board.Card.SyncFails = true;
                file.Write(4096, Bytes(4096));
                done = true;
                test.Board.Scheduler.Sleep(-1);
            });
            Assert.True(test.Board.WaitUntil(() => done, TimeSpan.FromSeconds(5)));
            test.Board.CutPower();
            long length = new FileInfo(Path.Combine(test.Board.Card.Folder, "a")).Length;
            Assert.InRange(length, 4096, 8192);
            if (length < 8192) lost++;
        }
        Assert.InRange(lost, 3, 11);
    }

    [Fact]
    public void Flash_loses_what_was_not_flushed_and_keeps_what_was()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        test.Board.Boot(() =>
        {
            IVolumeFile file = storage.Open(@"I:\config", Create, Write, 0);
            file.Write(0, Bytes(10));
            file.Flush();
            file.Write(10, Bytes(10));
            test.Board.Scheduler.Sleep(-1);
        });
        test.Board.RunFor(TimeSpan.FromSeconds(1));
        test.Board.CutPower();
        Assert.Equal(10, new FileInfo(Path.Combine(test.Board.FlashFolder, "config")).Length);
    }

    [Fact]
    public void The_planned_cut_tears_the_nth_write_and_no_call_returns_after_it()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        int writes = 0;
        test.Board.CutPowerAtWrite(4);
        test.Board.Boot(() =>
        {
            storage.MountCard();
            IVolumeFile file = storage.Open(@"D:\a", Create, Write, Read);
            for (int i = 0; i < 10; i++)
            {
                file.Write(i * 1000, Bytes(1000));
                writes++;
            }
        });
        test.Board.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(2, writes);
        Assert.False(test.Board.IsPowered);
        Assert.InRange(new FileInfo(Path.Combine(test.Board.Card.Folder, "a")).Length, 2000, 3000);
    }

    [Fact]
    public void A_card_torn_out_fails_open_files_and_a_swapped_card_shows_its_own_files()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        var seen = new List<bool>();
        BoardScript.Parse("at 00:01 card out\nat 00:03 card swap other-card", test.Folder).Apply(test.Board);
        Exception? failure = test.Run(() =>
        {
            storage.CardChanged += seen.Add;
            storage.MountCard();
            IVolumeFile file = storage.Open(@"D:\mine", Create, Write, Read);
            test.Board.Scheduler.Sleep(2000);
            Assert.Throws<IOException>(() => file.Write(0, Bytes(10)));
            file.Dispose();
            Assert.False(storage.IsCardMounted);
            test.Board.Scheduler.Sleep(2000);
            Assert.True(storage.MountCard());
            Assert.False(storage.FileExists(@"D:\mine"));
        });
        Assert.Null(failure);
        Assert.Equal([false, true], seen);
    }

    [Fact]
    public void A_read_fault_throws_once_and_a_rotten_byte_stays()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        bool ready = false, go = false;
        var read = new byte[8];
        int faults = 0;
        test.Board.Boot(() =>
        {
            storage.MountCard();
            IVolumeFile file = storage.Open(@"D:\a", Create, Both, Read);
            file.Write(0, Bytes(8));
            ready = true;
            while (!go) test.Board.Scheduler.Sleep(10);
            try
            {
                file.Read(0, read);
            }
            catch (IOException)
            {
                faults++;
            }
            file.Read(0, read);
        });
        Assert.True(test.Board.WaitUntil(() => ready, TimeSpan.FromSeconds(5)));
        test.Board.Card.RotByte(@"D:\a", 3);
        test.Board.Card.FailReads(1, "a");
        go = true;
        test.Board.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(1, faults);
        Assert.Equal([0x5A, 0x5A, 0x5A, 0x4A, 0x5A, 0x5A, 0x5A, 0x5A], read);
    }

    [Fact]
    public void Reads_that_are_spared_go_well_before_the_one_that_fails()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        test.Board.Card.FailReads(1, "a", spared: 2);
        string reads = "";
        Exception? failure = test.Run(() =>
        {
            storage.MountCard();
            IVolumeFile file = storage.Open(@"D:\a", Create, Both, Read);
            file.Write(0, Bytes(8));
            for (int i = 0; i < 4; i++)
            {
                try
                {
                    reads += file.Read(0, new byte[8]);
                }
                catch (IOException)
                {
                    reads += "!";
                }
            }
        });
        Assert.Null(failure);
        Assert.Equal("88!8", reads);
    }

    [Fact]
    public void A_restored_snapshot_brings_back_the_older_card()
    {
        using var test = new TestBoard();
        string file = Path.Combine(test.Board.Card.Folder, "head"), copy = Path.Combine(test.Folder, "older");
        File.WriteAllText(file, "1");
        test.Board.Card.Snapshot(copy);
        File.WriteAllText(file, "2");
        test.Board.CutPower();
        test.Board.Card.Restore(copy);
        Assert.Equal("1", File.ReadAllText(file));
    }

    [Fact]
    public void Flash_that_is_full_throws()
    {
        using var test = new TestBoard();
        Exception? failure = test.Run(() =>
        {
            using IVolumeFile file = test.Board.Storage.Open(@"I:\big", Create, Write, 0);
            file.Write(0, Bytes(200_000));
            Assert.Throws<IOException>(() => file.Write(200_000, Bytes(100_000)));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void Opening_follows_the_file_modes()
    {
        using var test = new TestBoard();
        IStorage storage = test.Board.Storage;
        Exception? failure = test.Run(() =>
        {
            storage.MountCard();
            Assert.Throws<FileNotFoundException>(() => storage.Open(@"D:\none", OpenExisting, Read, Read));
            Assert.Throws<DirectoryNotFoundException>(() => storage.Open(@"D:\no\none", OpenOrCreate, Write, Read));
            using (IVolumeFile file = storage.Open(@"D:\a", OpenOrCreate, Write, Read)) file.Write(0, Bytes(9));
            using (IVolumeFile file = storage.Open(@"D:\a", OpenOrCreate, Write, Read)) Assert.Equal(9, file.Length);
            using (IVolumeFile file = storage.Open(@"D:\a", Create, Write, Read)) Assert.Equal(0, file.Length);
            Assert.Throws<IOException>(() => storage.Open(@"D:\a", CreateNew, Write, Read));
        });
        Assert.Null(failure);
    }
}
