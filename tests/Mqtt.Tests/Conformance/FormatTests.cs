using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Mqtt.Tests.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>Chapters 1 and 2 of both texts: strings, integers, fixed header, packet identifiers, properties.</summary>
public class FormatTests
{
    private static readonly string[] notText = ["EDA080", "EDBFBF", "C080", "F4908080", "FF", "E282", "610062"];

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Ill_formed_utf8_or_a_null_in_any_text_of_connect_closes_without_connack(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (string text in notText)
        {
            string bad = Raw.Field(text);
            string head = Raw.Text("MQTT") + Raw.Byte((byte)version);
            string none = Raw.Properties(version, string.Empty);
            string will = none + Raw.Text("w") + Raw.Text("x");
            string[] bodies =
            [
                $"{head}02003C{none}{bad}",
                $"{head}06003C{none}{Raw.Text("dev")}{none}{bad}{Raw.Text("x")}",
                $"{head}82003C{none}{Raw.Text("dev")}{bad}",
                $"{head}86003C{none}{Raw.Text("dev")}{will}{bad}",
            ];
            foreach (string body in bodies)
            {
                await using var peer = await RawPeer.OpenAsync(host, version);
                await peer.EndsAfterAsync(Raw.Packet(0x10, body));
            }
        }

        Assert.Empty(host.Ports.Connects);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Ill_formed_utf8_or_a_null_in_a_topic_or_filter_ends_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string none = Raw.Properties(version, string.Empty);
        foreach (string text in notText)
        {
            string bad = Raw.Field(text);
            foreach (string packet in (string[])[Raw.Packet(0x30, bad + none), Raw.Packet(0x82, "0001" + none + bad + "00"), Raw.Packet(0xA2, "0001" + none + bad)])
            {
                await using var peer = await RawPeer.ConnectAsync(host, version);
                await peer.EndsAfterAsync(packet, 0x81);
            }
        }
    }

