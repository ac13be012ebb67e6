using System.Text.Json;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam board flash</c> against a flasher that prints what nanoff 2.5 prints (its sources: <c>Esp32DeviceInfo</c>, <c>FileDeploymentManager</c>, <c>OutputError</c>) and keeps its arguments.</summary>
public sealed class BoardFlashTests : IDisposable
{
    private const string GoodChip = "Connected to:\nESP32 (ESP32-D0WD-V3 (revision v3.1))\nFeatures WiFi, BT, Dual Core\nFlash size 4MB GD25Q32 from GIGADEVICE (manufacturer 0xC8 device 0x4016)\nPSRAM: 8MB\nCrystal 40MHz\nMAC E0:E2:E6:AA:BB:01\n";

    private readonly Tools tools = new();

    public BoardFlashTests()
    {
        tools.Make("nanoff", """
            printf '%s\n' "$*" >> calls.txt
            case "$*" in
              *--devicedetails*) cat "$STORY/chip.txt"; exit $(cat "$STORY/chip.code" 2>/dev/null || echo 0);;
              *--filedeployment*) cp "$2" "$STORY/files.json"; stat -c %a "$2" > "$STORY/files.mode"; cat "$STORY/files.txt";;
              *--networkdeployment*) cp "$2" "$STORY/network.json"; printf 'Updating network configuration...OK\nUpdating wireless configuration...OK\n';;
              *) printf 'Flashing firmware...OK\n';;
            esac
            """);
        tools.Tell("chip.txt", GoodChip);
        tools.Tell("files.txt", "Deploying file bodycam.cfg to I:\\bodycam.cfg...OK\nDeploying file ca.pem to I:\\ca.pem...OK\n");
        tools.MakeBoard("bc-7", 1, "wrover-arducam");
        File.WriteAllText(tools.At("ttyUSB0"), "");
        File.WriteAllText(tools.At("app.bin"), "application");
    }

    public void Dispose() => tools.Dispose();

    [Fact]
    public void The_five_steps_call_the_flasher_with_the_board_s_target_port_image_and_files()
    {
        var (code, said, err) = Flash("--json");
        Assert.True(code == 0, err);
        var board = tools.At("board");
        Assert.Equal(
            [
                $"--platform esp32 --serialport {Port} --devicedetails --checkpsram",
                $"--update --target ESP32_PSRAM_REV3 --serialport {Port}",
                $"--target ESP32_PSRAM_REV3 --serialport {Port} --deploy --image {tools.At("app.bin")}",
                $"--filedeployment {board}/port-files.json",
                $"--networkdeployment {board}/port-network.json",
            ],
            Calls());
        using var answer = JsonDocument.Parse(said);
        Assert.Equal("e0e2e6aabb01", answer.RootElement.GetProperty("mac").GetString());
        using var files = JsonDocument.Parse(File.ReadAllText(tools.At("story/files.json")));
        Assert.Equal(Port, files.RootElement.GetProperty("SerialPort").GetString());
        Assert.Equal($"{board}/bodycam.cfg", files.RootElement.GetProperty("files")[0].GetProperty("SourceFilePath").GetString());
        using var network = JsonDocument.Parse(File.ReadAllText(tools.At("story/network.json")));
        Assert.Equal((Port, $"{board}/ca.pem"), (network.RootElement.GetProperty("SerialPort").GetString(), network.RootElement.GetProperty("CACertificatesPath").GetString()));
    }

    [Fact]
    public void Copies_with_the_port_are_readable_by_their_owner_only_and_gone_after_the_call()
    {
        Assert.Equal(0, Flash().Code);
        Assert.Equal("600", File.ReadAllText(tools.At("story/files.mode")).Trim());
        Assert.Empty(Directory.EnumerateFiles(tools.At("board"), "port-*"));
    }

    [Fact]
    public void A_dry_run_prints_the_calls_of_the_real_run_and_runs_nothing()
    {
        var (code, said, _) = Flash("--dry-run");
        Assert.Equal(0, code);
        Assert.False(File.Exists(tools.At("board/calls.txt")));
        Assert.False(File.Exists(tools.At("board/flashed.json")));
        Assert.Equal(0, Flash().Code);
        Assert.Equal(Calls().Select(static call => "nanoff " + call), said.Trim().Split('\n'));
    }

    [Fact]
    public void A_repeat_may_begin_with_any_step_and_always_looks_at_the_chip()
    {
        Assert.Equal(0, Flash().Code);
        File.Delete(tools.At("board/calls.txt"));
        Assert.Equal(0, Flash("--from", "files").Code);
        Assert.Equal(["--devicedetails", "--filedeployment", "--networkdeployment"], Calls().Select(static call => call.Split(' ').First(static word => word is "--devicedetails" or "--filedeployment" or "--networkdeployment" or "--update" or "--deploy")));
    }

