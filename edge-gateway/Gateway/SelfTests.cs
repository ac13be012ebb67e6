using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using BodyCam.Core;

namespace BodyCam.Gateway;

/// <summary>One line of a self-test as the recorder sent it (firmware: self-test).</summary>
/// <param name="Item">camera, microphone …</param>
/// <param name="Grade">0 passed, 1 warned, 2 failed.</param>
/// <param name="Figure">Measured figure.</param>
/// <param name="Unit">Unit of the figure.</param>
/// <param name="Text">Words beside it.</param>
internal sealed record SelfTestLine(string Item, int Grade, long Figure, string Unit, string Text);

/// <summary>The newest run of a recorder.</summary>
/// <param name="Run">Number since its power-up.</param>
/// <param name="StartedAt">First line, gateway-wall.</param>
/// <param name="HeardAt">Newest line, gateway-wall.</param>
/// <param name="Lines">In the order sent, without the last one.</param>
/// <param name="Grade">Worst grade as the recorder said at the end; null while it runs.</param>
/// <param name="Items">Items the recorder says it sent; 0 while it runs.</param>
/// <param name="IsCut">True when it sent more lines than are kept.</param>
internal sealed record SelfTestRun(long Run, DateTimeOffset StartedAt, DateTimeOffset HeardAt, IReadOnlyList<SelfTestLine> Lines, int? Grade, long Items, bool IsCut);

/// <summary>Self-tests as they come in over <c>…/event</c>; live only, kept in memory, the newest run of each recorder.</summary>
internal sealed class SelfTests(TimeProvider time)
{
    private const int LinesMax = 64;
    private const int EventBytesMax = 1024;
    private const string Last = "end";

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<DeviceId, SelfTestRun> runs = new();

    /// <summary>Forgets the run before, when a new one is asked for.</summary>
    public void Forget(DeviceId device)
    {
        lock (gate)
            runs.TryRemove(device, out _);
    }

    /// <summary>The newest run; null for none since the gateway started or a new one was asked for.</summary>
    public SelfTestRun? Newest(DeviceId device) => runs.GetValueOrDefault(device);

    /// <summary>Takes an event; what is no line of a self-test is passed over.</summary>
    public void Hear(DeviceId device, ReadOnlySequence<byte> utf8Json)
    {
        if (utf8Json.Length > EventBytesMax || Parse(utf8Json) is not var (run, line))
            return;
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (Next(runs.GetValueOrDefault(device), run, line, now) is { } next)
                runs[device] = next;
        }
    }

    // A line that comes twice (QoS 1) counts once, also after the end; an end without a line before it ends nothing.
    private static SelfTestRun? Next(SelfTestRun? before, long number, SelfTestLine line, DateTimeOffset now)
    {
        var isKnown = before?.Run == number && before.Lines.Contains(line);
        var run = before?.Run == number && (before.Grade is null || line.Item == Last || isKnown) ? before : null;
        if (line.Item == Last)
            return run is null ? before : run with { HeardAt = now, Grade = line.Grade, Items = line.Figure };
        if (isKnown)
            return run!.Grade is null ? run with { HeardAt = now } : run;
        run ??= new SelfTestRun(number, now, now, [], null, 0, IsCut: false);
        return run.Lines.Count >= LinesMax ? run with { HeardAt = now, IsCut = true } : run with { HeardAt = now, Lines = [.. run.Lines, line] };
    }

    private static (long Run, SelfTestLine Line)? Parse(ReadOnlySequence<byte> utf8Json)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { MaxDepth = 4 });
            var said = document.RootElement;
            if (said.ValueKind != JsonValueKind.Object || !said.TryGetProperty("selfTest", out var run) || !run.TryGetInt64(out var number))
                return null;
            var (item, grade, figure) = (said.GetProperty("item").GetString(), said.GetProperty("grade").GetInt32(), said.GetProperty("figure").GetInt64());
            return item is { Length: > 0 } && grade is >= 0 and <= 2 ? (number, new SelfTestLine(Plain(item), grade, figure, Plain(said.GetProperty("unit").GetString() ?? ""), Plain(said.GetProperty("text").GetString() ?? ""))) : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    // What a recorder says is shown on terminals: nothing in it steers one.
    private static string Plain(string said) => said.Any(char.IsControl) ? string.Concat(said.Select(static letter => char.IsControl(letter) ? '\uFFFD' : letter)) : said;
}