    [Theory]
    [InlineData("26 {0} 000161")]
    [InlineData("26 000161 {0}")]
    [InlineData("03 {0}")]
    [InlineData("08 {0}")]
    public async Task Ill_formed_utf8_or_a_null_in_a_property_ends_the_connection(string property)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (string text in notText)
        {
            await using var peer = await RawPeer.ConnectAsync(host, V500);
            string properties = property.Replace("{0}", Raw.Field(text), StringComparison.Ordinal);
            await peer.EndsAfterAsync(Raw.Publish(V500, "t", "x", properties: properties), 0x81);
        }

        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Byte_order_mark_is_part_of_the_text_and_travels_on(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        const string Marked = "\uFEFFa";
        await peer.AnswersAsync(Raw.Subscribe(version, 1, (Marked, 0), ("a", 0)), Raw.Granted(version, 0x90, 1, 0, 0));
        await peer.AnswersAsync(Raw.Publish(version, Marked, "x"), Raw.Publish(version, Marked, "x"));
        Assert.Equal(Marked, (await host.Ports.TakenIn.ReadAsync(host.Patience)).Topic);
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311, "C08000")]
    [InlineData(V500, "C08000")]
    [InlineData(V500, "308400 000161 00")]
    [InlineData(V500, "3005 000161 8000")]
    [InlineData(V500, "3007 000161 03 0B8100")]
    public async Task Integer_that_is_not_in_its_shortest_form_ends_the_connection(MqttProtocolVersion version, string packet)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.EndsAfterAsync(packet, 0x81);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Reserved_flags_of_every_packet_a_client_sends_end_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        byte[] types = version == V311 ? [4, 5, 6, 7, 8, 10, 12, 14] : [4, 5, 6, 7, 8, 10, 12, 14, 15];
        foreach (byte type in types)
        {
            // The flags alone are wrong: with the right ones the same body is served.
            string body = type switch
            {
                8 => Raw.Subscribe(version, 1, ("t", 0))[4..],
                10 => Raw.Unsubscribe(version, 1, "t")[4..],
                < 12 => "0001",
                _ => string.Empty,
            };
            int right = type is 6 or 8 or 10 ? 2 : 0;
            for (int flags = 0; flags < 16; flags++)
            {
                string packet = Raw.Packet((byte)((type << 4) | flags), body);
                await using var peer = await RawPeer.ConnectAsync(host, version, flags: 0x06, more: Raw.Will(version));
                if (flags == right)
                    await ServedAsync(peer, type, packet);
                else
                    await peer.EndsAfterAsync(packet, 0x81);
                await peer.DisposeAsync();
                await host.NextClosedAsync();
                // DISCONNECT ends the connection either way; one that is none leaves the will behind.
                Assert.Equal(type != 14 || flags != right, host.Ports.TakenIn.TryRead(out _));
            }
        }

        for (byte flags = 1; flags < 16; flags++)
        {
            await using var peer = await RawPeer.OpenAsync(host, version);
            await peer.EndsAfterAsync(Raw.Byte((byte)(0x10 | flags)) + Raw.Connect(version)[2..]);
        }

        Assert.False(host.Ports.TakenIn.TryRead(out _));

        async Task ServedAsync(RawPeer peer, byte type, string packet)
        {
            bool is5 = version == V500;
            switch (type)
            {
                case 4 or 7:
                    await peer.SendAsync(packet);
                    await peer.QuietAsync();
                    break;
                case 14:
                    await peer.EndsAfterAsync(packet);
                    break;
                case 15:
                    await peer.EndsAfterAsync(packet, 0x82);
                    break;
                default:
                    await peer.AnswersAsync(packet, type switch
                    {
                        5 => is5 ? "6203000192" : Raw.Ack(0x62, 1),
                        6 => is5 ? "7003000192" : Raw.Ack(0x70, 1),
                        8 => Raw.Granted(version, 0x90, 1, 0),
                        10 => Raw.Granted(version, 0xB0, 1, 0x11),
                        _ => "D000",
                    });
                    break;
            }
        }
    }

    [Theory]
    [InlineData(V311, "00")]
    [InlineData(V311, "F0")]
    [InlineData(V311, "20")]
    [InlineData(V311, "90")]
    [InlineData(V311, "B0")]
    [InlineData(V311, "D0")]
    [InlineData(V500, "00")]
    [InlineData(V500, "20")]
    [InlineData(V500, "90")]
    [InlineData(V500, "B0")]
    [InlineData(V500, "D0")]
    public async Task Packets_that_only_a_server_sends_and_reserved_types_end_the_connection(MqttProtocolVersion version, string header)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.EndsAfterAsync(header + "020001", header == "00" ? (byte)0x81 : (byte)0x82);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Packet_identifier_0_ends_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (string packet in (string[])
            [Raw.Publish(version, "t", "x", 1), Raw.Publish(version, "t", "x", 2), Raw.Subscribe(version, 0, ("t", 0)), Raw.Unsubscribe(version, 0, "t")])
        {
            await using var peer = await RawPeer.ConnectAsync(host, version);
            await peer.EndsAfterAsync(packet, 0x82);
        }

        Assert.False(host.Ports.TakenIn.TryRead(out _));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Qos_0_message_has_no_identifier_in_either_direction(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.AnswersAsync(Raw.Subscribe(version, 1, ("t", 0)), Raw.Granted(version, 0x90, 1, 0));
        await peer.AnswersAsync(Raw.Publish(version, "t", "\u0001\u0002"), Raw.Publish(version, "t", "\u0001\u0002"));
        Assert.Equal([1, 2], (await host.Ports.TakenIn.ReadAsync(host.Patience)).Payload);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Every_answer_carries_the_identifier_of_what_it_answers(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        foreach (int id in (int[])[1, 0x1234, 0xFFFF])
        {
            await peer.AnswersAsync(Raw.Publish(version, "other", "x", 1, id), Raw.Ack(0x40, id));
            await peer.AnswersAsync(Raw.Publish(version, "other", "x", 2, id), Raw.Ack(0x50, id));
            await peer.AnswersAsync(Raw.Ack(0x62, id), Raw.Ack(0x70, id));
            await peer.AnswersAsync(Raw.Subscribe(version, id, ("t", 1)), Raw.Granted(version, 0x90, id, 1));
            await peer.AnswersAsync(Raw.Unsubscribe(version, id, "t"), Raw.Granted(version, 0xB0, id, 0));
        }
    }

    [Fact]
    public void Identifiers_of_messages_in_flight_are_never_0_never_in_use_and_free_again_after_the_acknowledgement()
    {
        var outbox = new MqttOutbox(messagesMax: 100_000, bytesMax: int.MaxValue);
        var held = new HashSet<ushort>();
        for (int round = 0; round < 140_000; round++)
        {
            Assert.True(outbox.TryEnqueue(new(new("t", default, MqttQos.AtLeastOnce, retain: false, null, null, default), MqttQos.AtLeastOnce, Retain: false, null)));
            Assert.True(outbox.TryTake(window: 40, out var outgoing));
            Assert.NotEqual(0, outgoing.PacketId);
            Assert.True(held.Add(outgoing.PacketId), "an identifier in flight was given again");
            if (held.Count == 40)
            {
                // One stays unacknowledged for long, so that the counter passes it more than once.
                foreach (ushort id in held.Skip(1).ToList())
                {
                    Assert.True(outbox.Complete(id, MqttQos.AtLeastOnce, mustBeReleased: false));
                    held.Remove(id);
                }
            }
        }
    }

    [Theory]
    [InlineData("21 0001", 0x82)]
    [InlineData("01 02", 0x82)]
    [InlineData("01 00 01 00", 0x82)]
    [InlineData("7F", 0x81)]
    public async Task Property_without_a_place_here_or_of_no_such_value_or_twice_or_unknown_ends_the_connection(string properties, byte reason)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.EndsAfterAsync(Raw.Publish(V500, "t", "x", properties: properties), reason);
    }

    [Fact]
    public async Task Packet_without_properties_says_so_with_a_length_of_0()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.AnswersAsync("8207 000A 00 000174 01", "9004 000A 00 01");
        await peer.AnswersInAnyOrderAsync("3206 000174 0007 00", "40020007", "3206000174000100");
        await peer.AnswersAsync("A206 000B 00 000174", "B004 000B 00 00");
    }
}
