using System.Text.Json;
using BodyCam.Custody.Acts;
using BodyCam.Custody.People;
using BodyCam.Gateway;

namespace BodyCam.EndToEnd.Tests;

/// <summary>Somebody with the gateway's disk writes other words into <c>custody.db</c>: verify and doctor name them, and the procedure that they name mends it.</summary>
public sealed class CustodyDiffersTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-custody-").FullName;

    private string Data => Path.Combine(folder, "data");

    private string Keys => Path.Combine(folder, "keys");

    private string Database => Path.Combine(Data, "custody.db");

    [Fact]
    public async Task Other_words_in_custody_are_named_by_verify_and_doctor_and_gone_when_it_was_made_anew()
    {
        await LiveAsync(static office => office.DoAsync(Actor.Gateway, "intake", static draft =>
        {
            draft.Reason = "当事人投诉";
            return (Outcome<Unit>)draft.Put(new Unit("unit-1", "agency-1", "执法大队"));
        }));
        var kept = Path.Combine(folder, "kept.pem");
        File.Copy(Path.Combine(Data, "gateway.pem"), kept);
        Assert.Equal(0, Cli.Bodycam("verify", Data, "--gateway-key", kept).Code);
        Assert.Equal("passed", Doctor().GetProperty("grade").GetString());

        var bytes = File.ReadAllBytes(Database);
        var at = bytes.AsSpan().IndexOf("当事人投诉"u8);
        Assert.True(at > 0);
        "无任何理由"u8.CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(Database, bytes);

        const string Named = "(intake of unit/unit-1) differs (reason)";
        const string Remedy = "Stop the gateway, move custody.db, custody.db-wal and custody.db-shm away, keep them, and start it again: it makes custody.db anew from the log.";
        var (code, output, _) = Cli.Bodycam("verify", Data, "--gateway-key", kept);
        Assert.Equal(1, code);
        Assert.Contains(output.Split('\n'), static line => line.StartsWith("error   custody_differs", StringComparison.Ordinal) && line.Contains(Named, StringComparison.Ordinal) && line.Contains(Remedy, StringComparison.Ordinal));
        var check = Doctor();
        Assert.Equal(("failed", Remedy), (check.GetProperty("grade").GetString(), check.GetProperty("remedy").GetString()));
        Assert.Contains(Named, check.GetProperty("found").GetString(), StringComparison.Ordinal);

        File.Move(Database, Path.Combine(folder, "custody.db"));
        await LiveAsync(static office => Task.FromResult(Assert.Single(office.Store.Acts("unit/unit-1"), static act => act.Act.Reason == "当事人投诉")));
        Assert.Equal(0, Cli.Bodycam("verify", Data, "--gateway-key", kept).Code);
        Assert.Equal("passed", Doctor().GetProperty("grade").GetString());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task LiveAsync(Func<Office, Task> act)
    {
        await using var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Data, KeysFolder = Keys, MqttPort = 0, HttpPort = 0, LogJson = false });
        await act(gateway.Office);
    }

    private JsonElement Doctor() =>
        JsonDocument.Parse(Cli.Bodycam("doctor", "--data", Data, "--json").Out).RootElement.GetProperty("checks").EnumerateArray().Single(static check => check.GetProperty("name").GetString() == "custody");
}
