using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace BodyCam.VirtualBoard.Tests;

public class NetworkTests
{
    /// <summary>A board that gives real peers seconds to answer, so that a loaded machine changes nothing.</summary>
    private static TestBoard PatientBoard() => new(options => options with { AnswerGrace = TimeSpan.FromSeconds(10), NetworkQuiet = TimeSpan.FromSeconds(10) });

    private static INetwork Join(Board board)
    {
        INetwork network = board.Network;
        while (!network.IsAvailable) board.Scheduler.Sleep(100);
        return network;
    }

    [Fact]
    public void Wi_fi_takes_its_time_to_join_and_no_connection_comes_before()
    {
        using var test = new TestBoard();
        Exception? failure = test.Run(() =>
        {
            Assert.Throws<IOException>(() => ((INetwork)test.Board.Network).Connect("gateway", 8883, null));
            Join(test.Board);
            Assert.InRange(test.Board.Now.TotalSeconds, 2, 2.2);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_memory_link_answers_in_virtual_time_and_pays_the_link_rate()
    {
        using var test = new TestBoard();
        var link = new MemoryLink(test.Board, TimeSpan.FromMilliseconds(20));
        link.Received += link.Send;
        test.Board.Network.ConnectOverride = (_, _) => link.DeviceStream;
        double echoMs = 0;
        byte[] echo = new byte[5000];
        Exception? failure = test.Run(() =>
        {
            using Stream stream = Join(test.Board).Connect("gateway", 8883, null);
            TimeSpan begin = test.Board.Now;
            stream.Write(Enumerable.Repeat((byte)7, 5000).ToArray(), 0, 5000);
            stream.ReadExactly(echo);
            echoMs = (test.Board.Now - begin).TotalMilliseconds;
        });
        Assert.Null(failure);
        Assert.InRange(echoMs, 239, 242);
        Assert.All(echo, value => Assert.Equal(7, value));
    }

    [Fact]
    public void A_link_that_goes_down_ends_a_waiting_read_and_refuses_writes()
    {
        using var test = new TestBoard();
        var link = new MemoryLink(test.Board);
        test.Board.Network.ConnectOverride = (_, _) => link.DeviceStream;
        test.Board.At(TimeSpan.FromSeconds(10), () => test.Board.Network.SetLink(false));
        Exception? failure = test.Run(() =>
        {
            using Stream stream = Join(test.Board).Connect("gateway", 8883, null);
            Assert.Throws<IOException>(() => stream.ReadByte());
            Assert.InRange(test.Board.Now.TotalSeconds, 10, 10.1);
            Assert.Throws<IOException>(() => stream.WriteByte(1));
        });
        Assert.Null(failure);
    }

    [Fact]
    public void A_stalled_link_holds_the_writer_until_it_recovers()
    {
        using var test = new TestBoard();
        var link = new MemoryLink(test.Board);
        test.Board.Network.ConnectOverride = (_, _) => link.DeviceStream;
        test.Board.At(TimeSpan.FromSeconds(5), () => test.Board.Network.Stalled = true);
        test.Board.At(TimeSpan.FromSeconds(20), () => test.Board.Network.Stalled = false);
        Exception? failure = test.Run(() =>
        {
            using Stream stream = Join(test.Board).Connect("gateway", 8883, null);
            test.Board.Scheduler.Sleep(5000);
            stream.Write([1, 2, 3]);
            Assert.InRange(test.Board.Now.TotalSeconds, 20, 20.2);
        });
        Assert.Null(failure);
    }

    [Fact]
    public void The_sntp_override_gives_the_offset_from_the_chip_clock()
    {
        using var test = new TestBoard();
        test.Board.Network.SntpOverride = _ => test.Board.TrueUtc;
        Exception? failure = test.Run(() =>
        {
            long? offsetUs = Join(test.Board).QuerySntp("pool");
            test.Board.Clocks.StepUtc(offsetUs!.Value);
        });
        Assert.Null(failure);
        Assert.InRange((test.Board.ChipUtc - test.Board.TrueUtc).TotalMilliseconds, -5, 5);
    }

    [Fact]
    public async Task A_real_sntp_server_over_udp_is_asked_and_its_answer_checked()
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)server.Client.LocalEndPoint!).Port;
        // A thread of its own: the client waits a second of real time, as the chip's does.
        Task answered = Task.Factory.StartNew(
            () =>
            {
                IPEndPoint asker = new(IPAddress.Any, 0);
                byte[] question = server.Receive(ref asker);
                byte[] answer = new byte[48];
                answer[0] = 0x24;
                answer[1] = 2;
                question.AsSpan(40, 8).CopyTo(answer.AsSpan(24));
                // 2026-03-02 00:00:00 UTC in seconds since 1900.
                uint seconds = (uint)(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() + 2_208_988_800);
                foreach (int at in (int[])[32, 40]) global::System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(at), seconds);
                server.Send(answer, asker);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        using TestBoard test = PatientBoard();
        Exception? failure = test.Run(() => test.Board.Clocks.StepUtc(Join(test.Board).QuerySntp($"127.0.0.1:{port}")!.Value));
        await answered;
        Assert.Null(failure);
        Assert.InRange((test.Board.ChipUtc - new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc)).TotalSeconds, -0.5, 1);
    }

