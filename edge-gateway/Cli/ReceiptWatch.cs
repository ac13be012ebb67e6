using System.Text.Json;

namespace BodyCam.Cli;

/// <summary>A recorder whose receipts are waited for.</summary>
/// <param name="Device">Device id.</param>
/// <param name="Epoch">The epoch it runs under.</param>
internal readonly record struct WatchedRecorder(string Device, uint Epoch);

/// <summary>Asks a gateway's <c>/status</c> whether everything of some recorders has its storage receipt. A gateway that does not answer is asked again; that is said once each time it begins.</summary>
/// <param name="client">At the gateway's HTTP port.</param>
/// <param name="recorders">The recorders; those of others do not count.</param>
/// <param name="say">Where it is said.</param>
internal sealed class ReceiptWatch(HttpClient client, IReadOnlyList<WatchedRecorder> recorders, Action<string> say)
{
    /// <summary>True when the gateway did not answer the last time.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Those of <paramref name="recorders"/> that are not connected, do not rest, or have something without a receipt, by what a gateway's status says.</summary>
    public static IReadOnlyList<WatchedRecorder> Unsafe(JsonElement status, IReadOnlyList<WatchedRecorder> recorders)
    {
        var said = status.GetProperty("recorders");
        return [.. recorders.Where(recorder => !said.TryGetProperty(recorder.Device, out var one) || !IsSafe(one, recorder.Epoch))];
    }

    /// <summary>Asks once.</summary>
    /// <returns>Those that are not safe: all of them when the gateway does not answer.</returns>
    public async Task<IReadOnlyList<WatchedRecorder>> AskAsync(CancellationToken cancel)
    {
        try
        {
            using var status = JsonDocument.Parse(await client.GetStringAsync("/status", cancel).ConfigureAwait(false));
            var left = Unsafe(status.RootElement, recorders);
            if (IsSilent)
                say($"The gateway at {client.BaseAddress} answers again.");
            IsSilent = false;
            return left;
        }
        catch (Exception failure) when (!cancel.IsCancellationRequested && failure is HttpRequestException or TaskCanceledException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            if (!IsSilent)
                say($"bodycam: the gateway at {client.BaseAddress} does not answer ({failure.Message.TrimEnd('.')}). The recorder goes on, and what it has is sent when the gateway is back: start it again. Ctrl-C ends the recorder and keeps its card.");
            IsSilent = true;
            return recorders;
        }
    }

    private static bool IsSafe(JsonElement one, uint epoch) =>
        one.GetProperty("connected").GetBoolean()
        && one.GetProperty("said") is { ValueKind: JsonValueKind.Object } said
        && Number(said, "unreceipted") == 0
        && Number(said, "epoch") == epoch
        && said.TryGetProperty("state", out var state) && state.ValueKind == JsonValueKind.String && state.GetString() is "ready" or "interrupted";

    private static long? Number(JsonElement said, string name) => said.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;
}
