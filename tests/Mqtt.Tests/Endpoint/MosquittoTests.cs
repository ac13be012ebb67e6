using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;

namespace BodyCam.Mqtt.Tests.Endpoint;

/// <summary>The Eclipse Mosquitto command line clients as peers.</summary>
public class MosquittoTests
{
    public static TheoryData<string, int> VersionsAndQos { get; } =
        new() { { "mqttv311", 0 }, { "mqttv311", 1 }, { "mqttv311", 2 }, { "mqttv5", 0 }, { "mqttv5", 1 }, { "mqttv5", 2 } };

    [Theory]
    [MemberData(nameof(VersionsAndQos))]
    public async Task Published_by_mosquitto_pub_arrives_at_mosquitto_sub(string version, int qos)
    {
        await using var host = await EndpointHost.StartAsync(realTime: true);
        string port = Text(host.Port);
        await using var sub = Peer.Start("mosquitto_sub", "-V", version, "-h", "127.0.0.1", "-p", port, "-i", "sub", "-q", Text(qos), "-t", "a/#", "-C", "3");
        await host.SubscribedAsync();
        for (int index = 0; index < 3; index++)
        {
            await using var pub = Peer.Start("mosquitto_pub", "-V", version, "-h", "127.0.0.1", "-p", port, "-i", "pub", "-q", Text(qos), "-t", "a/b", "-m", "message " + Text(index));
            await pub.SucceedAsync(host.Patience);
            await sub.UntilAsync("message " + Text(index), host.Patience);
            Assert.Equal((MqttQos)qos, (await host.Ports.TakenIn.ReadAsync(host.Patience)).Qos);
        }

        await sub.SucceedAsync(host.Patience);
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Retained_message_and_large_payload_reach_mosquitto_sub(string version)
    {
        await using var host = await EndpointHost.StartAsync(realTime: true);
        host.Publisher.Publish("r/large", Encoding.ASCII.GetBytes(new string('x', 60_000)), retain: true);
        await using var sub = Peer.Start("mosquitto_sub", "-V", version, "-h", "127.0.0.1", "-p", Text(host.Port), "-q", "1", "-t", "r/+", "-C", "1", "-F", "%r %l %t");
        Assert.Equal("1 60000 r/large", await sub.LineAsync(host.Patience));
        await sub.SucceedAsync(host.Patience);
    }

    [Theory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task Kept_session_of_mosquitto_sub_gets_what_came_meanwhile(string version)
    {
        await using var host = await EndpointHost.StartAsync(realTime: true);
        string[] kept = ["-V", version, "-h", "127.0.0.1", "-p", Text(host.Port), "-i", "kept", "-c", "-q", "1", "-t", "k"];
        string[] expiry = version is "mqttv5" ? ["-x", "600"] : [];
        await using (var first = Peer.Start("mosquitto_sub", [.. kept, .. expiry, "-E"]))
            await first.SucceedAsync(host.Patience);
        await host.NextClosedAsync();
        Assert.Equal(MqttDispatchOutcome.Queued, host.Publisher.Publish("k", "meanwhile"u8.ToArray()));
        await using var second = Peer.Start("mosquitto_sub", [.. kept, .. expiry, "-C", "1"]);
        Assert.Equal("meanwhile", await second.LineAsync(host.Patience));
    }

    [Fact]
    public async Task Killed_mosquitto_client_leaves_its_will()
    {
        await using var host = await EndpointHost.StartAsync(realTime: true);
        await using (var sub = Peer.Start("mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", Text(host.Port), "-i", "dev", "-t", "x",
            "--will-topic", "status/dev", "--will-payload", "offline", "--will-qos", "1"))
            await host.SubscribedAsync();
        Assert.Equal("status/dev", (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
    }

    [Fact]
    public async Task Refused_subscription_and_refused_login_show_in_the_exit_code()
    {
        await using var host = await EndpointHost.StartAsync(realTime: true);
        await using var sub = Peer.Start("mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", Text(host.Port), "-t", "forbidden/#", "-E");
        await sub.ExitCodeAsync(host.Patience);
        host.Ports.Authenticate = _ => MqttAuthResult.Refused(MqttReasonCode.BadUserNameOrPassword);
        await using var pub = Peer.Start("mosquitto_pub", "-V", "mqttv311", "-h", "127.0.0.1", "-p", Text(host.Port), "-t", "t", "-m", "x");
        Assert.NotEqual(0, await pub.ExitCodeAsync(host.Patience));
    }

    [Fact]
    public async Task Mosquitto_pub_publishes_over_tls()
    {
        using var certificate = LifecycleTests.Certificate("CN=localhost");
        await using var host = await EndpointHost.StartAsync(serverCertificate: certificate, realTime: true);
        string authority = Path.Combine(AppContext.BaseDirectory, $"server-{host.Port}.pem");
        await File.WriteAllTextAsync(authority, certificate.ExportCertificatePem(), host.Patience);
        await using var pub = Peer.Start("mosquitto_pub", "-V", "mqttv5", "-h", "localhost", "-p", Text(host.Port), "--cafile", authority, "-q", "1", "-t", "t", "-m", "secure");
        await pub.SucceedAsync(host.Patience);
        Assert.Equal("secure"u8.ToArray(), (await host.Ports.TakenIn.ReadAsync(host.Patience)).Payload);
        File.Delete(authority);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
