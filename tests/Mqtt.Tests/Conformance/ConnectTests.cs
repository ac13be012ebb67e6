using BodyCam.Mqtt.Codec;
using BodyCam.Mqtt.Endpoint;
using BodyCam.Mqtt.Tests.Endpoint;
using static BodyCam.Mqtt.Codec.MqttProtocolVersion;

namespace BodyCam.Mqtt.Tests.Conformance;

/// <summary>Sections 3.1 and 3.2 of both texts: CONNECT and CONNACK.</summary>
public class ConnectTests
{
    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Second_connect_ends_the_connection(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, version);
        await peer.EndsAfterAsync(Raw.Connect(version), 0x82);
    }

    [Theory]
    [InlineData("100C 0004 4D515454 03 02 003C 0000")]
    [InlineData("100C 0004 4D515454 06 02 003C 0000")]
    [InlineData("100C 0004 6D717474 04 02 003C 0000")]
    [InlineData("100D 0004 4D515458 05 02 003C 00 0000")]
    public async Task Other_protocol_name_or_level_gets_return_code_1_and_the_end(string connect)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.OpenAsync(host);
        await peer.AnswersAsync(connect, "20020001");
        await peer.EndsAsync();
        Assert.Empty(host.Ports.Connects);
    }

    [Theory]
    [InlineData(V311, 0x03, "", "the reserved flag")]
    [InlineData(V500, 0x03, "", "the reserved flag")]
    [InlineData(V311, 0x0A, "", "will QoS 1 without will")]
    [InlineData(V500, 0x12, "", "will QoS 2 without will")]
    [InlineData(V311, 0x22, "", "will retain without will")]
    [InlineData(V500, 0x22, "", "will retain without will")]
    [InlineData(V311, 0x1E, "000177 000178", "will QoS 3")]
    [InlineData(V500, 0x1E, "00 000177 000178", "will QoS 3")]
    [InlineData(V311, 0x42, "000170", "password without user name")]
    [InlineData(V311, 0x06, "", "a will that is not there")]
    [InlineData(V500, 0x06, "", "a will that is not there")]
    [InlineData(V311, 0x06, "000177", "a will without payload")]
    [InlineData(V500, 0x06, "00 000177", "a will without payload")]
    [InlineData(V311, 0x82, "", "a user name that is not there")]
    [InlineData(V500, 0x82, "", "a user name that is not there")]
    [InlineData(V311, 0xC2, "000175", "a password that is not there")]
    [InlineData(V500, 0xC2, "000175", "a password that is not there")]
    [InlineData(V311, 0x02, "000177 000178", "a will without its flag")]
    [InlineData(V500, 0x02, "00 000177 000178", "a will without its flag")]
    [InlineData(V311, 0x02, "000175", "a user name without its flag")]
    [InlineData(V500, 0x02, "000175", "a user name without its flag")]
    [InlineData(V311, 0x82, "000175 000170", "a password without its flag")]
    [InlineData(V500, 0x82, "000175 000170", "a password without its flag")]
    public async Task Connect_whose_flags_and_fields_do_not_agree_is_closed_without_connack(MqttProtocolVersion version, byte flags, string more, string what)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.OpenAsync(host, version);
        await peer.EndsAfterAsync(Raw.Connect(version, flags: flags, more: more));
        Assert.True(host.Ports.Connects.IsEmpty, what);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Fields_are_read_in_their_order_and_the_identifier_comes_first(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string more = Raw.Will(version, "will/topic", "will payload") + Raw.Text("user") + Raw.Text("password");
        await (await RawPeer.ConnectAsync(host, version, "client", flags: 0xC6, more: more)).DisposeAsync();
        Assert.True(host.Ports.Connects.TryDequeue(out var info));
        Assert.Equal(("client", "user"), (info.ClientId, info.UserName));
        Assert.Equal("password"u8.ToArray(), info.Password!.Value.ToArray());
        var taken = await host.Ports.TakenIn.ReadAsync(host.Patience);
        Assert.Equal(("client", "will/topic"), (taken.ClientId, taken.Topic));
        Assert.Equal("will payload"u8.ToArray(), taken.Payload);
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Client_identifiers_of_1_to_23_letters_and_digits_are_let_in(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        foreach (string clientId in (string[])["0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ"])
            await (await RawPeer.ConnectAsync(host, version, clientId)).DisposeAsync();
    }

    [Fact]
    public async Task Empty_identifier_is_given_one_of_its_own_in_3_1_1_and_without_clean_session_refused()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var first = await RawPeer.ConnectAsync(host, V311, string.Empty);
        await using var second = await RawPeer.ConnectAsync(host, V311, string.Empty);
        Assert.True(host.Ports.Connects.TryDequeue(out var one));
        Assert.True(host.Ports.Connects.TryDequeue(out var other));
        Assert.NotEqual(one.ClientId, other.ClientId);
        await first.QuietAsync();
        await using var kept = await RawPeer.OpenAsync(host);
        await kept.AnswersAsync(Raw.Connect(V311, string.Empty, flags: 0), "20020002");
        await kept.EndsAsync();
    }

    [Theory]
    [InlineData(V311, MqttReasonCode.ClientIdentifierNotValid, "20020002")]
    [InlineData(V311, MqttReasonCode.ServerUnavailable, "20020003")]
    [InlineData(V311, MqttReasonCode.BadUserNameOrPassword, "20020004")]
    [InlineData(V311, MqttReasonCode.NotAuthorized, "20020005")]
    [InlineData(V311, MqttReasonCode.QuotaExceeded, "20020003")]
    [InlineData(V500, MqttReasonCode.ClientIdentifierNotValid, "2003008500")]
    [InlineData(V500, MqttReasonCode.NotAuthorized, "2003008700")]
    [InlineData(V500, MqttReasonCode.KeepAliveTimeout, "2003008000")]
    public async Task Refusal_has_a_code_of_the_table_no_session_and_the_end_also_where_a_session_is_kept(MqttProtocolVersion version, MqttReasonCode reason, string connack)
    {
        await using var host = await EndpointHost.StartAsync();
        await (await RawPeer.ConnectAsync(host, version, flags: 0, properties: version == V500 ? "11 00000E10" : "")).DisposeAsync();
        await host.NextClosedAsync();
        host.Ports.Authenticate = _ => MqttAuthResult.Refused(reason);
        await using var peer = await RawPeer.OpenAsync(host, version);
        await peer.AnswersAsync(Raw.Connect(version, flags: 0), connack);
        await peer.EndsAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Nothing_that_follows_a_refused_connect_is_taken_in(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        host.Ports.Authenticate = _ => MqttAuthResult.Refused();
        await using var peer = await RawPeer.OpenAsync(host, version);
        await peer.SendAsync(Raw.Connect(version), Raw.Publish(version, "t", "x"), Raw.Subscribe(version, 1, ("#", 0)));
        await peer.ExpectAsync(version == V311 ? "20020005" : "2003008700");
        await peer.EndsAsync();
        Assert.False(host.Ports.TakenIn.TryRead(out _));
        Assert.False(host.Ports.Subscribing.TryRead(out _));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task What_follows_an_accepted_connect_in_the_same_bytes_is_served_after_the_one_connack(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.OpenAsync(host, version);
        await peer.SendAsync(Raw.Connect(version), Raw.Publish(version, "t", "x", 1, 7), "C000");
        Assert.StartsWith("20", await peer.PacketAsync(), StringComparison.Ordinal);
        await peer.ExpectAsync(Raw.Ack(0x40, 7), "D000");
        await peer.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Connack_comes_before_messages_that_wait_and_tells_of_the_session(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string keep = version == V500 ? "11 00000E10" : string.Empty;
        await using (var first = await RawPeer.ConnectAsync(host, version, flags: 0, properties: keep))
            await first.AnswersAsync(Raw.Subscribe(version, 1, ("q", 1)), Raw.Granted(version, 0x90, 1, 1));
        await host.NextClosedAsync();
        host.Publisher.Publish("q", "one"u8.ToArray());
        host.Publisher.Publish("q", "two"u8.ToArray());
        await using var second = await RawPeer.ConnectAsync(host, version, flags: 0, properties: keep, present: true);
        await second.ExpectAsync(Raw.Publish(version, "q", "one", 1, 1), Raw.Publish(version, "q", "two", 1, 2));
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task Clean_session_discards_what_was_kept_and_leaves_nothing_behind(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        string keep = version == V500 ? "11 00000E10" : string.Empty;
        await using (var kept = await RawPeer.ConnectAsync(host, version, flags: 0, properties: keep))
            await kept.AnswersAsync(Raw.Subscribe(version, 1, ("q", 1)), Raw.Granted(version, 0x90, 1, 1));
        await host.NextClosedAsync();
        host.Publisher.Publish("q", "old"u8.ToArray());
        await using (var clean = await RawPeer.ConnectAsync(host, version))
            await clean.QuietAsync();
        await host.NextClosedAsync();
        Assert.Equal(MqttDispatchOutcome.NoMatchingSubscribers, host.Publisher.Publish("q", "new"u8.ToArray()));
        await using var later = await RawPeer.ConnectAsync(host, version, flags: 0);
        await later.QuietAsync();
    }

    [Theory]
    [InlineData(V311)]
    [InlineData(V500)]
    public async Task New_connection_of_a_client_ends_the_old_one(MqttProtocolVersion version)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var first = await RawPeer.ConnectAsync(host, version);
        await using var second = await RawPeer.ConnectAsync(host, version);
        await first.EndsAsync(0x8E);
        await second.QuietAsync();
    }

    [Fact]
    public async Task Granted_properties_are_these_and_nothing_else()
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.OpenAsync(host, V500);
        // Receive maximum 32, topic alias maximum 0, maximum packet 65,536, no shared subscriptions; neither response information nor authentication.
        await peer.AnswersAsync(Raw.Connect(V500, properties: "19 01 17 00 22 0010"), "2010 00 00 0D 21 0020 22 0000 27 00010000 2A 00");
        await using var endless = await RawPeer.OpenAsync(host, V500);
        await endless.SendAsync(Raw.Connect(V500, "other", keepAliveS: 0));
        Assert.Contains("130708", await endless.PacketAsync(), StringComparison.Ordinal);
        // Nor where no response information is asked for.
        foreach (string asked in (string[])["19 00", ""])
        {
            await using var unasking = await RawPeer.OpenAsync(host, V500);
            await unasking.AnswersAsync(Raw.Connect(V500, "unasking", properties: asked), "2010 00 00 0D 21 0020 22 0000 27 00010000 2A 00");
        }

        // 25 characters that no other session has.
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int round = 0; round < 3; round++)
        {
            await using var nameless = await RawPeer.OpenAsync(host, V500);
            await nameless.SendAsync(Raw.Connect(V500, string.Empty, flags: 0, properties: "11 00000E10"));
            string answer = await nameless.PacketAsync();
            int at = answer.IndexOf("12" + "0019" + Raw.Hex("auto-"), StringComparison.Ordinal);
            Assert.Equal("0000", answer[4..8]);
            Assert.True(at > 0 && names.Add(answer.Substring(at + 6, 50)), answer);
        }
    }

    [Theory]
    [InlineData("15 000173")]
    [InlineData("15 000173 16 0001AA")]
    public async Task Authentication_method_is_refused_before_anything_else_is_read(string properties)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.OpenAsync(host, V500);
        await peer.SendAsync(Raw.Connect(V500, properties: properties), "F000");
        await peer.ExpectAsync("2003008C00");
        await peer.EndsAsync();
        Assert.Empty(host.Ports.Connects);
    }

    [Theory]
    [InlineData("F000")]
    [InlineData("F00118")]
    [InlineData("F00119")]
    [InlineData("F00101")]
    public async Task Authentication_packet_ends_the_connection(string auth)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.ConnectAsync(host, V500);
        await peer.EndsAfterAsync(auth, 0x82);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(17)]
    public async Task Client_whose_maximum_packet_does_not_hold_connack_is_closed_without_it(int bytesMax)
    {
        await using var host = await EndpointHost.StartAsync();
        await using var peer = await RawPeer.OpenAsync(host, V500);
        await peer.EndsAfterAsync(Raw.Connect(V500, properties: "27 0000" + Raw.Word(bytesMax)));
        await using var enough = await RawPeer.ConnectAsync(host, V500, properties: "27 00000012");
        await enough.QuietAsync();
    }

    [Fact]
    public async Task Answer_above_the_clients_maximum_packet_is_not_sent_and_the_connection_ends()
    {
        await using var host = await EndpointHost.StartAsync();
        var filters = Enumerable.Range(0, 20).Select(static index => ($"f/{index}", (byte)0)).ToArray();
        await using var peer = await RawPeer.ConnectAsync(host, V500, properties: "27 00000018");
        await peer.AnswersAsync(Raw.Subscribe(V500, 1, filters[..19]), Raw.Granted(V500, 0x90, 1, new byte[19]));
        await peer.EndsAfterAsync(Raw.Subscribe(V500, 2, filters), 0x95);
        await using var other = await RawPeer.ConnectAsync(host, V500, "other", properties: "27 00000018");
        await other.EndsAfterAsync(Raw.Unsubscribe(V500, 2, [.. filters.Select(static f => f.Item1)]), 0x95);
    }
}