    [Fact]
    public async Task A_real_socket_carries_bytes_both_ways_and_an_answer_within_the_grace_beats_a_virtual_time_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task served = Task.Run(async () =>
        {
            using TcpClient peer = await listener.AcceptTcpClientAsync();
            byte[] bytes = new byte[4];
            await peer.GetStream().ReadExactlyAsync(bytes);
            await peer.GetStream().WriteAsync(bytes);
        });
        using TestBoard test = PatientBoard();
        IScheduler scheduler = test.Board.Scheduler;
        int answer = -1;
        Exception? failure = test.Run(() =>
        {
            using Stream stream = Join(test.Board).Connect("127.0.0.1", port, null);
            object got = scheduler.CreateEvent(manualReset: false, signaled: false);
            scheduler.StartThread(() =>
            {
                stream.ReadExactly(new byte[4]);
                scheduler.SetEvent(got);
            }, "reader");
            stream.Write([1, 2, 3, 4]);
            answer = scheduler.WaitAny([got], 4000);
        });
        await served;
        Assert.Null(failure);
        Assert.Equal(0, answer);
        Assert.Empty(test.Board.ThreadFailures);
    }

    [Fact]
    public async Task Tls_needs_the_right_authority_and_a_clock_within_the_certificate_dates()
    {
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), serverKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var from = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var authorityRequest = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(from, from.AddYears(10));
        var serverRequest = new CertificateRequest("CN=localhost", serverKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        serverRequest.CertificateExtensions.Add(names.Build());
        using X509Certificate2 server = serverRequest.Create(authority, from, from.AddYears(5), [1, 2, 3]).CopyWithPrivateKey(serverKey);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task served = Task.Run(async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                using TcpClient peer = await listener.AcceptTcpClientAsync();
                await using var tls = new SslStream(peer.GetStream());
                try
                {
                    await tls.AuthenticateAsServerAsync(server);
                    await tls.WriteAsync((byte[])[42]);
                }
                catch (Exception failure) when (failure is IOException or global::System.Security.Authentication.AuthenticationException)
                {
                    // The board refuses the first handshake, as it should.
                }
            }
        });
        using TestBoard test = PatientBoard();
        Exception? failure = test.Run(() =>
        {
            INetwork network = Join(test.Board);
            var options = new TlsOptions(authority.ExportCertificatePem(), null, null);
            Assert.Equal(TlsFailureException.NotTrusted, Assert.Throws<TlsFailureException>(() => network.Connect("localhost", port, options)).Code);
            test.Board.Clocks.SetSystemTime(new DateTime(2026, 3, 2).Ticks);
            using Stream stream = network.Connect("localhost", port, options);
            Assert.Equal(42, stream.ReadByte());
        });
        await served;
        Assert.Null(failure);
    }

    [Fact]
    public async Task A_power_cut_resets_real_connections()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using TestBoard test = PatientBoard();
        bool connected = false;
        test.Board.Boot(() =>
        {
            Stream stream = Join(test.Board).Connect("127.0.0.1", port, null);
            connected = true;
            stream.ReadByte();
        });
        Assert.True(test.Board.WaitUntil(() => connected, TimeSpan.FromSeconds(30)));
        using TcpClient peer = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        test.Board.CutPower();
        await Assert.ThrowsAsync<IOException>(async () => await peer.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
    }
}
