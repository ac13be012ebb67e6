using System.Diagnostics;
using System.Globalization;

namespace BodyCam.Cli.Bench;

/// <summary>A process that this one started and ends, with what the kernel counted for it (proc(5)).</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const double TicksPerSecond = 100;
    private const int ParentField = 1;
    private const int UserTimeField = 11;

    private readonly Process process;
    private readonly string errorPath;
    private readonly Task errors;

    private ChildProcess(Process process, string errorPath)
    {
        this.process = process;
        this.errorPath = errorPath;
        errors = Task.Run(async () =>
        {
            await using var file = File.Create(errorPath);
            await process.StandardError.BaseStream.CopyToAsync(file).ConfigureAwait(false);
        });
    }

    /// <summary>Process id.</summary>
    public int Id => process.Id;

    /// <summary>Its standard input.</summary>
    public StreamWriter Input => process.StandardInput;

    /// <summary>Its standard output.</summary>
    public StreamReader Output => process.StandardOutput;

    /// <summary>Greatest resident memory so far, MB.</summary>
    public double PeakMegabytes => PeakMegabytesOf(Id);

    /// <summary>Resident memory now, MB.</summary>
    public double ResidentMegabytes => Status(Id, "VmRSS:");

    /// <summary>True once it has ended.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>Name of its program.</summary>
    public string Program => Path.GetFileName(process.StartInfo.FileName);

    /// <summary>Starts a program; its standard error goes to a file.</summary>
    /// <param name="errorPath">Path of that file.</param>
    /// <param name="program">Program.</param>
    /// <param name="arguments">Arguments.</param>
    /// <param name="environment">Variables beside the inherited ones.</param>
    public static ChildProcess Start(string errorPath, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        return new ChildProcess(Process.Start(start)!, errorPath);
    }

    /// <summary>Starts this program with other arguments.</summary>
    public static ChildProcess StartSelf(string errorPath, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(errorPath, Host, [typeof(ChildProcess).Assembly.Location, .. arguments], environment);

    /// <summary>The program that runs this assembly: the one that runs this process, or the one on the search path when that has a name of its own.</summary>
    public static string Host => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    /// <summary>Makes something of this process, which is ended when that fails.</summary>
    public async Task<T> OrEndAsync<T>(Func<Task<T>> make)
    {
        try
        {
            return await make().ConfigureAwait(false);
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="BenchException">It failed; the message holds the last line it said.</exception>
    public async Task EndsWellAsync(CancellationToken cancel)
    {
        await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new BenchException($"{process.StartInfo.FileName} ended with {process.ExitCode}: {await LastErrorAsync().ConfigureAwait(false)}");
    }

    /// <summary>Reads one line of its output.</summary>
    /// <exception cref="BenchException">It ended instead; the message holds the last line it said.</exception>
    public async Task<string> LineAsync(CancellationToken cancel) =>
        await process.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false) ?? throw new BenchException($"{process.StartInfo.FileName} ended without an answer: {await LastErrorAsync().ConfigureAwait(false)}");

    /// <summary>Ends it; returns the last line it said on standard error.</summary>
    public async Task<string> EndAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return await LastErrorAsync().ConfigureAwait(false);
    }

    /// <summary>Greatest resident memory of a process so far, MB.</summary>
    public static double PeakMegabytesOf(int id) => Status(id, "VmHWM:");

    /// <summary>Processor time of a process so far, seconds.</summary>
    public static double ProcessorSeconds(int id)
    {
        var fields = Fields(id);
        return (long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture) + long.Parse(fields[UserTimeField + 1], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Processes that a process started.</summary>
    public static IEnumerable<int> ChildrenOf(int id) =>
        Directory.EnumerateDirectories("/proc").Select(static path => int.TryParse(Path.GetFileName(path), out var number) ? number : 0)
            .Where(number => number > 0 && File.Exists($"/proc/{number}/stat") && int.Parse(Fields(number)[ParentField], CultureInfo.InvariantCulture) == id);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        process.Dispose();
    }

    private async Task<string> LastErrorAsync()
    {
        await errors.ConfigureAwait(false);
        return (await File.ReadAllLinesAsync(errorPath).ConfigureAwait(false)).LastOrDefault(static line => line.Length > 0) ?? "it said nothing.";
    }

    // Fields after the name, which may hold anything (proc(5)).
    private static string[] Fields(int id)
    {
        var text = File.ReadAllText($"/proc/{id}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static double Status(int id, string field) =>
        long.Parse(File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
}

/// <summary>The bench cannot go on; the message says what to do.</summary>
internal sealed class BenchException(string message) : Exception(message);
