using System.Buffers;
using System.Reflection;
using BodyCam.Mqtt.Codec;
using BodyCam.Nano.Host;
using BodyCam.VirtualBoard;

namespace BodyCam.Nano.Tests;

/// <summary>The stand-in for M2Mqtt, driven by firmware, against a server that never acknowledges the second publish.</summary>
public sealed class MqttClientTests : IDisposable
{
    private const string Program = "BodyCam.Hazards.MqttProgram";

    private readonly string _folder = Directory.CreateTempSubdirectory("mqtt").FullName;
    private readonly Board _board;
    private readonly MemoryLink _link;
    private readonly List<(ushort Id, bool Duplicate, TimeSpan At)> _publishes = [];
    private byte[] _rest = [];
    private ushort _silentId;

    public MqttClientTests()
    {
        _board = new Board(new BoardOptions { DataFolder = _folder, Stepped = true });
        _link = new MemoryLink(_board);
        _link.Received += Serve;
        _board.Network.ConnectOverride = (_, _) => _link.DeviceStream;
    }

    public void Dispose()
    {
        _board.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_publish_without_acknowledgement_is_sent_three_times_a_second_apart_and_reported_as_lost()
    {
        using FirmwareHost host = Start();
        Assert.True(_board.WaitUntil(() => Log(host).Contains("False", StringComparison.Ordinal), TimeSpan.FromSeconds(20)), Log(host));

        (ushort Id, bool Duplicate, TimeSpan At)[] silent = [.. _publishes.Where(p => p.Id == _silentId)];
        Assert.Equal([false, true, true], silent.Select(p => p.Duplicate));
        Assert.InRange((silent[1].At - silent[0].At).TotalMilliseconds, 900, 1_150);
        Assert.InRange((silent[2].At - silent[1].At).TotalMilliseconds, 900, 1_150);
        Assert.Single(_publishes, p => p.Id != _silentId);
    }

    [Fact]
    public void Events_tell_of_subscription_arrival_acknowledgement_and_close()
    {
        using FirmwareHost host = Start();
        Assert.True(_board.WaitUntil(() => _publishes.Count >= 2, TimeSpan.FromSeconds(20)), Log(host));
        _board.RunFor(TimeSpan.FromMilliseconds(100));
        _link.Close();
        Assert.True(_board.WaitUntil(() => Log(host).Contains("closed", StringComparison.Ordinal), TimeSpan.FromSeconds(20)), Log(host));

        string[] events = Log(host).Split(';', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("connect 0", events[0]);
        Assert.Equal(["closed", "connect 0", "published 2 True", "received dev1/down 3", "subscribed 1 1"], events.Order(StringComparer.Ordinal));
        Assert.Empty(_board.ThreadFailures);
    }

    [Fact]
    public void Every_send_and_repeat_is_counted_as_a_copy()
    {
        using FirmwareHost host = Start();
        Assert.True(_board.WaitUntil(() => Log(host).Contains("False", StringComparison.Ordinal), TimeSpan.FromSeconds(20)), Log(host));

        // Four sends of topic (7 bytes) and payload (1 byte), and one received payload of 3 bytes.
        Assert.Equal((5L, (4 * 8) + 3L), _board.LibraryCopies["M2Mqtt"]);
    }

    [Fact]
    public void The_constructor_throws_while_the_link_is_down()
    {
        using FirmwareHost host = Start(link: false);
        Assert.True(_board.WaitUntil(() => Failure(host).Contains("link is down", StringComparison.Ordinal), TimeSpan.FromSeconds(5)), Log(host));
    }

    private static string Failure(FirmwareHost host) =>
        (string?)host.Firmware.GetType("BodyCam.Hazards.MqttFailure")!.GetField("Text", BindingFlags.Public | BindingFlags.Static)!.GetValue(null) ?? "";

    private static string Log(FirmwareHost host) =>
        host.Firmware.GetType(Program)!.GetField("Log", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!.ToString()!;

    private FirmwareHost Start(bool link = true)
    {
        _board.PowerOn();
        _board.Network.SetLink(link);
        _board.RunFor(TimeSpan.FromSeconds(10));
        FirmwareHost host = FirmwareHost.Load(Files.Hazards, _board);
        _board.Boot(host.Entry(Program, "Main"));
        return host;
    }

    private void Serve(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>([.. _rest, .. bytes]);
        while (MqttFrame.TryRead(ref buffer, 65_536, out MqttFrame frame) == MqttDecodeOutcome.Complete)
            Answer(frame);
        _rest = buffer.ToArray();
    }

    private void Answer(in MqttFrame frame)
    {
        var answer = new ArrayBufferWriter<byte>();
        switch (frame.Type)
        {
            case MqttPacketType.Connect:
                MqttEncoder.WriteConnAck(answer, MqttProtocolVersion.V311, new MqttConnAck(false, MqttReasonCode.Success));
                break;
            case MqttPacketType.Subscribe:
                MqttDecoder.ReadSubscribe(frame, MqttProtocolVersion.V311, out MqttSubscribe subscribe);
                MqttEncoder.WriteSubAck(answer, MqttProtocolVersion.V311, new MqttSubAck(MqttPacketType.SubAck, subscribe.PacketId, [(MqttReasonCode)1]));
                MqttEncoder.WritePublish(answer, MqttProtocolVersion.V311, "dev1/down", [1, 2, 3], MqttQos.AtLeastOnce, packetId: 9);
                break;
            case MqttPacketType.Publish:
                MqttDecoder.ReadPublish(frame, MqttProtocolVersion.V311, out MqttPublish publish);
                _publishes.Add((publish.PacketId, publish.Duplicate, _board.Now));
                if (publish.Payload.FirstSpan[0] == 1)
                    MqttEncoder.WriteAck(answer, MqttProtocolVersion.V311, new MqttAck(MqttPacketType.PubAck, publish.PacketId));
                else
                    _silentId = publish.PacketId;
                break;
        }

        if (answer.WrittenCount > 0)
            _link.Send(answer.WrittenSpan.ToArray());
    }
}
