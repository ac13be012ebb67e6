using System.Text.Json;
using BodyCam.Core;
using BodyCam.VirtualBoard;
using BodyCam.VirtualRecorder;

namespace BodyCam.Boards.Tests;

/// <summary><c>board test</c> from the technician's line to the signed sheet: the shipped firmware on a virtual board, over mTLS, with somebody at its buttons.</summary>
public sealed class AcceptanceTests
{
    private static readonly DeviceId device = DeviceId.Parse("bc-01");
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task A_good_board_passes_with_every_item_and_a_bad_clock_fails_it()
    {
        await using var workshop = await Workshop.OpenAsync(static options => options with { Time = TimeProvider.System, SntpPort = 0 });
        var boards = Path.Combine(workshop.Folder, "boards");
        var (made, _, error) = Cli.Run("board", "new", "bc-01", "--keys", workshop.Keys, "--out", boards, "--card-gb", "4");
        Assert.True(made == 0, error);
        using var recorder = new Recorder(new RecorderOptions
        {
            Folder = Path.Combine(workshop.Folder, "recorder"),
            BoardFolder = Path.Combine(boards, "bc-01"),
            Board = new BoardOptions { DataFolder = workshop.Folder, Pace = Pace.Real(8), StartUtc = TimeProvider.System.GetUtcNow().UtcDateTime },
        });
        var board = recorder.Board;
        recorder.PowerOn();
        Assert.True(board.WaitUntil(() => workshop.Gateway.StatusOf(device).Contains("\"state\":\"ready\"", StringComparison.Ordinal), patience), workshop.Gateway.StatusOf(device));

        var (code, sheet) = await TestAsync(workshop, board);
        Assert.True(code == 0, sheet.ToString());
        Assert.Contains(sheet.GetProperty("verdict").GetString(), new[] { "passed", "passed_with_warnings" });
        Assert.Equal((1, "bc-01", "王"), (sheet.GetProperty("epoch").GetInt32(), sheet.GetProperty("device").GetString(), sheet.GetProperty("technician").GetString()));
        Assert.Equal(15, sheet.GetProperty("items").GetArrayLength());
        foreach (var item in (string[])["camera", "microphone", "cardWrite", "cardRead", "recordButton", "noteButton", "buzzer", "gateway", "psram"])
            Assert.Equal(0, sheet.GetProperty("items").EnumerateArray().Single(line => line.GetProperty("item").GetString() == item).GetProperty("grade").GetInt32());

        board.SetI2cSilent(0x68, true);
        (code, sheet) = await TestAsync(workshop, board);
        Assert.Equal((1, "failed"), (code, sheet.GetProperty("verdict").GetString()));
        Assert.Equal(2, sheet.GetProperty("items").EnumerateArray().Single(static line => line.GetProperty("item").GetString() == "clock").GetProperty("grade").GetInt32());
        Assert.Empty(board.ThreadFailures);
    }

    // The technician presses what the next item asks for: note for its own button, record for all else.
    private static async Task<(int Code, JsonElement Sheet)> TestAsync(Workshop workshop, Board board)
    {
        var before = board.ConsoleLines.Count;
        var command = Task.Run(() => Cli.Run("board", "test", "bc-01", "--gateway", $"http://127.0.0.1:{workshop.Gateway.HttpPort}", "--token-file", Path.Combine(workshop.Keys, "admin.token"), "--technician", "王", "--out", Path.Combine(workshop.Folder, "sheets"), "--json"));
        foreach (var (after, isNote) in new[] { ("gauge", false), ("recordButton", true), ("noteButton", false), ("recordLed", false), ("statusLed", false) })
        {
            Assert.True(board.WaitUntil(() => board.ConsoleLines.Skip(before).Any(line => line.Contains($"\"{after}\"", StringComparison.Ordinal)), patience), $"no line of {after}");
            board.RunFor(TimeSpan.FromSeconds(0.5));
            (isNote ? board.NoteButton : board.RecordButton).Press();
        }

        Assert.True(board.WaitUntil(() => command.IsCompleted, patience), string.Join('\n', board.ConsoleLines.Skip(before)));
        var (code, said, err) = await command;
        Assert.True(said.Length > 0, err);
        using var answer = JsonDocument.Parse(said);
        return (code, JsonDocument.Parse(await File.ReadAllTextAsync(answer.RootElement.GetProperty("sheet").GetString()!, workshop.Patience)).RootElement);
    }
}
