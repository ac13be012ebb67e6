using System.Collections.Concurrent;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Matroska;

namespace BodyCam.Evidence;

/// <summary>The folder under verification, and whether it is an archive: then the whole log is there, but not yet every segment (storage format §6).</summary>
internal sealed class EvidenceFolder
{
    /// <summary>Above the longest seal, receipt, key and marker.</summary>
    public const int SmallBytesMax = 64 * 1024;

    private const string Marker = "archive.json";

    // What only a gateway's own data folder has.
    private static readonly string[] ownOfData = ["catalog.db", "parts"];

    private readonly ConcurrentDictionary<string, string> unreadable = new(StringComparer.Ordinal);

    private EvidenceFolder(string root) => Root = root;

    /// <summary>Where it lies.</summary>
    public string Root { get; }

    /// <summary>True when the marker says archive and nothing contradicts it.</summary>
    public bool IsArchive { get; private set; }

    /// <summary>Every segment of which <c>segments/</c> had a file when it was listed.</summary>
    public HashSet<SegmentKey> Segments { get; } = [];

    /// <summary>Lists the segments of a folder; what it is is not read yet.</summary>
    public static EvidenceFolder List(string root)
    {
        var folder = new EvidenceFolder(root);
        folder.ListSegments();
        return folder;
    }

    /// <summary>Reads what the folder is; a marker that is none, or that the rest contradicts, is a finding, and the folder is judged as a data folder.</summary>
    /// <remarks>The marker is not signed: whoever can write here can put one beside what was dropped. What it excuses is only what the log does not call archived, all of it is named and keeps the folder from being <see cref="VerifyVerdict.Verified"/>, and a log that calls nothing archived is no archive's.</remarks>
    /// <param name="log">Its records.</param>
    /// <param name="origin">Name of its log; null when that cannot be read.</param>
    /// <param name="findings">What is wrong is added.</param>
    public void ReadKind(LogRecords log, string? origin, List<Finding> findings)
    {
        if (!Path.Exists(At(Marker)))
            return;
        var other = ownOfData.FirstOrDefault(name => Path.Exists(At(name)));
        var (isMarker, station, reason) = ReadMarker(At(Marker));
        if (reason is not null)
        {
            findings.Add(new Finding(Unreadable.Code, FindingSeverity.Error, null, Marker, null, $"{Marker} {reason}. The folder is judged as a data folder."));
            return;
        }

        if (station.Length > 0 && origin is not null && station != origin)
            findings.Add(new Finding("archive_of_other", FindingSeverity.Error, null, Marker, null, $"{Marker} names the station of the log {station}, the log here is {origin}: two stations' archives were mixed, or the marker was put here. Find out whose folder it is."));
        var fault = !isMarker ? "it does not say {\"kind\":\"archive\"}"
            : other is not null ? $"{other} stands beside it, which no archive has"
            : log.Archived.Count == 0 && log.Segments.Values.Any(static records => records[0].State == "stored") ? "the log names stored segments and none that was archived"
            : null;
        if (fault is not null)
            findings.Add(new Finding("folder_kind", FindingSeverity.Error, null, Marker, null, $"{Marker} is no marker of an archive: {fault}. The folder is judged as a data folder. Find out who put it there."));
        IsArchive = fault is null;
    }

    /// <summary>Where what stands here and is not what it was comes from, as the end of a message: an archive is what others restore from, and itself gets nothing from there.</summary>
    /// <param name="what">"it", or its name.</param>
    public string Restore(string what = "it") => IsArchive ? $"Copy {what} from the station's data folder, after that was verified: the gateway writes over nothing that stands here." : $"Restore {what} from the archive.";

    /// <summary>The same of a file that is missing.</summary>
    /// <param name="elsewhere">Where else a data folder's may be.</param>
    public string LookFor(string elsewhere = " and on the card") => IsArchive ? "The gateway's next start brings it by itself where it stands in the station's data folder; verify that." : $"Look for it in the archive{elsewhere}.";

    /// <summary>True when the public half of a key that signed before lies here (log-format.md §10).</summary>
    public bool HasFormerKey
    {
        get
        {
            try
            {
                return Directory.EnumerateFiles(Root, "gateway-*.pem").Any();
            }
            catch (Exception failure) when (Unreadable.IsOfReading(failure))
            {
                return false;
            }
        }
    }

    /// <summary>Full path of a file below it.</summary>
    public string At(string relative) => Path.Combine(Root, relative);

    /// <summary>Files below one of its folders, by their path from that folder with <c>/</c>.</summary>
    public IEnumerable<string> Files(string folder) => FolderWalk.Files(At(folder), (path, failure) => unreadable[$"{folder}/{path}".TrimEnd('/')] = Unreadable.WordsOfFolder(failure));

    /// <summary>Notes a file that stands and cannot be read. Thread-safe.</summary>
    public void NoteUnreadable(string relative, Exception failure) => unreadable[relative] = Unreadable.Words(At(relative), failure);

    /// <summary>Names every folder and file that was noted.</summary>
    public void NameUnreadable(List<Finding> findings) =>
        findings.AddRange(unreadable.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => new Finding(Unreadable.Code, FindingSeverity.Error, null, pair.Key, null, $"{pair.Key} {pair.Value}.")));

    /// <summary>What lies where only files of segments and tails lie, and is none: of <c>segments/</c> as it was listed, of <c>damaged/</c> and <c>orphans/</c> after <see cref="AsideCheck"/>.</summary>
    public List<string> Strays { get; } = [];

    private void ListSegments()
    {
        foreach (var path in Files("segments"))
        {
            var isKnown = SegmentKey.TryParsePath(path, out var key);
            if (isKnown)
                Segments.Add(key);
            if (!isKnown || !LayoutCheck.IsOf(path, key))
                Strays.Add("segments/" + path);
        }
    }

    private static (bool IsMarker, string Station, string? Reason) ReadMarker(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(BoundedFile.ReadAllBytes(path, SmallBytesMax));
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.Text("kind") == "archive" ? (true, document.RootElement.Text("log"), null) : (false, "", null);
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            return (false, "", Unreadable.Words(path, failure));
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return (false, "", null);
        }
    }
}
