using System.Diagnostics;

namespace BodyCam.Boards.Tests;

/// <summary>The command line as a technician runs it.</summary>
internal static class Cli
{
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "bodycam.dll");

    public static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static (int Code, string Out, string Err) Run(params string[] arguments) => Run(null, arguments);

    public static (int Code, string Out, string Err) Run(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"bodycam {string.Join(' ', arguments)} did not end: {error.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
