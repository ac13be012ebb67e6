using System.Diagnostics;

namespace BodyCam.EndToEnd.Tests;

/// <summary>Runs the command line and other programs as a user does.</summary>
internal static class Cli
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "bodycam.dll");

    public static (int Code, string Out, string Err) Run(string program, params string[] arguments) => Run(TimeSpan.FromMinutes(3), program, arguments);

    public static (int Code, string Out, string Err) Bodycam(params string[] arguments) => Run(TimeSpan.FromMinutes(3), "dotnet", [Path, .. arguments]);

    /// <summary>The same as a user whom file modes bind: root gives up its rights over other users' files (setpriv of util-linux).</summary>
    public static (int Code, string Out, string Err) BodycamWithoutRights(params string[] arguments) => Environment.IsPrivilegedProcess
        ? Run("setpriv", ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", "dotnet", Path, .. arguments])
        : Bodycam(arguments);

    public static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start: install it.");
    }

    private static (int Code, string Out, string Err) Run(TimeSpan limit, string program, string[] arguments)
    {
        using var process = Start(program, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} took more than {limit.TotalSeconds:F0} s: {error.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
