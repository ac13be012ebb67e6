using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Firmware.Storage;
using BodyCam.VirtualBoard;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace BodyCam.Firmware.Tests.Store;

/// <summary>A provisioned recorder's store on a stepped virtual board, with the gateway's keys beside it.</summary>
internal sealed class Bench : IDisposable
{
    internal const string DeviceText = "rec-0007";

    private readonly string _folder = Directory.CreateTempSubdirectory("store-test-").FullName;

    internal Bench(Func<ProvisioningValues, ProvisioningValues>? change = null, int seed = 7)
    {
        Board = new Board(new BoardOptions { DataFolder = _folder, Stepped = true, Seed = seed, FlashBytes = 512 * 1024 });
        BoardSwitch.Put(Board);
        Ring = new KeyRing([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        Gateway = GatewayKey.Create();
        var values = new ProvisioningValues { ChunkBytes = 4096, CardBytes = 4L << 30, ClusterBytes = 32768, StorageStopBytes = 0 };
        Provision(1, change?.Invoke(values) ?? values);
        Board.PowerOn();
    }

    internal Board Board { get; }

    internal KeyRing Ring { get; }

    internal GatewayKey Gateway { get; }

    internal DeviceId Device { get; } = DeviceId.Parse(DeviceText);

    internal string Card => Board.Card.Folder;

    internal string Flash => Board.FlashFolder;

    internal Provisioning Provisioning { get; private set; } = null!;

    internal DeviceState State { get; private set; } = null!;

    internal CardStore Store { get; private set; } = null!;

    public void Dispose()
    {
        Board.Dispose();
        Gateway.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    internal void Provision(uint epoch, ProvisioningValues values) =>
        File.WriteAllText(Path.Combine(Flash, "bodycam.cfg"), ProvisioningFile.Text(ProvisioningFile.Lines(Ring, Device, epoch, Gateway.Id, values)));

    /// <summary>Clocks of the board at this moment.</summary>
    internal ClockStamp Now() => new()
    {
        MonotonicUs = (long)Board.Clocks.MonotonicUs,
        WallUs = (Board.Clocks.UtcTicks - DateTime.UnixEpoch.Ticks) / 10,
        Source = ClockSources.Sntp,
        ErrorBoundUs = 40_000,
        LastSyncUs = 1_790_000_000_000_000,
    };

    /// <summary>Runs firmware code on the board's main thread to its end, or until the power goes.</summary>
    /// <returns>True when it came to its end.</returns>
    internal bool Run(Action firmware, double timeoutSeconds = 600)
    {
        bool ended = false;
        Exception? failure = null;
        Board.Boot(() =>
        {
            try
            {
                firmware();
            }
            catch (Exception caught) when (caught.GetType().Name != "PowerLossException")
            {
                failure = caught;
            }
            ended = true;
        });
        bool stopped = Board.WaitUntil(() => ended || !Board.IsPowered, TimeSpan.FromSeconds(timeoutSeconds));
        Assert.True(stopped, "The firmware code did not end in virtual time.");
        if (failure is not null) throw new InvalidOperationException("Firmware code failed: " + failure.Message, failure);
        return ended;
    }

    /// <summary>What Program does at start-up: mount, load, open.</summary>
    internal StoreResult Start()
    {
        Board.Storage.MountCard();
        Provisioning = Provisioning.Load();
        State = DeviceState.Load(Provisioning);
        Store = new CardStore(Provisioning, State);
        return Store.Open(Now());
    }

    /// <summary>Cuts the power and powers up again; nothing runs yet.</summary>
    internal void PowerCycle()
    {
        Board.CutPower();
        Board.ReleaseParkedThreads();
        Board.PowerOn();
    }

    /// <summary>One recording of pictures and sound at 5 pictures a second; cut into segments as the capture thread does.</summary>
    internal void Record(int frames, int stopReason = StopReasons.ActivityEnded, bool end = true)
    {
        Recordings recordings = Store.Recordings;
        recordings.BeginActivity();
        Assert.Equal(StoreResult.Ok, recordings.Begin(Kinds.Footage, Now()));
        Assert.Equal(StoreResult.Ok, recordings.OpenSegment(Now()));
        byte[] sound = new byte[1024];
        for (int i = 0; i < frames; i++)
        {
            long atUs = Now().MonotonicUs;
            Store.Journal.CopyPendingInto(recordings.Writer, atUs);
            WriteFrame(recordings.Writer, Scene.Frame(i), atUs);
            Assert.Equal(0, recordings.Writer.WriteAudio(sound, 0, sound.Length, atUs));
            if (recordings.Writer.ShouldCut(atUs)) Assert.Equal(StoreResult.Ok, recordings.Cut(Now()));
            Board.Scheduler.Sleep(200);
        }
        if (end) Assert.Equal(StoreResult.Ok, recordings.End(Now(), stopReason));
    }

    internal static void WriteFrame(SegmentWriter writer, byte[] jpeg, long atUs)
    {
        Assert.Equal(0, writer.BeginFrame(jpeg.Length, atUs));
        for (int offset = 0; offset < jpeg.Length; offset += 4096)
            Assert.Equal(0, writer.FrameBytes(jpeg, offset, Math.Min(4096, jpeg.Length - offset)));
        Assert.Equal(0, writer.EndFrame());
    }

    internal string SegmentPath(int recording, int segment, int epoch = 1) => Path.Combine(Card, "bodycam", $"e{epoch}", $"r{recording}", $"{segment}.mkv");

    internal string SealPath(int recording, int segment, int epoch = 1) => Path.ChangeExtension(SegmentPath(recording, segment, epoch), ".sea");

    internal void RunRecovery()
    {
        while (Store.Recovery.Step(Now()))
        {
        }
    }
}

/// <summary>Pictures of the footage file.</summary>
internal static class Scene
{
    private static readonly Lazy<byte[][]> Frames = new(() =>
    {
        byte[] all = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "scene.mjpeg"));
        var frames = new List<byte[]>();
        int start = 0;
        for (int end; frames.Count < 40 && (end = all.AsSpan(start).IndexOf(new byte[] { 0xFF, 0xD9 })) >= 0; start += end + 2)
            frames.Add(all[start..(start + end + 2)]);
        return [.. frames];
    });

    internal static byte[] Frame(int index) => Frames.Value[index % Frames.Value.Length];
}
