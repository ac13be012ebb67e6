using BodyCam.Firmware.Drivers;
using BodyCam.VirtualBoard;

namespace BodyCam.Drivers.Tests;

public class WirelessTests
{
    private static readonly AccessPoint Station = new("station 站", "correct horse", -61);
    private static readonly AccessPoint Depot = new("depot", "battery staple", -74);

    [Fact]
    public void A_named_network_is_joined_and_its_level_heard()
    {
        using DriverBench bench = NewBench(Station, Depot);
        var wireless = new Wireless();
        Assert.False(bench.Run(() => wireless.IsJoined));
        Assert.True(bench.Run(() => wireless.Join("station 站", "correct horse") && wireless.IsJoined));
        Assert.Equal("station 站", bench.Board.Network.JoinedSsid);
        Assert.Equal((-61, -74, -61, 0), bench.Run(() => (wireless.LevelDbm("station 站"), wireless.LevelDbm("depot"), wireless.LevelDbm(""), wireless.LevelDbm("elsewhere"))));
    }

    [Theory]
    [InlineData("station 站", "wrong")]
    [InlineData("elsewhere", "correct horse")]
    public void A_network_that_refuses_or_is_not_there_is_given_up_so_that_the_next_gets_its_turn(string ssid, string password)
    {
        using DriverBench bench = NewBench(Station, Depot);
        var wireless = new Wireless();
        Assert.False(bench.Run(() => wireless.Join(ssid, password)));
        Assert.Equal(-74, bench.Run(() => wireless.LevelDbm("depot")));
        Assert.True(bench.Run(() => wireless.Join("depot", "battery staple")));
    }

    [Fact]
    public void Changing_networks_survives_the_libraries_false_answer()
    {
        using DriverBench bench = NewBench(Station, Depot);
        var wireless = new Wireless();
        Assert.True(bench.Run(() => wireless.Join("station 站", "correct horse")));
        Assert.True(bench.Run(() => wireless.Join("depot", "battery staple")));
        Assert.Equal("depot", bench.Board.Network.JoinedSsid);
    }

    [Fact]
    public void An_access_point_that_comes_back_takes_the_station_again_without_being_asked()
    {
        using DriverBench bench = NewBench(Station);
        var wireless = new Wireless();
        Assert.True(bench.Run(() => wireless.Join("station 站", "correct horse")));
        bench.Board.Network.SetAccessPoints();
        Assert.False(bench.Run(() => wireless.IsJoined));
        bench.Board.Network.SetAccessPoints(Station);
        bench.Board.RunFor(TimeSpan.FromSeconds(3));
        Assert.True(bench.Run(() => wireless.IsJoined));
    }

    [Fact]
    public void What_was_joined_is_forgotten_by_a_restart_unless_it_lies_in_the_configuration_block()
    {
        using DriverBench bench = NewBench(Station);
        Assert.True(bench.Run(() => new Wireless().Join("station 站", "correct horse")));
        bench.Board.CutPower();
        bench.Board.PowerOn();
        bench.Board.RunFor(TimeSpan.FromSeconds(5));
        Assert.Null(bench.Board.Network.JoinedSsid);
        bench.Board.CutPower();
        bench.Board.Network.StoredNetwork = ("station 站", "correct horse");
        bench.Board.PowerOn();
        bench.Board.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal("station 站", bench.Board.Network.JoinedSsid);
    }

    [Fact]
    public void Without_an_access_point_nothing_is_heard_and_nothing_hangs()
    {
        using DriverBench bench = NewBench();
        Assert.Equal((false, 0), bench.Run(() => (new Wireless().Join("depot", "x"), new Wireless().LevelDbm(""))));
    }

    private static DriverBench NewBench(params AccessPoint[] points)
    {
        var bench = new DriverBench();
        bench.Board.Network.SetAccessPoints(points);
        bench.Board.RunFor(TimeSpan.FromSeconds(3));
        return bench;
    }
}
