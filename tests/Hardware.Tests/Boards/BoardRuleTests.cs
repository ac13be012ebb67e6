using System.Text.Json.Nodes;

namespace BodyCam.Hardware.Tests.Boards;

/// <summary>The rules against the real boards, which keep them all, and against boards with one planted fault each.</summary>
public sealed class BoardRuleTests
{
    /// <summary>Fault, the breach it must give, and what is done to the WROVER board's definition.</summary>
    private static readonly Dictionary<string, (string Breach, Action<JsonNode> Plant)> planted = new()
    {
        ["two functions on one pin"] = ("twice", static board => Move(board, "statusLed", 33, "buzzer")),
        ["a pin the module has not"] = ("noSuchPin", static board => Set(board, "batteryDivider", ("gpio", 37))),
        ["a flash pin"] = ("flash", static board => Move(board, "statusLed", 9)),
        ["a PSRAM pin"] = ("psram", static board => Move(board, "statusLed", 16)),
        ["a console pin"] = ("console", static board => Move(board, "statusLed", 3)),
        ["a strapping pin without a waiver"] = ("strap", static board => Pin(board, "sdData0").Remove("waiver")),
        ["a waiver of one word"] = ("strap", static board => Set(board, "sdCommand", ("waiver", "fine"))),
        ["a waiver for a pin that is no strap"] = ("idleWaiver", static board => Set(board, "recordLed", ("waiver", "a reason of enough words"))),
        ["an LED on an input-only pin"] = ("inputOnly", static board => { Swap(board, "statusLed", "clockSquareWave"); Pin(board, "statusLed")["inputOnly"] = true; Pin(board, "clockSquareWave").Remove("inputOnly"); }),
        ["a missing input-only mark"] = ("inputOnlyMark", static board => Pin(board, "vbusSense").Remove("inputOnly")),
        ["an open-drain output without a pull-up"] = ("noPull", static board => Pin(board, "clockSquareWave").Remove("pull")),
        ["an inner pull-up on an input-only pin"] = ("noPull", static board => Set(board, "clockSquareWave", ("pull", "internal"))),
        ["a microphone line that floats"] = ("noPull", static board => Pin(board, "i2sDataIn").Remove("pull")),
        ["a pull-up that leads elsewhere"] = ("noPull", static board => Set(board, "noteButton", ("pull", "R8"))),
        ["a wake pin that is no RTC pin"] = ("wake", static board => Swap(board, "noteButton", "cameraMosi")),
        ["a reserved pin"] = ("reserved", static board => { Set(board, "statusLed", ("waiver", "a reason of enough words")); Move(board, "statusLed", 12); }),
        ["a battery divider on ADC2 with Wi-Fi"] = ("adc2", static board => { Swap(board, "batteryDivider", "recordButton"); MarkInputOnly(board, "recordButton"); Set(board, "recordButton", ("pull", "R13")); }),
        ["a card line on a pin the controller cannot reach"] = ("route", static board => Swap(board, "sdClock", "recordLed")),
        ["a divider that leaves the converter's range"] = ("analogLevel", static board => Set(board, "batteryDivider", ("analogMaxMv", 4200))),
        ["the wrong channel"] = ("adcChannel", static board => Set(board, "batteryDivider", ("adc1Channel", 7))),
        ["a net to a pin that no part has"] = ("noSuchNode", static board => Net(board, "cameraClock").Add("camera.SCLK")),
        ["a pin in two nets"] = ("shorted", static board => Net(board, "cameraClock").Add("camera.MISO")),
        ["a wire with one end"] = ("loose", static board => board["nets"]!["spare"] = new JsonArray("clock.32K")),
        ["a forgotten ground"] = ("unwired", static board => Net(board, "GND").Remove(Net(board, "GND").First(static node => node!.GetValue<string>() == "microphone.GND"))),
        ["a wire at another pin than the list says"] = ("pinNet", static board => SwapNodes(board, "recordLed", "statusLed")),
        ["half the VBUS, which is not high enough"] = ("level", static board => board["passives"]!["R16"]!["value"] = "100 k"),
        ["VBUS almost undivided"] = ("level", static board => board["passives"]!["R16"]!["value"] = "470 k"),
        ["a recorder without a note button"] = ("function", static board => { ((JsonObject)board["pins"]!).Remove("noteButton"); ((JsonObject)board["nets"]!).Remove("noteButton"); }),
        ["two I2C parts at one address"] = ("i2cAddress", static board => board["buses"]!["i2c"]!["addresses"]!["max17048"] = 104),
    };

    public static TheoryData<string> Boards => [.. BoardFile.Names];

    public static TheoryData<string> Faults => [.. planted.Keys];

