using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;

namespace BodyCam.Gateway;

/// <summary>What a technician says beside a self-test.</summary>
/// <param name="Technician">Who tested; 1 to 100 characters.</param>
/// <param name="Board">Name of the board definition.</param>
/// <param name="Remark">Free words; at most 1,000 characters.</param>
internal sealed record AcceptanceWords(string Technician, string Board, string? Remark);

/// <summary>Signs a finished self-test as the acceptance of a board: the exact bytes of a JSON text and a P-256 signature over them, checked with <c>openssl dgst -sha256 -verify gateway.pem</c>.</summary>
internal static class AcceptanceSheet
{
    /// <summary>Items that every board has to show; a run without one of them accepts nothing.</summary>
    public static IReadOnlyList<string> Items { get; } =
        ["camera", "microphone", "cardWrite", "cardRead", "clock", "gauge", "recordButton", "noteButton", "recordLed", "statusLed", "buzzer", "wifi", "gateway", "heap", "psram"];

    private static readonly JsonSerializerOptions options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The sheet of a run.</summary>
    /// <returns>JSON text and its signature, ASN.1 DER.</returns>
    public static (string Sheet, byte[] Signature) Sign(GatewayKey key, DeviceId device, uint epoch, SelfTestRun run, AcceptanceWords words, DateTimeOffset now)
    {
        var missing = Items.Except(run.Lines.Select(static line => line.Item), StringComparer.Ordinal).ToList();
        // Not by the recorder's own sum alone: the worst that it said decides, in a line or at the end.
        var worst = run.Lines.Select(static line => line.Grade).Append(run.Grade ?? 2).Max();
        var verdict = missing.Count > 0 || run.IsCut || run.Items != run.Lines.Count ? "incomplete" : worst == 0 ? "passed" : worst == 1 ? "passed_with_warnings" : "failed";
        var sheet = JsonSerializer.Serialize(
            new
            {
                kind = "bodycam acceptance sheet",
                version = 1,
                device = device.Text,
                epoch,
                board = words.Board,
                verdict,
                missing,
                technician = words.Technician,
                remark = words.Remark ?? "",
                run = run.Run,
                startedAt = Time(run.StartedAt),
                endedAt = Time(run.HeardAt),
                signedAt = Time(now),
                gatewayKeyId = key.Id.ToString("x16", CultureInfo.InvariantCulture),
                items = run.Lines.Select(static line => new { item = line.Item, grade = line.Grade, figure = line.Figure, unit = line.Unit, text = line.Text }),
            },
            options) + "\n";
        return (sheet, key.SignDer(System.Text.Encoding.UTF8.GetBytes(sheet)));
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
