using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace BodyCam.Cli.Boards;

/// <summary>One call of an outside tool: shown as it would be typed, run, and its words kept.</summary>
/// <param name="Program">Path or name.</param>
/// <param name="Arguments">As given; no shell is between.</param>
internal sealed partial record ToolRun(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The call as a line for a shell, with the tool's bare name.</summary>
    public string Line => string.Join(' ', Arguments.Prepend(Path.GetFileNameWithoutExtension(Program)).Select(static word => word.AsSpan().IndexOfAny(" \"'$&;()<>|*?") < 0 && word.Length > 0 ? word : $"\"{word}\""));

    /// <summary>Runs it to its end; output and errors come back as one text without terminal colours.</summary>
    /// <param name="folder">Working folder.</param>
    /// <param name="onLine">Hears every line as it comes, for progress; null for none.</param>
    /// <param name="cancel">Ends the tool and everything it started.</param>
    /// <exception cref="InvalidDataException">It does not start; the message says what to do.</exception>
    public async Task<(int Code, string Said)> RunAsync(string folder, Action<string>? onLine, CancellationToken cancel)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo(Program, Arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true } };
        var said = new StringBuilder();
        void Hear(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is not { } text)
                return;
            text = Colours().Replace(text, "");
            lock (said)
                said.Append(text).Append('\n');
            onLine?.Invoke(text);
        }

        process.OutputDataReceived += Hear;
        process.ErrorDataReceived += Hear;
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception refused)
        {
            throw new InvalidDataException($"{Program} does not start ({refused.Message.TrimEnd('.')}). Install it again, or take it off the PATH if it is another program.", refused);
        }

        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (said)
            return (process.ExitCode, said.ToString());
    }

    [GeneratedRegex(@"\x1B\[[0-9;?]*[A-Za-z]", RegexOptions.None, 1000)]
    private static partial Regex Colours();
}
