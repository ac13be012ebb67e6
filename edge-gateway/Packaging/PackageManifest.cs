using System.Text.Encodings.Web;
using System.Text.Json;

namespace BodyCam.Packaging;

/// <summary>A recording as the package has it.</summary>
/// <param name="Device">Recorder.</param>
/// <param name="Epoch">Epoch.</param>
/// <param name="Recording">Number.</param>
/// <param name="Activity">Activity within the epoch.</param>
/// <param name="Segments">Segments in the package.</param>
/// <param name="SegmentCount">What its final seal says; 0 when there is none.</param>
/// <param name="Completeness"><c>shown</c> when final seal and shift manifest speak of it, <c>final_seal_only</c>, else <c>not_yet_shown</c>.</param>
public sealed record ManifestRecording(string Device, uint Epoch, uint Recording, uint Activity, int Segments, long SegmentCount, string Completeness);

/// <summary>What a package says of itself: <c>manifest.json</c>.</summary>
/// <param name="Format">1.</param>
/// <param name="Id">Package.</param>
/// <param name="Title">Title.</param>
/// <param name="MadeAt">When.</param>
/// <param name="GatewayKeyId">Key that signed it.</param>
/// <param name="LogSize">Leaves of the checkpoint in it.</param>
/// <param name="Recordings">Recordings.</param>
public sealed record PackageManifest(int Format, string Id, string Title, DateTimeOffset MadeAt, string GatewayKeyId, long LogSize, IReadOnlyList<ManifestRecording> Recordings)
{
    /// <summary>What the labels of its discs say; null when the agency's rules ask for none.</summary>
    public DiscLabel? Label { get; init; }

    internal static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true, AllowDuplicateProperties = false };

    /// <summary>What a package says of itself; null when it says nothing, or lacks what every one says.</summary>
    internal static PackageManifest? Read(PackageFiles files)
    {
        try
        {
            return files.Read(PackageNames.Manifest) is { } bytes && JsonSerializer.Deserialize<PackageManifest>(bytes, Json) is { Id: not null, Title: not null, GatewayKeyId: not null, Recordings: not null } manifest
                && manifest.Recordings.All(static recording => recording is { Device: not null, Completeness: not null }) ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What stands on every disc (K3).</summary>
/// <param name="Basis">Document and article.</param>
/// <param name="Copies">How many of each disc.</param>
/// <param name="Rows">Fields in the article's order.</param>
public sealed record DiscLabel(string Basis, int Copies, IReadOnlyList<LabelRow> Rows)
{
    /// <summary>Most copies of a disc: above what any rule asks for.</summary>
    internal const int CopiesMax = 100;

    private const int RowsMax = 100;
    private const int WordsMax = 64 * 1024;

    /// <summary>True when nothing is missing in it, and all its copies fit a sheet.</summary>
    internal bool IsWhole =>
        Basis is not null && Copies is > 0 and <= CopiesMax && Rows is { Count: <= RowsMax } && Rows.All(static row => row is { Name: not null, Value: not null }) && Basis.Length + Rows.Sum(static row => (long)row.Name.Length + row.Value.Length) <= WordsMax;
}

/// <summary>A field of a label.</summary>
/// <param name="Name">The regulation's word.</param>
/// <param name="Value">Empty: a line to fill in by hand.</param>
public sealed record LabelRow(string Name, string Value);

/// <summary>Names inside a package.</summary>
internal static class PackageNames
{
    public const string Manifest = "manifest.json";
    public const string Sums = "SHA256SUMS";
    public const string Signature = "SHA256SUMS.sig";
    public const string Key = "gateway.pem";
    public const string Checkpoint = "log/checkpoint";
    public const string LeafHashes = "log/leaf-hashes";
    public const string Leaves = "log/leaves/";
    public const string Verify = "VERIFY.md";
    public const string Script = "verify.sh";

    /// <summary>Which volume has what; on discs only, outside the sums.</summary>
    public const string Volumes = "VOLUMES.json";

    /// <summary>Folder of stamped checkpoints and their stamps.</summary>
    public const string Stamps = "log/stamps/";

    /// <summary>What stands of a segment.</summary>
    public static readonly string[] SegmentEndings = [".mkv", ".seal", ".receipt"];

    /// <summary>Ending of the chunk digests of a journal segment whose lines are left out: n × 32 bytes.</summary>
    public const string Digests = ".digests";

    /// <summary>Leaves above which the hashes of all leaves are left out: 32 MiB.</summary>
    public const long LeafHashesMax = 1 << 20;

    /// <summary>Proof that the log continues an earlier state.</summary>
    public static string ConsistencyOf(long size) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"log/consistency/{size:D9}.proof");

    /// <summary>True for a name that stays inside the package wherever it is unpacked and looks like what it is: ASCII letters, digits, '.', '_', '-' between single slashes.</summary>
    public static bool IsSafe(string name) =>
        name.Length is > 0 and < 300 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/') && name.Split('/').All(static part => part.Length > 0 && part is not ("." or ".."));
}
