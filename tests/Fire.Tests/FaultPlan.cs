using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Text;

namespace BodyCam.Fire.Tests;

/// <summary>Calls of a process that change files; the numbers are those of <c>Shim/faults.c</c>.</summary>
internal enum FileCall
{
    Write,
    Fsync,
    Fdatasync,
    Rename,
    Unlink,
    Create,
    MakeFolder,
    Mode,
}

/// <summary>What happens to a call that is hit.</summary>
internal enum Fault
{
    None,

    /// <summary>The process dies before the call.</summary>
    Kill,

    /// <summary>The process dies after the call.</summary>
    KillAfter,

    /// <summary>Half of the bytes are written, then the process dies; calls that write no bytes are done whole before it.</summary>
    Tear,

    /// <summary>The call fails with the errno of the argument.</summary>
    Error,

    /// <summary>The call is done after as many milliseconds as the argument says.</summary>
    Stall,
}

/// <summary>Tells the C library's stand-in of one process what to do, and reads what it counted; works while the process runs and after its death.</summary>
internal sealed class FaultPlan : IDisposable
{
    private const int KindCount = 8;
    private static readonly Lazy<string> library = new(Compile);

    private readonly string path;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    /// <param name="below">Only calls on paths that begin so are counted.</param>
    public FaultPlan(string below)
    {
        path = Path.Combine(Path.GetTempPath(), "bodycam-plan-" + Path.GetRandomFileName());
        var bytes = new byte[4096];
        Encoding.UTF8.GetBytes(below).CopyTo(bytes, 1024);
        File.WriteAllBytes(path, bytes);
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        view = file.CreateViewAccessor();
    }

    /// <summary>Variables for the process.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables => [new("LD_PRELOAD", library.Value), new("BODYCAM_FAULTS", path)];

    /// <summary>Calls that were hit since the plan was made.</summary>
    public long Fired => view.ReadInt64(32);

    /// <summary>Path of the newest call that was hit.</summary>
    public string Hit => ReadText(112, 400);

    /// <summary>Added to the process's wall clock.</summary>
    public TimeSpan ClockStep
    {
        set => view.Write(104, value.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Calls so far of a kind, on paths that fit.</summary>
    public long Count(FileCall call) => view.ReadInt64(40 + ((int)call * 8));

    /// <summary>Makes a plan; the one before is gone.</summary>
    /// <param name="fault">What happens.</param>
    /// <param name="nth">The first call that is hit, counted from now among those that fit; ≥ 1.</param>
    /// <param name="calls">Kinds that fit; none = every kind.</param>
    /// <param name="argument">errno or milliseconds.</param>
    /// <param name="times">Calls that are hit one after the other; −1 = all from then on.</param>
    /// <param name="part">Only paths with this in them fit, and are counted from now on.</param>
    public void Arm(Fault fault, long nth, FileCall[]? calls = null, int argument = 0, int times = 1, string part = "")
    {
        Disarm();
        view.Write(8, calls is null ? (1 << KindCount) - 1 : calls.Aggregate(0, static (mask, call) => mask | (1 << (int)call)));
        view.Write(12, (int)fault);
        view.Write(16, argument);
        view.Write(20, times);
        view.Write(24, 0L);
        view.Write(32, 0L);
        var bytes = new byte[512];
        Encoding.UTF8.GetBytes(part).CopyTo(bytes, 0);
        view.WriteArray(512, bytes, 0, bytes.Length);
        view.WriteArray(112, new byte[400], 0, 400);
        view.Write(0, nth);
    }

    /// <summary>Nothing is hit any more.</summary>
    public void Disarm() => view.Write(0, 0L);

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
        File.Delete(path);
    }

    private static string Compile()
    {
        var target = Path.Combine(AppContext.BaseDirectory, "bodycam-faults.so");
        var start = new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", target, Path.Combine(AppContext.BaseDirectory, "Shim", "faults.c"), "-ldl"]) { RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? target : throw new InvalidOperationException($"gcc could not compile Shim/faults.c: {said}");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new InvalidOperationException("gcc is missing: './bodycam test' installs it as root; else 'apt-get install gcc libc6-dev'.", missing);
        }
    }

    private string ReadText(int at, int length)
    {
        var bytes = new byte[length];
        view.ReadArray(at, bytes, 0, length);
        return Encoding.UTF8.GetString(bytes).TrimEnd('\0');
    }
}
