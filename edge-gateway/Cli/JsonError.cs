using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BodyCam.Cli;

/// <summary>With <c>--json</c>: when a command fails and standard output got nothing, it gets one object with what people were told, <c>{"error":"…"}</c>. Standard error stays as it is.</summary>
internal sealed class JsonError
{
    private const string Prefix = "bodycam: ";
    private const int MessagesMax = 100;

    // As in the account's answers: what people read stays readable.
    private static readonly JsonSerializerOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<string> messages = [];
    private readonly TextWriter output = Console.Out;
    private bool hasOutput;

    private JsonError()
    {
        Console.SetOut(new Listener(Console.Out, _ => hasOutput = true));
        Console.SetError(new Listener(Console.Error, Note));
    }

    /// <summary>Listens from now on when <c>--json</c>, alone or with a value that is not false, is among the arguments; null otherwise.</summary>
    public static JsonError? Listen(string[] arguments) => arguments.Any(IsJson) ? new JsonError() : null;

    /// <summary>Writes the object if there is something to say.</summary>
    /// <param name="code">The command's exit code.</param>
    /// <returns><paramref name="code"/>.</returns>
    public int Ended(int code)
    {
        if (code is not (ExitCode.Done or ExitCode.Interrupted) && !hasOutput && messages.Count > 0)
            output.WriteLine(JsonSerializer.Serialize(new { error = string.Join('\n', messages) }, options));
        return code;
    }

    private static bool IsJson(string argument) =>
        argument == "--json" || ((argument.StartsWith("--json=", StringComparison.Ordinal) || argument.StartsWith("--json:", StringComparison.Ordinal)) && !argument[7..].Equals("false", StringComparison.OrdinalIgnoreCase));

    private void Note(string line)
    {
        lock (messages)
        {
            if (line.StartsWith(Prefix, StringComparison.Ordinal) && messages.Count < MessagesMax)
                messages.Add(line[Prefix.Length..]);
        }
    }

    private sealed class Listener(TextWriter inner, Action<string> heard) : TextWriter
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value)
        {
            heard("");
            inner.Write(value);
        }

        public override void Write(string? value)
        {
            heard("");
            inner.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            heard("");
            inner.Write(buffer, index, count);
        }

        public override void WriteLine(string? value)
        {
            heard(value ?? "");
            inner.WriteLine(value);
        }

        public override void Flush() => inner.Flush();
    }
}
