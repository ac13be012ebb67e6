using System.Reflection;
using System.Runtime.CompilerServices;
using BodyCam.Nano.Host;
using BodyCam.VirtualBoard;

namespace BodyCam.Nano.Tests;

public sealed class RecorderTests : IDisposable
{
    private const string Program = "BodyCam.Hazards.CleanProgram";

    private const string Storage = "BodyCam.Hazards.StorageProgram";

    private readonly string _folder = Directory.CreateTempSubdirectory("recorder").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Two_recorders_run_the_same_firmware_without_sharing_statics()
    {
        using Board first = NewBoard("a");
        using Board second = NewBoard("b");
        using FirmwareHost hostA = RunToEnd(first);
        using FirmwareHost hostB = RunToEnd(second);

        Assert.Equal(1, Static<int>(hostA, "Runs"));
        Assert.Equal(1, Static<int>(hostB, "Runs"));
        Assert.NotSame(hostA.Firmware, hostB.Firmware);
        Assert.Empty(first.ThreadFailures);
    }

    [Fact]
    public void Firmware_sees_the_boards_time_storage_and_the_chips_exception_types()
    {
        using Board board = NewBoard("c");
        using FirmwareHost host = RunToEnd(board);

        // Wait of 250 ms by the chip's clock, byte 4 of the file, a nano-only DateTime, 1970 before sync, boxed items, exception base, letters.
        Assert.Equal("True 4 1970-01-02 1970 1 01 same 1", Static<string>(host, "Trace"));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], File.ReadAllBytes(Path.Combine(board.FlashFolder, "trace.bin")));
    }

    [Fact]
    public void Files_obey_the_cards_share_rules_and_library_copies_are_counted()
    {
        using Board board = NewBoard("d");
        using FirmwareHost host = RunToEnd(board, Storage);

        // OpenRead beside a writer fails; read of 3 bytes from offset 1; Move of an open file and onto a file fail; no SpanByte read; two files; no size.
        Assert.Equal("True 32 True True True 2 -1", Static<object>(host, "Log", Storage).ToString());
        Assert.Equal(4 + 8 + 1, board.LibraryCopies["System.IO.FileSystem"].Bytes);
    }

    [Fact]
    public void A_recorders_code_is_collected_after_its_power_was_cut()
    {
        using Board board = NewBoard("e");
        WeakReference firmware = RunAndCut(board);
        for (int i = 0; i < 20 && firmware.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(firmware.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference RunAndCut(Board board)
    {
        using FirmwareHost host = RunToEnd(board);
        board.CutPower();
        board.ReleaseParkedThreads();
        return new WeakReference(host.Firmware);
    }

    private static T Static<T>(FirmwareHost host, string field, string program = Program) =>
        (T)host.Firmware.GetType(program)!.GetField(field, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    private static FirmwareHost RunToEnd(Board board, string program = Program)
    {
        board.PowerOn();
        FirmwareHost host = FirmwareHost.Load(Files.Hazards, board);
        board.Boot(host.Entry(program, "Main"));
        Assert.True(board.WaitUntil(() => Static<bool>(host, "Done", program), TimeSpan.FromSeconds(30)));
        return host;
    }

    private Board NewBoard(string name) => new(new BoardOptions { DataFolder = Path.Combine(_folder, name), Stepped = true });
}
