using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;

namespace BodyCam.Bench.Load;

/// <summary>One recorder on one connection: sends as many messages as may wait for their PUBACK, takes receipts. Lean, so that the load does not bound what is measured.</summary>
public sealed class MqttLoadConnection : IAsyncDisposable
{
    private const byte ConnAck = 0x20;
    private const byte PubAck = 0x40;
    private const byte SubAck = 0x90;
    private const byte Publish = 0x30;
    private const int ReceiptType = 16;
    private const int RefusalType = 18;

    private readonly byte[] inbox = new byte[64 * 1024];
    private readonly long[] sentAt = new long[ushort.MaxValue + 1];
    private readonly List<byte[]> receipts = [];
    private readonly Stream stream;
    private readonly string device;
    private long[] sealedAt = [];
    private Task<int>? reading;
    private int filled;
    private int waiting;
    private ushort lastId;

    private MqttLoadConnection(Stream stream, string device)
    {
        this.stream = stream;
        this.device = device;
    }

    /// <summary>PUBLISH to PUBACK, ms.</summary>
    public List<double> AckMs { get; } = [];

    /// <summary>Seal to receipt, ms.</summary>
    public List<double> ReceiptMs { get; } = [];

    /// <summary>Connects, by TLS when the identity has a certificate, and subscribes to what comes down.</summary>
    /// <exception cref="IOException">The server refused.</exception>
    public static async Task<MqttLoadConnection> OpenAsync(LoadPlan plan, LoadIdentity identity, KeyRing keys)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(keys);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, plan.Port).ConfigureAwait(false);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (identity.Certificate is not null)
            stream = await SecureAsync(stream, identity).ConfigureAwait(false);
        var connection = new MqttLoadConnection(stream, identity.Device);
        var password = Convert.ToHexStringLower(keys.LinkKey(DeviceId.Parse(identity.Device), identity.Epoch));
        await connection.SendAsync(0x10, [.. Text("MQTT"), 4, 0xC2, 0, 0, .. Text(identity.Device), .. Text(identity.Device), .. Text(password)]).ConfigureAwait(false);
        await connection.ReadUntilAsync(ConnAck).ConfigureAwait(false);
        await connection.SendAsync(0x82, [0, 1, .. Text($"bodycam/v1/{identity.Device}/down"), 1]).ConfigureAwait(false);
        await connection.ReadUntilAsync(SubAck).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Sends everything; returns when every PUBACK came and, from a gateway, every receipt.</summary>
    /// <exception cref="IOException">The server closed, or refused a message.</exception>
    public async Task RunAsync(LoadPackets load, LoadPlan plan, long startedAt)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(plan);
        sealedAt = new long[load.Segments.Count];
        var receiptsDue = plan.Target == LoadTarget.Gateway ? load.Segments.Count : 0;
        var next = 0;
        long bytes = 0;
        while (next < load.Packets.Count || waiting > 0 || receipts.Count < receiptsDue)
        {
            while (next < load.Packets.Count && waiting < plan.Window)
            {
                if (plan.BytesPerSecond > 0 && bytes > Stopwatch.GetElapsedTime(startedAt).TotalSeconds * plan.BytesPerSecond)
                    break;
                bytes += load.Packets[next].Packet.Length;
                await SendNextAsync(load.Packets[next++]).ConfigureAwait(false);
            }

            if (next < load.Packets.Count && waiting < plan.Window)
                await PauseAsync(TimeSpan.FromSeconds((double)bytes / plan.BytesPerSecond) - Stopwatch.GetElapsedTime(startedAt)).ConfigureAwait(false);
            else
                await ReadAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Sends messages that are refused, as fast as the socket takes them, and reads nothing.</summary>
    public async Task SendUnreadAsync(CancellationToken cancel)
    {
        byte[] packet = [0x32, 0, .. Text($"bodycam/v1/{device}/up"), 0, 1, 1, 99];
        packet[1] = (byte)(packet.Length - 2);
        while (!cancel.IsCancellationRequested)
            await stream.WriteAsync(packet, cancel).ConfigureAwait(false);
    }

    /// <summary>Looks at every receipt that came, after the clock has stopped: MAC, and each segment once.</summary>
    /// <exception cref="InvalidDataException">One is not what it says.</exception>
    public void CheckReceipts(LoadPackets load, KeyRing keys, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(keys);
        var key = keys.ReceiptKey(DeviceId.Parse(device), epoch);
        var left = load.Segments.ToDictionary(static segment => segment.Key.Segment, static segment => segment.SealBytes[288..320]);
        foreach (var message in receipts)
        {
            if (Receipt.TryParse(message, out var receipt) != RefusalReason.None || !Receipt.MacMatches(message, key) || receipt!.State != ReceiptState.Stored
                || !left.Remove(receipt.Entries[0].Segment, out var digest) || !receipt.Entries[0].SealDigest.Span.SequenceEqual(digest))
                throw new InvalidDataException($"{device}: a receipt is not the one of a segment that was sent.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static byte[] Text(string text)
    {
        var bytes = new byte[2 + text.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)text.Length);
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }

    private static async Task<Stream> SecureAsync(Stream plain, LoadIdentity identity)
    {
        using var authority = X509Certificate2.CreateFromPem(identity.Authority);
        var tls = new SslStream(plain);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(identity.Certificate, identity.Certificate), null, offline: true),
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck },
        }).ConfigureAwait(false);
        return tls;
    }

    private async ValueTask SendAsync(byte type, byte[] body) => await stream.WriteAsync((byte[])[type, .. body.Length < 128 ? (byte[])[(byte)body.Length] : [(byte)((body.Length % 128) | 0x80), (byte)(body.Length / 128)], .. body]).ConfigureAwait(false);

    private async ValueTask SendNextAsync(LoadPacket packet)
    {
        lastId = lastId == ushort.MaxValue ? (ushort)1 : (ushort)(lastId + 1);
        BinaryPrimitives.WriteUInt16BigEndian(packet.Packet.AsSpan(packet.IdAt), lastId);
        var now = Stopwatch.GetTimestamp();
        sentAt[lastId] = now;
        if (packet.IsSeal)
            sealedAt[packet.Segment] = now;
        waiting++;
        await stream.WriteAsync(packet.Packet).ConfigureAwait(false);
    }

    // Takes what comes meanwhile, so that a pause does not count as latency.
    private async Task PauseAsync(TimeSpan pause)
    {
        if (pause <= TimeSpan.Zero)
            return;
        reading ??= stream.ReadAsync(inbox.AsMemory(filled)).AsTask();
        await Task.WhenAny(reading, Task.Delay(pause)).ConfigureAwait(false);
        if (reading.IsCompleted)
            await ReadAsync().ConfigureAwait(false);
    }

    private async Task ReadUntilAsync(byte type)
    {
        while (await ReadAsync().ConfigureAwait(false) != type)
        {
            // Something else came before it.
        }
    }

    // Returns the type of the last packet that was handled, 0 for none yet.
    private async ValueTask<byte> ReadAsync()
    {
        var read = reading is null ? await stream.ReadAsync(inbox.AsMemory(filled)).ConfigureAwait(false) : await reading.ConfigureAwait(false);
        reading = null;
        if (read == 0)
            throw new IOException($"{device}: the server closed the connection.");
        filled += read;
        byte last = 0;
        var at = 0;
        while (TryFrame(at, out var bodyAt, out var end))
        {
            last = (byte)(inbox[at] & 0xF0);
            if (last == PubAck)
                Acknowledged(BinaryPrimitives.ReadUInt16BigEndian(inbox.AsSpan(bodyAt)));
            else if (last == Publish)
                await stream.WriteAsync(Came(inbox.AsSpan(bodyAt, end - bodyAt))).ConfigureAwait(false);
            else if (last == ConnAck && inbox[bodyAt + 1] != 0)
                throw new IOException($"{device}: the server refused the connection, code {inbox[bodyAt + 1]}.");
            at = end;
        }

        inbox.AsSpan(at, filled - at).CopyTo(inbox);
        filled -= at;
        return last;
    }

    private bool TryFrame(int at, out int bodyAt, out int end)
    {
        bodyAt = end = 0;
        var length = 0;
        for (var digit = 0; digit < 4; digit++)
        {
            if (at + 1 + digit >= filled)
                return false;
            var value = inbox[at + 1 + digit];
            length |= (value & 0x7F) << (7 * digit);
            if ((value & 0x80) != 0)
                continue;
            bodyAt = at + 2 + digit;
            end = bodyAt + length;
            return end <= filled;
        }

        throw new IOException($"{device}: the server sent a broken packet.");
    }

    private void Acknowledged(ushort id)
    {
        waiting--;
        AckMs.Add(Stopwatch.GetElapsedTime(sentAt[id]).TotalMilliseconds);
    }

    // A message came down; returns its PUBACK.
    private byte[] Came(ReadOnlySpan<byte> body)
    {
        var topicBytes = BinaryPrimitives.ReadUInt16BigEndian(body);
        var message = body[(2 + topicBytes + 2)..];
        if (message[1] == RefusalType)
            throw new IOException($"{device}: the gateway refused a message, reason {BinaryPrimitives.ReadUInt16LittleEndian(message[2..])}.");
        if (message[1] == ReceiptType && Receipt.TryParse(message, out var receipt) == RefusalReason.None)
        {
            receipts.Add(message.ToArray());
            ReceiptMs.Add(Stopwatch.GetElapsedTime(sealedAt[receipt!.Entries[0].Segment - 1]).TotalMilliseconds);
        }

        return [PubAck, 2, body[2 + topicBytes], body[3 + topicBytes]];
    }
}
