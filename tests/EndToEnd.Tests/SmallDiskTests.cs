using System.Text.Json;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.EndToEnd.Tests;

/// <summary>A gateway on a real file system of 24 MiB that somebody else fills to the last byte.</summary>
public sealed class SmallDiskTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-small-").FullName;

    [Fact]
    public async Task On_a_full_disk_there_is_no_receipt_but_an_alarm_and_the_upload_goes_on_by_itself_once_there_is_room()
    {
        // A mount of its own in a namespace of its own: it goes with the process. Its folder is seen through /proc.
        var disk = Directory.CreateDirectory(Path.Combine(folder, "disk")).FullName;
        string[] unshare = Environment.IsPrivilegedProcess ? ["unshare", "-m"] : ["unshare", "-Urm"];
        using var gateway = GatewayProcess.Start(Path.Combine(disk, "data"), Path.Combine(folder, "keys"), within: [.. unshare, "sh", "-c", $"mount -t tmpfs -o size=24m tmpfs {disk} && exec {{0}}"]);
        var seen = $"/proc/{gateway.Process.Id}/root{disk}";
        using var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(folder, "recorder"),
            Provisioning = await gateway.ProvisionAsync("unit-7"),
            Board = new BoardOptions { DataFolder = folder, Pace = Pace.Real(8), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
        });
        recorder.PowerOn();
        recorder.Board.RunFor(TimeSpan.FromSeconds(4));
        Record(recorder);
        Assert.True(recorder.Board.WaitUntil(() => Unreceipted(gateway) == 0 && Stored(gateway) > 3, TimeSpan.FromMinutes(5)), gateway.Status());

        var ballast = Path.Combine(seen, "ballast");
        Fill(ballast);
        Record(recorder);
        Assert.True(recorder.Board.WaitUntil(() => gateway.Status().Contains("\"storage_full\"", StringComparison.Ordinal), TimeSpan.FromMinutes(5)), gateway.Status());
        var stored = Stored(gateway);
        recorder.Board.RunFor(TimeSpan.FromSeconds(30));
        Assert.Equal(stored, Stored(gateway));
        Assert.NotEqual(0, Unreceipted(gateway));
        Assert.False(gateway.Process.HasExited);

        File.Delete(ballast);
        Assert.True(recorder.Board.WaitUntil(() => Unreceipted(gateway) == 0 && Stored(gateway) > stored + 3, TimeSpan.FromMinutes(10)), gateway.Status());
        Assert.True(recorder.Board.WaitUntil(() => !gateway.Status().Contains("\"storage_full\"", StringComparison.Ordinal), TimeSpan.FromMinutes(5)), gateway.Status());
        Assert.Empty(recorder.Board.ThreadFailures);
        // SQLite cannot follow a path into another namespace: the rest is copied out.
        var copy = Path.Combine(folder, "copy");
        foreach (var path in Directory.EnumerateFiles(Path.Combine(seen, "data"), "*", SearchOption.AllDirectories).Where(static path => !Path.GetFileName(path).StartsWith("catalog.db", StringComparison.Ordinal) && Path.GetFileName(path) != "lock"))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Path.Combine(seen, "data"), path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }

        var kept = Path.Combine(folder, "kept.pem");
        File.Copy(Path.Combine(copy, "gateway.pem"), kept);
        var (code, output, _) = Cli.Bodycam("verify", copy, "--gateway-key", kept);
        Assert.True(code == 0, output);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static void Record(Recorder recorder)
    {
        recorder.Board.RecordButton.Press();
        recorder.Board.RunFor(TimeSpan.FromSeconds(12));
        recorder.Board.RecordButton.Hold(TimeSpan.FromSeconds(2.5));
        recorder.Board.RunFor(TimeSpan.FromSeconds(6));
    }

    private static void Fill(string path)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        var block = new byte[4096];
        try
        {
            for (long offset = 0; ; offset += block.Length)
                RandomAccess.Write(file, block, offset);
        }
        catch (IOException)
        {
            // Not a byte is left.
        }
    }

    private static long Stored(GatewayProcess gateway) =>
        Find(gateway, "gateway", "segmentsByState") is { ValueKind: JsonValueKind.Object } counts ? counts.EnumerateObject().Sum(static state => state.Value.GetInt64()) : 0;

    private static long Unreceipted(GatewayProcess gateway) =>
        Find(gateway, "recorders", "unit-7", "said", "unreceipted") is { ValueKind: JsonValueKind.Number } count ? count.GetInt64() : -1;

    private static JsonElement Find(GatewayProcess gateway, params string[] names)
    {
        var at = JsonDocument.Parse(gateway.Status()).RootElement;
        foreach (var name in names)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return default;
        }

        return at;
    }
}
