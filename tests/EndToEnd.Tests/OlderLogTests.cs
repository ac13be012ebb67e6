using BodyCam.Gateway;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary>A start over a log that is older than what was made from it changes nothing, and says what does.</summary>
public sealed class OlderLogTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-older-" + Path.GetRandomFileName());

    private string Data => Path.Combine(folder, "data");

    private string Keys => Path.Combine(folder, "keys");

    private string Checkpoint => Path.Combine(Data, "log", "checkpoint");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Records_behind_an_older_checkpoint_are_never_cut_while_the_catalog_tells_that_they_were_committed()
    {
        await RunAsync("unit-1");
        var older = File.ReadAllBytes(Checkpoint);
        await RunAsync("unit-2");
        var newest = File.ReadAllBytes(Checkpoint);
        File.WriteAllBytes(Checkpoint, older);
        var before = Files();
        foreach (var command in new[] { "gateway", "rotate-key" })
        {
            var error = Refused(command);
            Assert.Contains($"log/checkpoint in {Data} covers ", error, StringComparison.Ordinal);
            Assert.Contains("Put the newest log/checkpoint that you have in its place", error, StringComparison.Ordinal);
            Assert.Equal(before, Files());
        }

        File.WriteAllBytes(Checkpoint, newest);
        await using (var host = await StartAsync())
            Assert.Equal(["unit-1", "unit-2"], host.Ingest.Catalog.Epochs().Select(static row => row.Device.Text).Order(StringComparer.Ordinal));

        // Where there is no newer one: as the message says.
        File.WriteAllBytes(Checkpoint, older);
        foreach (var path in Directory.EnumerateFiles(Data, "*.db*"))
            File.Delete(path);
        await using (var host = await StartAsync())
            Assert.Contains(host.Ingest.Catalog.Epochs(), static row => row.Device.Text == "unit-1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_catalog_that_cannot_be_asked_lets_no_record_be_cut_either(bool isLong)
    {
        await RunAsync("unit-1");
        var older = File.ReadAllBytes(Checkpoint);
        await RunAsync("unit-2");
        File.WriteAllBytes(Checkpoint, older);
        foreach (var path in Directory.EnumerateFiles(Data, "custody.db*"))
            File.Delete(path);
        // Without its index a write-ahead log lets only a copy be read.
        File.WriteAllBytes(Path.Combine(Data, "catalog.db-wal"), []);
        if (isLong)
        {
            using var catalog = File.OpenWrite(Path.Combine(Data, "catalog.db"));
            catalog.SetLength(300L << 20);
        }

        var lines = File.ReadAllBytes(Path.Combine(Data, "log", "records", "000.jsonl"));
        var error = Refused("gateway", isLong ? null : Path.Combine(Data, "gateway.pem"));
        Assert.Contains(isLong ? "catalog.db follows more, and records stand behind it" : "Set TMPDIR to a folder with room", error, StringComparison.Ordinal);
        Assert.Equal(lines, File.ReadAllBytes(Path.Combine(Data, "log", "records", "000.jsonl")));
    }

    [Fact]
    public async Task A_start_that_is_refused_for_acts_that_are_in_no_record_has_written_nothing()
    {
        await RunAsync("unit-1");
        var (log, older) = (Path.Combine(Data, "log"), Path.Combine(folder, "older"));
        FolderTree.Copy(log, older);
        await RunAsync("unit-2");
        await RunAsync("unit-3");
        var newest = Path.Combine(folder, "newest");
        Directory.Move(log, newest);
        FolderTree.Copy(older, log);
        var before = Files();
        // A rotation would take the key away that opens the newest log.
        foreach (var command in new[] { "rotate-key", "gateway" })
        {
            var error = Refused(command);
            Assert.Contains($"{Path.Combine(Data, "custody.db")} follows ", error, StringComparison.Ordinal);
            Assert.Contains("Restore the newest log/", error, StringComparison.Ordinal);
            Assert.Equal(before, Files());
        }

        Directory.Delete(log, recursive: true);
        Directory.Move(newest, log);
        await RunAsync("unit-4");
    }

    // Of everything but what SQLite keeps beside a database that is read.
    private List<(string Path, string Sha256)> Files() =>
        [.. Directory.EnumerateFiles(Data, "*", SearchOption.AllDirectories).Where(static path => !path.EndsWith("-shm", StringComparison.Ordinal) && !path.EndsWith("lock", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(static path => (path, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))))];

    private Task<GatewayHost> StartAsync() =>
        GatewayHost.StartAsync(new GatewayOptions { DataFolder = Data, KeysFolder = Keys, MqttPort = 0, HttpPort = 0, LogJson = false });

    private async Task RunAsync(string device)
    {
        await using var host = await StartAsync();
        await host.Ingest.ProvisionAsync(Core.DeviceId.Parse(device), "provisioned", null, default);
    }

    private string Refused(string command, string? temporary = null)
    {
        string[] arguments = command == "gateway" ? ["gateway", "--data", Data, "--keys", Keys, "--mqtt-port", "0", "--http-port", "0"] : ["gateway", command, "--data", Data, "--keys", Keys];
        var (code, _, error) = temporary is null ? Cli.Bodycam(arguments) : Cli.Run("env", ["TMPDIR=" + temporary, "dotnet", Cli.Path, .. arguments]);
        Assert.Equal(2, code);
        return error;
    }
}
