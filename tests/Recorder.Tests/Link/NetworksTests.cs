using BodyCam.Core.Matroska;
using BodyCam.VirtualBoard;

namespace BodyCam.Recorder.Tests;

/// <summary>Several Wi-Fi networks in the order of the provisioning file.</summary>
public sealed class NetworksTests
{
    private const string Listed = "wifiSsid1=station\nwifiPassword1=one\nwifiSsid2=court\nwifiPassword2=two=2\nwifiSsid3=van\nwifiPassword3=three\n";
    private static readonly AccessPoint stationPoint = new("station", "one", -50), court = new("court", "two=2", -60), van = new("van", "three", -70);

    [Theory]
    [InlineData("station", 25)]
    [InlineData("court", 40)]
    [InlineData("van", 60)]
    public void The_first_listed_network_in_reach_is_joined_and_the_gateway_reached_through_it(string ssid, int secondsMax)
    {
        using var bench = new Bench(more: Listed);
        using var station = new FakeStation(bench);
        bench.Board.Network.SetAccessPoints(new[] { stationPoint, court, van }.Single(point => point.Ssid == ssid), new AccessPoint("neighbour", "x", -30));
        bench.Recorder.PowerOn();
        Assert.True(bench.Board.WaitUntil(() => station.ConnectCount > 0, TimeSpan.FromSeconds(secondsMax)), bench.Board.Network.JoinedSsid ?? "not joined");
        Assert.Equal(ssid, bench.Board.Network.JoinedSsid);
        bench.Run(3);
        Assert.Equal("station court van".Split(' ').ToList().IndexOf(ssid) + 1, bench.Line("wifi").Number("network"));
    }

    [Fact]
    public void A_recorder_that_leaves_one_network_goes_over_to_another_and_back_and_records_meanwhile()
    {
        using var bench = new Bench(more: Listed);
        using var station = new FakeStation(bench);
        bench.Board.Network.StoredNetwork = ("station", "one");
        bench.Board.Network.SetAccessPoints(stationPoint);
        bench.StartRecording(seconds: 5);
        Assert.Equal(1, station.ConnectCount);
        bench.Board.Network.SetAccessPoints(van);
        bench.Run(60);
        Assert.Equal("van", bench.Board.Network.JoinedSsid);
        bench.Board.Network.SetAccessPoints(stationPoint, court);
        bench.Run(60);
        Assert.Equal("station", bench.Board.Network.JoinedSsid);
        Assert.Equal(3, station.ConnectCount);
        bench.Stop();
        bench.AssertEveryFrameIsThere();
        Assert.Empty(bench.Board.ThreadFailures);
    }

    [Fact]
    public void A_wrong_password_is_passed_over_and_a_round_without_success_is_told_and_rests_a_minute()
    {
        using var bench = new Bench(more: Listed);
        using var station = new FakeStation(bench);
        bench.Board.Network.SetAccessPoints(stationPoint with { Password = "changed" });
        bench.Recorder.PowerOn();
        bench.Run(70);
        var told = bench.Journal().Where(static line => line.Text("event") == "wifi").ToList();
        Assert.Equal(3, Assert.Single(told).Number("tried"));
        Assert.Equal(201, bench.Journal().Last(static line => line.Text("event") == "link").Number("code"));
        bench.Board.Network.SetAccessPoints(stationPoint with { Password = "changed" }, court);
        bench.Run(90);
        Assert.Equal(1, station.ConnectCount);
    }

    [Theory]
    [InlineData("wifiSsid2=court\nwifiPassword2=two=2\n")]
    [InlineData("wifiSsid1=\nwifiPassword1=\nwifiSsid4=court\nwifiPassword4=two=2\n")]
    [InlineData("wifiSsid1=a-name-that-is-longer-than-the-32-bytes-of-a-network\nwifiSsid3=court\nwifiPassword3=two=2\n")]
    public void Gaps_and_names_that_are_none_do_not_hide_the_rest_of_the_list(string listed)
    {
        using var bench = new Bench(more: listed);
        using var station = new FakeStation(bench);
        bench.Board.Network.SetAccessPoints(court);
        bench.Recorder.PowerOn();
        Assert.True(bench.Board.WaitUntil(() => station.ConnectCount > 0, TimeSpan.FromSeconds(60)), bench.Board.Network.JoinedSsid ?? "not joined");
    }

    [Fact]
    public void Without_a_list_the_configuration_block_stands_alone()
    {
        using var bench = new Bench();
        using var station = new FakeStation(bench);
        bench.Board.Network.StoredNetwork = ("station", "one");
        bench.Board.Network.SetAccessPoints(court);
        bench.Recorder.PowerOn();
        bench.Run(60);
        Assert.Equal(0, station.ConnectCount);
        Assert.DoesNotContain("wifi", bench.Events());
        bench.Board.Network.SetAccessPoints(stationPoint);
        bench.Run(20);
        Assert.Equal(1, station.ConnectCount);
    }
}