    [Fact]
    public void Wishes_of_the_technician_reach_the_flasher()
    {
        Assert.Equal(0, Flash("--erase", "--runtime-version", "1.12.4.197", "--archive", tools.At("story"), "--baud", "115200").Code);
        Assert.Equal($"--update --target ESP32_PSRAM_REV3 --serialport {Port} --baud 115200 --fwversion 1.12.4.197 --fromarchive --archivepath {tools.At("story")} --masserase", Calls()[1]);
    }

    [Theory]
    [InlineData("Reading details from chip...\nCan't connect to ESP32 bootloader. Try to put the board in bootloader manually.\nError E4000: Error executing ESP32 serial command.\n", 160, "no ESP32 answers on")]
    [InlineData("Error E6000: Couldn't open serial device. Make sure the COM port exists.\n", 112, "cannot be opened")]
    [InlineData("Error E6002: Couldn't access serial device. Another (nanoFramework) application has exclusive access to the device.\n", 114, "another program holds")]
    [InlineData("Connected to:\nESP32-S3 (ESP32-S3 (revision v0.1))\nFlash size 8MB x\nPSRAM: 8MB\nMAC E0:E2:E6:AA:BB:02\n", 0, "is an ESP32-S3; the board wrover-arducam has an ESP32")]
    [InlineData("Connected to:\nESP32 (ESP32-D0WDQ6 (revision v1.0))\nFlash size 4MB x\nPSRAM: 8MB\nMAC E0:E2:E6:AA:BB:03\n", 0, "has revision 1; ESP32_PSRAM_REV3 needs revision 3")]
    [InlineData("Connected to:\nESP32 (ESP32-D0WD-V3 (revision v3.0))\nFlash size 4MB x\nPSRAM: not available\nMAC E0:E2:E6:AA:BB:04\n", 0, "has no PSRAM")]
    [InlineData("Connected to:\nESP32 (ESP32-D0WD-V3 (revision v3.0))\nFlash size 4MB x\nPSRAM: undetermined\nMAC E0:E2:E6:AA:BB:04\n", 0, "could not tell whether")]
    [InlineData("", 0, "named no chip")]
    public void A_wrong_port_no_board_a_wrong_chip_or_no_PSRAM_is_one_clear_line_before_anything_is_written(string said, int code, string line)
    {
        tools.Tell("chip.txt", said);
        tools.Tell("chip.code", code.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var (exit, _, err) = Flash();
        Assert.Equal(2, exit);
        var complaint = Assert.Single(err.Trim().Split('\n'), static one => one.StartsWith("bodycam:", StringComparison.Ordinal));
        Assert.Contains(line, complaint, StringComparison.Ordinal);
        Assert.Single(Calls());
        Assert.False(File.Exists(tools.At("board/flashed.json")));
    }

    [Fact]
    public void A_port_that_is_not_there_is_named_with_what_to_do_and_nothing_is_called()
    {
        var (code, _, err) = tools.Bodycam("board", "flash", tools.At("board"), "--port", "/dev/ttyUSB97", "--image", tools.At("app.bin"));
        Assert.Equal(2, code);
        Assert.StartsWith("bodycam: /dev/ttyUSB97 is not there.", err, StringComparison.Ordinal);
        Assert.False(File.Exists(tools.At("board/calls.txt")));
    }

    [Theory]
    [InlineData("Deploying file bodycam.cfg to I:\\bodycam.cfg...OK\nDeploying file ca.pem to I:\\ca.pem...\nError deploying content file ca.pem to I:\\ca.pem\n", "did not take I:\\ca.pem")]
    [InlineData("Deploying file bodycam.cfg to I:\\bodycam.cfg...\nException deploying content file bodycam.cfg to I:\\bodycam.cfg\n", "did not take I:\\bodycam.cfg")]
    [InlineData("Deploying file bodycam.cfg to I:\\bodycam.cfg...OK\n", "said nothing of I:\\ca.pem")]
    public void A_file_that_the_board_did_not_take_fails_although_the_flasher_ends_with_0(string said, string line)
    {
        tools.Tell("files.txt", said);
        var (code, _, err) = Flash();
        Assert.Equal(2, code);
        Assert.Contains(line, err, StringComparison.Ordinal);
        Assert.DoesNotContain("\"files\"", File.ReadAllText(tools.At("board/flashed.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void One_identity_goes_on_one_chip()
    {
        Assert.Equal(0, Flash().Code);
        tools.Tell("chip.txt", GoodChip.Replace("BB:01", "BB:09", StringComparison.Ordinal));
        var (code, _, err) = Flash();
        Assert.Equal(2, code);
        Assert.Contains("epoch 1 of bc-7 is on the board with MAC e0e2e6aabb01; this one has e0e2e6aabb09", err, StringComparison.Ordinal);
        tools.MakeBoard("bc-7", 2, "wrover-arducam");
        Assert.Equal(0, Flash().Code);
    }

    [Fact]
    public void Files_that_were_flashed_are_not_put_on_an_erased_board()
    {
        Assert.Equal(0, Flash("--erase").Code);
        var (code, _, err) = Flash("--erase");
        Assert.Equal(2, code);
        Assert.Contains("board new bc-7 --again", err, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chip_without_an_address_could_be_any_and_is_refused()
    {
        tools.Tell("chip.txt", GoodChip.Replace("MAC E0:E2:E6:AA:BB:01\n", "", StringComparison.Ordinal));
        Assert.Contains("did not say the MAC", Flash().Err, StringComparison.Ordinal);
        Assert.Single(Calls());
    }

    [Fact]
    public void Files_whose_flashing_was_killed_count_as_flashed_and_what_it_left_is_removed()
    {
        tools.Make("nanoff", """
            case "$*" in
              *--devicedetails*) cat "$STORY/chip.txt";;
              *--filedeployment*) kill -9 $PPID;;
            esac
            """);
        Assert.NotEqual(0, Flash().Code);
        Assert.True(File.Exists(tools.At("board/port-files.json")));
        tools.Make("nanoff", """
            printf '%s\n' "$*" >> calls.txt
            cat "$STORY/chip.txt"
            """);
        var (code, _, err) = Flash("--erase");
        Assert.Equal(2, code);
        Assert.Contains("board new bc-7 --again", err, StringComparison.Ordinal);
        Flash();
        Assert.Empty(Directory.EnumerateFiles(tools.At("board"), "port-*"));
    }

    [Fact]
    public void What_was_named_is_meant_from_where_the_technician_stands_and_has_to_be_there()
    {
        Directory.CreateDirectory(tools.At("images"));
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, tools.At("images"));
        Assert.Equal(0, Flash("--archive", relative).Code);
        Assert.EndsWith("--archivepath " + tools.At("images"), Calls()[1], StringComparison.Ordinal);
        File.Delete(tools.At("board/calls.txt"));
        Assert.Contains("--archive", Flash("--archive", "no-such-folder").Err, StringComparison.Ordinal);
        Assert.Contains("--runtime", Flash("--runtime", "no-such-file").Err, StringComparison.Ordinal);
        Assert.Contains("leaves out", Flash("--erase", "--from", "files").Err, StringComparison.Ordinal);
        File.Delete(tools.At("board/ca.pem"));
        Assert.Contains("has no ca.pem", Flash().Err, StringComparison.Ordinal);
        Assert.False(File.Exists(tools.At("board/calls.txt")));
    }

    [Fact]
    public void A_damaged_record_of_what_was_flashed_is_not_taken_for_none()
    {
        foreach (var content in new[] { "null", "{}", "rubbish" })
        {
            File.WriteAllText(tools.At("board/flashed.json"), content);
            var (code, _, err) = Flash("--erase");
            Assert.Equal(2, code);
            Assert.Contains("flashed.json cannot be read", Assert.Single(err.Trim().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_flasher_that_cannot_run_or_says_numbers_of_any_size_ends_in_one_line()
    {
        tools.Tell("chip.txt", GoodChip.Replace("v3.1", "v99999999999999999999.1", StringComparison.Ordinal).Replace("size 4MB", "size 99999999999999999999MB", StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Flash().Err, StringComparison.Ordinal);
        tools.Make("nanoff", "");
        File.WriteAllBytes(tools.At("bin/nanoff"), [0x7F, 0x45, 0x4C, 0x46]);
        var (code, _, err) = Flash();
        Assert.Equal(2, code);
        Assert.Contains("does not start", err, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", err, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_flasher_the_command_says_how_to_get_it()
    {
        tools.Remove("nanoff");
        var (code, _, err) = Flash();
        Assert.Equal(2, code);
        Assert.Contains("dotnet tool install --global nanoff", err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-board", "'no-such-board' is no board. Use one of")]
    public void An_unknown_board_definition_names_the_known_ones(string name, string line)
    {
        tools.MakeBoard("bc-7", 1, name);
        Assert.Contains(line, Flash().Err, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_its_files_says_which_are_missing()
    {
        File.Delete(tools.At("board/files.json"));
        Assert.Contains("has no files.json. Make it with 'bodycam board new ID'.", Flash().Err, StringComparison.Ordinal);
    }

    private string Port => tools.At("ttyUSB0");

    private (int Code, string Out, string Err) Flash(params string[] more) => tools.Bodycam(["board", "flash", tools.At("board"), "--port", Port, "--image", tools.At("app.bin"), .. more]);

    private string[] Calls() => File.ReadAllLines(tools.At("board/calls.txt"));
}
