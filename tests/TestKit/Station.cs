using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.TestKit;

/// <summary>Ingest in a folder of its own with fixed keys and a manual clock; what goes down to recorders is kept.</summary>
public sealed class Station : IDownlink, IAsyncDisposable
{
    public static readonly DeviceId Device = DeviceId.Parse("unit-7");

    private readonly ConcurrentQueue<byte[]> down = new();

    public Station(string? folder = null, Func<IngestOptions, IngestOptions>? change = null)
    {
        Folder = folder ?? Path.Combine(Path.GetTempPath(), "bodycam-station-" + Path.GetRandomFileName());
        Directory.CreateDirectory(Folder);
        Change = change;
    }

    public string Folder { get; }

    public KeyRing Keys { get; } = new([.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);

    public GatewayKey Key { get; init; } = GatewayKey.Create();

    public ManualTimeProvider Time { get; } = new();

    public Func<IngestOptions, IngestOptions>? Change { get; set; }

    /// <summary>Its disk, when it is one that can be without room.</summary>
    public FullDisk? Room { get; private set; }

    /// <summary>Gives it a real disk that has no room when it is told so; a new one at each start, which has.</summary>
    public void CanBeFull() => Change = options => options with { Disk = Room = new FullDisk(new PosixDisk(Folder)) };

    public IngestService Ingest { get; private set; } = null!;

    public IReadOnlyList<byte[]> Down => [.. down];

    public IReadOnlyList<Receipt> Receipts => [.. down.Where(static message => message[1] == 16).Select(static message => Receipt.TryParse(message, out var receipt) == RefusalReason.None ? receipt! : throw new InvalidOperationException("not a receipt"))];

    public IReadOnlyList<RefusalReason> Refusals => [.. down.Where(static message => message[1] == 18).Select(static message => (RefusalReason)BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(2)))];

    public IReadOnlyList<(SegmentKey Key, List<(int First, int Count)> Ranges)> Missing => [.. down.Where(static message => message[1] == 17).Select(static message =>
        (new SegmentKey(Device, U32(message, 4), U32(message, 8), U32(message, 12)), Enumerable.Range(0, BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(2))).Select(index => ((int)U32(message, 64 + (index * 8)), (int)U32(message, 68 + (index * 8)))).ToList()))];

    public IReadOnlyList<string> Commands => [.. down.Where(static message => message[1] == 19).Select(static message => System.Text.Encoding.UTF8.GetString(message, 16, BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(2))))];

    public void Send(DeviceId device, byte[] message) => down.Enqueue(message);

    public void ForgetDown() => down.Clear();

    public void Open()
    {
        var options = new IngestOptions { DataFolder = Folder, Keys = Keys, GatewayKey = Key, Time = Time };
        Ingest = IngestService.Open(Change?.Invoke(options) ?? options, this, NullLogger<IngestService>.Instance);
    }

    public async Task<FakeRecorder> OpenWithRecorderAsync()
    {
        Open();
        var (epoch, _) = await Ingest.ProvisionAsync(Device, "provisioned", null, CancellationToken.None);
        return new FakeRecorder(Device, Keys, epoch);
    }

    public async Task UpAsync(byte[] message) => await Ingest.HandleUpAsync(Device, new ReadOnlySequence<byte>(message), CancellationToken.None);

    /// <summary>Seal first, then every chunk, as a recorder does.</summary>
    public async Task UploadAsync(params FakeSegment[] segments)
    {
        foreach (var segment in segments)
        {
            await UpAsync(FakeRecorder.SealMessage(segment));
            for (var index = 0; index < segment.ChunkCount; index++)
                await UpAsync(FakeRecorder.ChunkMessage(segment, index));
        }
    }

    /// <summary>Waits for the group committer, in real time but without a fixed sleep: another epoch given to a second recorder goes through the same queue.</summary>
    public async Task SettleAsync()
    {
        for (var round = 0; round < 2; round++)
            await Ingest.ProvisionAsync(DeviceId.Parse("settle-1"), "provisioned", null, CancellationToken.None);
    }

    /// <summary>A first start that stores one segment of footage in order, and an end in order.</summary>
    public async Task<FakeSegment> StoreAndCloseAsync()
    {
        var recorder = await OpenWithRecorderAsync();
        var segment = recorder.Footage(1, 1, final: true);
        await UploadAsync(segment);
        await SettleAsync();
        await CloseAsync();
        return segment;
    }

    /// <summary>Puts a file into the data folder, whatever stands there.</summary>
    public void Write(string path, byte[] bytes)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.Delete(full);
        File.WriteAllBytes(full, bytes);
    }

    /// <summary>The next start makes it anew.</summary>
    public void DeleteCatalog()
    {
        foreach (var path in Directory.GetFiles(Folder, "catalog.db*"))
            File.Delete(path);
    }

    /// <summary>Types of the log's records, in order.</summary>
    public IReadOnlyList<string> RecordTypes() =>
        [.. new LogReader(Path.Combine(Folder, "log")).ReadRecords(0, Ingest.Checkpoint.Checkpoint.Size).Select(static record => record.Type)];

    public async Task CloseAsync()
    {
        if (Ingest is not null)
            await Ingest.DisposeAsync();
        Ingest = null!;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Key.Dispose();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private static uint U32(byte[] message, int at) => BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(at));
}
