using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace BodyCam.Mqtt.Tests.Endpoint;

/// <summary>A client of another make as a child process. A missing program fails the test with its name.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder errors = new();

    private Peer(Process process) => this.process = process;

    public static Peer Start(string program, params string[] arguments) => StartIn(AppContext.BaseDirectory, program, arguments);

    public static Peer StartIn(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException($"{program} does not start; install it (mosquitto-clients, nodejs, npm) and run again.", exception);
        }

        var peer = new Peer(process);
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is not null)
                peer.lines.Writer.TryWrite(e.Data);
            else
                peer.lines.Writer.TryComplete();
        };
        process.ErrorDataReceived += (_, e) =>
        {
            lock (peer.errors)
                peer.errors.AppendLine(e.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        return peer;
    }

    /// <summary>The next line of output.</summary>
    public ValueTask<string> LineAsync(CancellationToken patience) => lines.Reader.ReadAsync(patience);

    /// <summary>Waits for a line that contains the text.</summary>
    public async Task UntilAsync(string text, CancellationToken patience)
    {
        await foreach (string line in lines.Reader.ReadAllAsync(patience))
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        Assert.Fail($"The peer ended without '{text}': {Errors}");
    }

    /// <summary>Waits for the end and requires exit code 0.</summary>
    public async Task SucceedAsync(CancellationToken patience)
    {
        await process.WaitForExitAsync(patience);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {Errors}");
    }

    /// <summary>Waits for the end and returns the exit code.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken patience)
    {
        await process.WaitForExitAsync(patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private string Errors
    {
        get
        {
            lock (errors)
                return errors.ToString();
        }
    }
}
