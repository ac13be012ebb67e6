using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;
using BodyCam.Core.Seals;
using BodyCam.Gateway;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam recorder --script</c> as a person runs it, against a gateway in this process.</summary>
public sealed class ScriptTests : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-script-" + Path.GetRandomFileName());
    private GatewayHost gateway = null!;

    public async ValueTask InitializeAsync() =>
        gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, "data"), KeysFolder = Path.Combine(folder, "keys"), MqttPort = 0, HttpPort = 0, SntpPort = 0, LogJson = false });

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_script_of_presses_and_faults_happens_as_written_and_everything_is_uploaded()
    {
        var (code, output, error) = await RunAsync(
            """
            # an outing with everything that goes wrong
            at 00:05      press record
            at 00:09      press note            # notice given
            at 00:13      double record         # interrupted by the officer
            at 00:17.500  press record          # resumed
            at 00:18      say note-obstruction-zh-8khz.wav
            at 00:22      press note            # end of the spoken note
            at 00:26      battery 2%
            at 00:32      battery 90%
            at 00:34      press record
            at 00:40      card out
            at 00:48      card in
            at 00:58      press record
            at 01:06      power cut
            at 01:09      power on
            at 01:24      link down
            at 01:26      hold record 2.5s
            at 01:32      link up
            """);
        Assert.True(code == 0, error);
        var said = JsonDocument.Parse(output).RootElement;
        Assert.Equal(1, said.GetProperty("recorders").GetInt32());
        Assert.Empty(said.GetProperty("failures").EnumerateArray());

        var journal = Journal();
        var interruptions = journal.Where(static line => line.Text("event") == "interrupted").Select(static line => (StopReason)line.Number("reason")).ToList();
        Assert.Equal([StopReason.OtherObjective, StopReason.LowBattery, StopReason.CardFault, StopReason.PowerLost], interruptions);
        Assert.Single(journal, static line => line.Text("event") == "noticeGiven");
        Assert.Contains(journal, static line => line.Text("event") == "noteEnded" && line.Text("by") == "press");
        Assert.Equal(2, journal.Count(static line => line.Text("event") == "boot"));
        Assert.Equal(["short", "short", "double", "short", "short", "short", "short", "hold"], journal.Where(static line => line.Text("event") == "press").Select(static line => line.Text("gesture")));
        var recordings = gateway.Ingest.Catalog.Recordings(DeviceId.Parse("unit-9"));
        Assert.Equal(5, recordings.Count);
        Assert.All(recordings, static recording => Assert.True(recording.IsComplete, $"recording {recording.Recording}"));
        Assert.Equal([StopReason.OtherObjective, StopReason.LowBattery, StopReason.CardFault, StopReason.PowerLost, StopReason.ActivityEnded], Finals());
    }

    [Theory]
    [InlineData("at 00:05 press record\n\nat 00:09 press nose", "line 3: 'nose' is not understood. Allowed: record, note.")]
    [InlineData("at 00:05 press record\nat 00:09 hold record", "line 2: a word is missing at the end. Allowed: a number with ms, s, min or h, such as 2s.")]
    [InlineData("at 5 s press record", "line 1: '5' is no time. Allowed: MM:SS.mmm or HH:MM:SS.mmm, such as 00:12.500.")]
    [InlineData("at 00:05 battery 101%", "line 1: '101%' is not understood. Allowed: 0% to 100%, dead.")]
    [InlineData("at 00:05 juggle", "line 1: 'juggle' is not understood. Allowed: press, hold, double, triple, say, scene, sound, battery, charge, card, flash, camera, microphone, i2c, clock, link, power.")]
    public async Task A_line_that_is_not_understood_is_named_with_what_is_allowed_and_nothing_is_run(string script, string message)
    {
        var (code, output, error) = await RunAsync(script);
        Assert.Equal(2, code);
        Assert.Contains(message, JsonDocument.Parse(output).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Empty(gateway.Ingest.Catalog.NewestRecordings(1));
        Assert.False(Directory.Exists(Path.Combine(folder, "recorder")));
    }

    [Fact]
    public async Task A_script_that_is_not_there_is_named()
    {
        var missing = Path.Combine(folder, "no-such.script");
        var (code, _, error) = await Task.Run(() => Cli.Bodycam([.. Arguments(), "--script", missing]));
        Assert.Equal(2, code);
        Assert.Contains(missing, error, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Out, string Err)> RunAsync(string script)
    {
        var path = Path.Combine(folder, "outing.script");
        await File.WriteAllTextAsync(path, script);
        return await Task.Run(() => Cli.Bodycam([.. Arguments(), "--script", path]));
    }

    private string[] Arguments() =>
        ["recorder", "--id", "unit-9", "--gateway", $"http://127.0.0.1:{gateway.HttpPort}", "--token-file", Path.Combine(folder, "keys", "admin.token"), "--pace", "8", "--data", Path.Combine(folder, "recorder"), "--json"];

    private List<JsonElement> Journal() =>
        [.. Directory.EnumerateFiles(Path.Combine(folder, "recorder"), "*.mkv", SearchOption.AllDirectories)
            .Where(static path => Path.GetFileName(Path.GetDirectoryName(path)) == "r0")
            .SelectMany(static path => JournalReader.Lines(File.ReadAllBytes(path)))
            .Where(static line => line.Number("n") > 0)
            .DistinctBy(static line => line.Number("n"))
            .OrderBy(static line => line.Number("n"))];

    private IEnumerable<StopReason> Finals() =>
        Directory.EnumerateFiles(Path.Combine(folder, "data", "segments"), "*.seal", SearchOption.AllDirectories)
            .Select(static path => Seal.TryParse(File.ReadAllBytes(path), out var seal) == RefusalReason.None ? seal! : throw new InvalidDataException(path))
            .Where(static seal => seal.IsFinal && seal.Key.Recording > 0)
            .OrderBy(static seal => seal.Key)
            .Select(static seal => seal.StopReason);
}