    [Theory]
    [MemberData(nameof(Boards))]
    public void A_real_board_keeps_every_rule(string name)
    {
        var board = BoardFile.Load(name);
        Assert.Equal(name, board.Name);
        Assert.Empty(BoardRules.Breaches(board, Chip.Load(board.Chip)));
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_rejected_for_its_own_reason(string fault)
    {
        var (breach, plant) = planted[fault];
        var node = JsonNode.Parse(BoardFile.Text("wrover-arducam"))!;
        plant(node);
        var board = BoardFile.Parse(node.ToJsonString());
        var breaches = BoardRules.Breaches(board, Chip.Load(board.Chip));
        // A moved pin also upsets its net and what holds its place: those cascades are allowed beside the fault's own breach.
        string[] cascades = ["pinNet", "unwired", "noSuchNode", "route", "idleWaiver", "strap", "noPull", "adcChannel", "inputOnlyMark", "reserved"];
        Assert.Equal([breach], breaches.Select(static one => one[..one.IndexOf(':')]).Distinct().Where(one => one == breach || !cascades.Contains(one)));
    }

    [Fact]
    public void Every_kind_of_breach_has_a_planted_fault()
    {
        var source = Repository.Read("tests/Hardware.Tests/Boards/BoardRules.cs");
        var kinds = System.Text.RegularExpressions.Regex.Matches(source, @"return \$""(\w+):").Select(static match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(kinds, planted.Values.Select(static one => one.Breach).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_member_that_nobody_reads_is_refused()
    {
        var node = JsonNode.Parse(BoardFile.Text("wrover-arducam"))!;
        Pin(node, "statusLed")["colour"] = "green";
        Assert.Throws<System.Text.Json.JsonException>(() => BoardFile.Parse(node.ToJsonString()));
    }

    [Fact]
    public void The_chip_file_has_each_pin_once_and_names_its_sources()
    {
        var chip = Chip.Load("esp32");
        Assert.Equal(chip.Pins.Count, chip.Pins.Select(static pin => pin.Gpio).Distinct().Count());
        Assert.Equal([0, 2, 5, 12, 15], chip.Pins.Where(static pin => pin.Strap is not null).Select(static pin => pin.Gpio));
        Assert.Equal(Enumerable.Range(34, 6), chip.Pins.Where(static pin => pin.InputOnly).Select(static pin => pin.Gpio));
        Assert.Equal(10, chip.Pins.Count(static pin => pin.Adc?.StartsWith("ADC2", StringComparison.Ordinal) == true));
        Assert.Equal(18, chip.Pins.Count(static pin => pin.Rtc is not null));
        Assert.NotEmpty(chip.Sources);
    }

    private static JsonObject Pin(JsonNode board, string name) => (JsonObject)board["pins"]![name]!;

    private static JsonArray Net(JsonNode board, string name) => (JsonArray)board["nets"]![name]!;

    private static void Set(JsonNode board, string pin, (string Member, JsonNode Value) change) => Pin(board, pin)[change.Member] = change.Value;

    // Moves a function and its net's end to another GPIO; what was there is left out of the nets, unless named.
    private static void Move(JsonNode board, string pin, int gpio, string? there = null)
    {
        string old = $"mcu.GPIO{Pin(board, pin)["gpio"]}";
        Pin(board, pin)["gpio"] = gpio;
        if (there is null) Replace(board, pin, old, $"mcu.GPIO{gpio}");
    }

    private static void Swap(JsonNode board, string one, string other)
    {
        var (a, b) = (Pin(board, one)["gpio"]!.GetValue<int>(), Pin(board, other)["gpio"]!.GetValue<int>());
        Pin(board, one)["gpio"] = b;
        Pin(board, other)["gpio"] = a;
        Replace(board, one, $"mcu.GPIO{a}", $"mcu.GPIO{b}");
        Replace(board, other, $"mcu.GPIO{b}", $"mcu.GPIO{a}");
    }

    private static void SwapNodes(JsonNode board, string one, string other)
    {
        var (a, b) = (Pin(board, one)["gpio"]!.GetValue<int>(), Pin(board, other)["gpio"]!.GetValue<int>());
        Replace(board, one, $"mcu.GPIO{a}", $"mcu.GPIO{b}");
        Replace(board, other, $"mcu.GPIO{b}", $"mcu.GPIO{a}");
    }

    private static void MarkInputOnly(JsonNode board, string pin) => Pin(board, pin)["inputOnly"] = true;

    private static void Replace(JsonNode board, string net, string node, string by)
    {
        var nodes = Net(board, net);
        for (int index = 0; index < nodes.Count; index++)
            if (nodes[index]!.GetValue<string>() == node)
                nodes[index] = by;
    }
}
