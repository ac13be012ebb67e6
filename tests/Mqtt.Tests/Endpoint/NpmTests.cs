using System.Globalization;
using BodyCam.Mqtt.Codec;

namespace BodyCam.Mqtt.Tests.Endpoint;

/// <summary>Installs the npm package "mqtt" once into the output folder; a failure fails every test of the class.</summary>
public sealed class NpmPackage : IAsyncLifetime
{
    internal static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "artifacts", "npm-mqtt");

    public async ValueTask InitializeAsync()
    {
        if (File.Exists(Path.Combine(Folder, "node_modules", "mqtt", "package.json")))
            return;
        Directory.CreateDirectory(Folder);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var npm = Peer.StartIn(Folder, "npm", "install", "--prefix", Folder, "--no-audit", "--no-fund", "--ignore-scripts", "mqtt@5");
        await npm.SucceedAsync(patience.Token);
    }

    public ValueTask DisposeAsync() => default;
}

/// <summary>MQTT.js as a peer, both versions.</summary>
public class NpmTests(NpmPackage package) : IClassFixture<NpmPackage>
{
    private const string Script = """
        const mqtt = require('mqtt');
        const [port, version] = process.argv.slice(1).map(Number);
        const will = { topic: 'status/js', payload: Buffer.from('offline'), qos: 1, retain: true };
        const client = mqtt.connect({ host: '127.0.0.1', port, protocolVersion: version, clientId: 'js' + version, will, reconnectPeriod: 0 });
        const fail = (what) => { console.error(what); process.exit(1); };
        client.on('error', fail);
        client.on('connect', async () => {
          const granted = await client.subscribeAsync(['js/#', 'other'], { qos: 2 });
          if (granted.length !== 2 || granted[0].qos !== 2) fail('grant ' + JSON.stringify(granted));
          const seen = [];
          client.on('message', async (topic, payload, packet) => {
            seen.push(topic + ':' + packet.qos + ':' + payload.length);
            if (seen.length !== 3) return;
            console.log(seen.join(' '));
            await client.unsubscribeAsync('js/#');
            await client.endAsync();
            console.log('ended');
          });
          for (const qos of [0, 1, 2])
            await client.publishAsync('js/' + qos, Buffer.alloc(8192, qos), { qos });
        });
        """;

    [Theory]
    [InlineData("4")]
    [InlineData("5")]
    public async Task Mqtt_js_publishes_and_receives_with_every_qos(string version)
    {
        Assert.NotNull(package);
        await using var host = await EndpointHost.StartAsync(realTime: true);
        await using var node = Peer.StartIn(NpmPackage.Folder, "node", "-e", Script, host.Port.ToString(CultureInfo.InvariantCulture), version);
        await node.UntilAsync("js/0:0:8192 js/1:1:8192 js/2:2:8192", host.Patience);
        await node.UntilAsync("ended", host.Patience);
        await node.SucceedAsync(host.Patience);
        Assert.Equal(MqttReasonCode.Success, (await host.NextClosedAsync()).Reason);
        for (int qos = 0; qos < 3; qos++)
            Assert.Equal((MqttQos)qos, (await host.Ports.TakenIn.ReadAsync(host.Patience)).Qos);
        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }
}
