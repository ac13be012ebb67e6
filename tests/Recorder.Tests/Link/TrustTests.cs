using System.Diagnostics;
using System.Security.Authentication;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Matroska;

namespace BodyCam.Recorder.Tests;

/// <summary>Certificates of the link, against a real TLS server: what is tried, what is refused, what the recorder says of it, and that recording goes on.</summary>
public sealed class TrustTests
{
    private const int ClockUntrusted = 202, CertificateMissing = 203, CertificateExpired = 204, AuthorityExpired = 205, GatewayUntrusted = 207;
    private static readonly DateTimeOffset now = new(2026, 3, 2, 0, 30, 0, TimeSpan.Zero);
    private static readonly TimeSpan realTime = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    [InlineData(SslProtocols.Tls12 | SslProtocols.Tls13)]
    public void Either_version_of_TLS_leads_to_a_connection_and_1_3_is_taken_where_both_are_offered(SslProtocols offered)
    {
        using var authority = new TestAuthority();
        using var station = new TlsStation(authority.Server(), offered);
        using var bench = Tls(station);
        authority.Equip(bench);
        bench.Recorder.PowerOn();
        Connects(bench, station);
        Assert.Equal([offered == SslProtocols.Tls12 ? SslProtocols.Tls12 : SslProtocols.Tls13], station.Versions);
        Assert.Empty(bench.Board.ThreadFailures);
    }

    // Of a busy machine: the board's time-out must not pass in the moment that the station takes.
    [Fact]
    public void A_station_that_answers_the_login_a_second_late_has_one_login()
    {
        using var authority = new TestAuthority();
        using var station = new TlsStation(authority.Server()) { Late = TimeSpan.FromSeconds(1) };
        using var bench = Tls(station);
        authority.Equip(bench);
        bench.Recorder.PowerOn();
        Connects(bench, station);
        bench.Run(5);
        Assert.Equal((1, 1), (station.LoginCount, station.AcceptedCount));
    }

    [Theory]
    [InlineData("another CA")]
    [InlineData("another name")]
    [InlineData("out of date")]
    public void A_gateway_with_a_wrong_certificate_gets_no_login_is_journalled_and_tried_again_and_recording_goes_on(string what)
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority();
        using var station = new TlsStation(what switch
        {
            "another CA" => stranger.Server(),
            "another name" => authority.Server(address: "127.0.0.9"),
            _ => authority.Server(end: now.AddDays(-1)),
        });
        using var bench = Tls(station);
        authority.Equip(bench);
        bench.StartRecording(seconds: 60);
        Assert.Equal(GatewayUntrusted, LinkCode(bench));
        Assert.Equal(0, station.LoginCount);
        Assert.InRange(station.AcceptedCount, 3, 8);
        Assert.Single(LinkLines(bench), static line => line.Number("code") == GatewayUntrusted);

        station.Certificate.Dispose();
        station.Certificate = authority.Server();
        Connects(bench, station, seconds: 70);
        bench.Stop();
        Assert.Single(bench.SegmentsOf(SegmentKind.Footage).Select(static segment => segment.Seal.Key.Recording).Distinct());
        bench.AssertEveryFrameIsThere();
    }

    [Fact]
    public void TLS_is_not_tried_before_the_clock_was_set_and_is_as_soon_as_it_was()
    {
        using var authority = new TestAuthority();
        using var station = new TlsStation(authority.Server());
        using var bench = Tls(station, rtcSet: false);
        authority.Equip(bench);
        bench.Board.Network.SntpOverride = static _ => null;
        bench.Recorder.PowerOn();
        bench.Run(40);
        Assert.Equal(ClockUntrusted, LinkCode(bench));
        Assert.Equal(0, station.AcceptedCount);

        bench.Board.Network.SntpOverride = _ => bench.Board.TrueUtc;
        Connects(bench, station, seconds: 70);
    }

    [Theory]
    [InlineData("own over", CertificateExpired)]
    [InlineData("own not yet", CertificateExpired)]
    [InlineData("CA over", AuthorityExpired)]
    [InlineData("no key", CertificateMissing)]
    [InlineData("no CA", CertificateMissing)]
    [InlineData("rubbish", CertificateMissing)]
    public void Without_certificates_in_force_the_gateway_is_not_called_at_all(string what, int code)
    {
        using var authority = new TestAuthority(what == "CA over" ? now.AddDays(-2) : null);
        using var station = new TlsStation(authority.Server(what == "CA over" ? now.AddDays(-3) : null));
        using var bench = Tls(station);
        authority.Equip(bench, what == "own over" ? now.AddHours(-1) : null, what == "own not yet" ? now.AddDays(1) : null);
        if (what is "no key" or "no CA")
            File.Delete(Path.Combine(bench.Board.FlashFolder, what == "no key" ? "client.key" : "ca.pem"));
        if (what == "rubbish")
            bench.WriteFlash("client.pem", "-----BEGIN NOTHING-----");
        bench.StartRecording(seconds: 20);
        Assert.Equal(code, LinkCode(bench));
        Assert.Equal(0, station.AcceptedCount);
        Assert.Equal("on", bench.Board.Timeline.Last("record led"));
        Assert.Equal(code is CertificateExpired or AuthorityExpired, bench.Events().Contains("certificate"));
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Theory]
    [InlineData(31, false)]
    [InlineData(29, true)]
    public void The_end_of_a_certificate_is_told_thirty_days_ahead_in_journal_and_status(int days, bool told)
    {
        using var authority = new TestAuthority();
        using var station = new TlsStation(authority.Server());
        using var bench = Tls(station);
        authority.Equip(bench, now.AddDays(days));
        bench.Recorder.PowerOn();
        Connects(bench, station);
        bench.Run(5);
        Assert.Equal(told, bench.Events().Contains("certificate"));
        if (!told)
            return;
        Assert.Equal("own", bench.Line("certificate").Text("which"));
        Assert.Equal(days, bench.Line("certificate").Number("days"));
        Assert.Equal(now.AddDays(days).ToUnixTimeSeconds(), bench.Line("certificate").Number("notAfterUs") / 1_000_000);
    }

    private static Bench Tls(TlsStation station, bool rtcSet = true)
    {
        var values = new ProvisioningValues { CardBytes = 4L << 30, StorageStopBytes = 256 << 20, Tls = true, GatewayPort = station.Port };
        var bench = new Bench(options => Bench.Patient(options) with { RtcSet = rtcSet }, values);
        bench.Board.Network.SntpOverride = _ => bench.Board.TrueUtc;
        bench.Board.Network.SetLink(true);
        return bench;
    }

    // The station's part of a handshake takes real time, which a busy machine stretches while the board's runs on: the board's seconds are up only when real ones are too.
    private static void Connects(Bench bench, TlsStation station, double seconds = 30)
    {
        var begun = bench.Board.Now;
        var end = begun + TimeSpan.FromSeconds(seconds);
        var started = Stopwatch.GetTimestamp();
        while (station.LoginCount == 0 && (bench.Board.Now < end || Stopwatch.GetElapsedTime(started) < realTime))
            bench.Run(0.5);
        Assert.True(
            station.LoginCount == 1,
            $"{station.LoginCount} logins of {station.AcceptedCount} connections after {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s and {(bench.Board.Now - begun).TotalSeconds:F1} s of the board; the link's lines:\n{string.Join('\n', LinkLines(bench))}");
    }

    private static List<System.Text.Json.JsonElement> LinkLines(Bench bench) => [.. bench.Journal().Where(static line => line.Text("event") == "link")];

    private static long LinkCode(Bench bench) => LinkLines(bench)[^1].Number("code");
}
