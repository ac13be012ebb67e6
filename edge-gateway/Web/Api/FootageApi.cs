using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Custody.Access;
using BodyCam.Custody.Activities;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Web.Sign;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace BodyCam.Web.Api;

/// <summary>Bytes: originals out, only by an entry of the register; other sources in, stored under their digest.</summary>
internal static class FootageApi
{
    /// <summary>How long an entry of the register opens a recording.</summary>
    public static readonly TimeSpan EntryHolds = TimeSpan.FromMinutes(10);

    /// <summary>Longest linked source, bytes.</summary>
    public const long SourceBytesMax = 8L << 30;

    public static void Map(RouteGroupBuilder api, string dataFolder)
    {
        api.MapGet("/recordings/{id}/segments/{segment:int:min(1)}", (string id, int segment, string entry, HttpContext http, Office office) =>
            {
                if (Opened(http, office, id, entry) is { } refusal)
                    return (IResult)Problems.Of(refusal);
                var recording = office.Store.Find<Recording>(id)!;
                var path = Path.Combine(dataFolder, "segments", new SegmentKey(DeviceId.Parse(recording.Device), recording.Epoch, recording.Number, (uint)segment).RelativePath + ".mkv");
                return File.Exists(path) ? TypedResults.PhysicalFile(path, "video/x-matroska", enableRangeProcessing: true) : Problems.Of(Refusal.NotFound("segment", $"{id}/{segment}"));
            }).WithName("segment.read").WithSummary("An original segment, byte for byte; needs the id of an entry of the register (POST /recordings/{id}/open) as entry; takes Range.").Produces(200, contentType: "video/x-matroska").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);

        api.MapGet("/linked-sources/{id}/file", (string id, string entry, HttpContext http, Office office) =>
            {
                if (OpenedSource(http, office, id, entry) is { } refusal)
                    return (IResult)Problems.Of(refusal);
                var source = office.Store.Find<LinkedSource>(id)!;
                var file = new FileInfo(Path.Combine(dataFolder, "sources", source.Sha256));
                if (!file.Exists || file.Length != source.Bytes)
                    return Problems.Of(Refusal.Conflict("damaged", "文件缺失或长度与登记不符。请从备份恢复 sources 文件夹，并登记线索。"));
                // As it came, from anybody: for saving, never for a browser to run.
                http.Response.Headers.XContentTypeOptions = "nosniff";
                http.Response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(source.Sha256))}:";
                http.Response.Headers["X-BodyCam-Source"] = source.Source;
                return TypedResults.PhysicalFile(file.FullName, "application/octet-stream", source.FileName, entityTag: new EntityTagHeaderValue($"\"{source.Sha256}\""), enableRangeProcessing: true);
            }).WithName("source.read").WithSummary("A linked source as it came, whole or in ranges, with its SHA-256 (Repr-Digest) and kind (X-BodyCam-Source); needs an entry of the register.").Produces(200, contentType: "application/octet-stream").ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);

        api.MapPost("/activities/{id}/sources", async (string id, string source, string name, DateTimeOffset takenAt, HttpContext http, Office office, CancellationToken cancel) =>
            {
                var actor = SignedIn.ActorOf(http);
                // Before a byte is read: who may not link must not fill the disk.
                if (!Permissions.May(actor, "activity.link"))
                    return Problems.Of(Permissions.Refuse("activity.link"));
                if (office.Store.Find<Activity>(id) is not { } activity)
                    return Problems.Of(Refusal.NotFound(Activity.Kind, id));
                if (!Scope.Sees(new Draft(office.Store, office.Policies, actor, "read", office.Now), activity.UnitId))
                    return Problems.Of(Refusal.NotFound(Activity.Kind, id));
                if (await SourceFiles.StoreAsync(dataFolder, http.Request.Body, SourceBytesMax, cancel).ConfigureAwait(false) is not { } stored)
                    return Problems.Of(Refusal.Invalid("size", "文件为空、超过 8 GiB，或磁盘余量不足。请分次上传，或先腾出空间。"));
                return await ActRoutes.DoAsync(http, office, "activity.link", draft => ActivityDesk.Link(draft, id, source, name, stored.Sha256, stored.Bytes, takenAt), cancel).ConfigureAwait(false);
            }).WithName("activity.link").WithSummary("Stores footage or papers of another source and links it to the activity.").WithMetadata(new ActName("activity.link"), new RequestSizeLimitAttribute(SourceBytesMax))
            .Produces<LinkedSource>().ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(404);
    }

    // The entry was made by this user for this recording, just now.
    private static Refusal? Opened(HttpContext http, Office office, string id, string entryId) =>
        Standing(http, office, entryId)?.RecordingId == id
            ? null
            : NotOpen($"/api/v1/recordings/{id}/open");

    private static Refusal? OpenedSource(HttpContext http, Office office, string id, string entryId) =>
        Standing(http, office, entryId)?.SourceId == id
            ? null
            : NotOpen($"/api/v1/linked-sources/{id}/open");

    private static RegisterEntry? Standing(HttpContext http, Office office, string entryId)
    {
        var actor = SignedIn.ActorOf(http);
        return office.Store.Find<RegisterEntry>(entryId) is { } entry && entry.UserId == actor.Id && office.Now - entry.At <= EntryHolds && office.Now >= entry.At
            && AccessDesk.StillOpens(new Draft(office.Store, office.Policies, actor, "read", office.Now), entry) ? entry : null;
    }

    private static Refusal NotOpen(string path) => Refusal.NotAllowed($"没有有效的查阅登记。请先 POST {path} 登记事由，{EntryHolds.TotalMinutes:F0} 分钟内有效。");
}

/// <summary>Files of other sources: <c>sources/&lt;sha256&gt;</c> in the data folder, durable before they are linked, never written again.</summary>
internal static class SourceFiles
{
    private const int BlockBytes = 128 * 1024;

    public static async Task<(string Sha256, long Bytes)?> StoreAsync(string dataFolder, Stream body, long bytesMax, CancellationToken cancel)
    {
        var folder = Path.Combine(dataFolder, "sources");
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, ".arriving-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        try
        {
            long bytes = 0;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BlockBytes, FileOptions.Asynchronous))
            {
                var block = new byte[BlockBytes];
                for (int read; (read = await body.ReadAsync(block, cancel).ConfigureAwait(false)) > 0;)
                {
                    bytes += read;
                    if (bytes > bytesMax || (bytes % (64 << 20) < BlockBytes && IsShort(folder)))
                        return null;
                    hash.AppendData(block, 0, read);
                    await file.WriteAsync(block.AsMemory(0, read), cancel).ConfigureAwait(false);
                }

                if (bytes == 0)
                    return null;
                FileSync.Sync(file);
            }

            var sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            var path = Path.Combine(folder, sha256);
            if (!File.Exists(path))
            {
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(temporary, UnixFileMode.UserRead | UnixFileMode.GroupRead);
                File.Move(temporary, path);
                new FolderSync(dataFolder).SyncEntryOf(path);
            }

            return (sha256, bytes);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // The last tenth of the disk is the recorders' (DESIGN §6).
    private static bool IsShort(string folder)
    {
        var drive = new DriveInfo(folder);
        return drive.AvailableFreeSpace < drive.TotalSize / 10;
    }
}
