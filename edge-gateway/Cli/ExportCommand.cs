using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Log;
using BodyCam.Packaging;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;

namespace BodyCam.Cli;

/// <summary><c>bodycam export</c>: an evidence package from a data folder or archive, under an entry of the register.</summary>
internal static class ExportCommand
{
    private const int RecordingsMax = 200;

    private static readonly Argument<string> device = new("recorder") { Description = "Recorder." };
    private static readonly Argument<uint> epoch = new("epoch") { Description = "Epoch." };
    private static readonly Argument<string> recordings = new("recordings") { Description = "Numbers, such as 3 or 1,4-6; each goes in whole." };
    private static readonly Option<string> data = new("--data") { Description = "The gateway's data folder, or an archive.", Required = true };
    private static readonly Option<string> keys = new("--keys") { Description = "The gateway's keys folder.", Required = true };
    private static readonly Option<string> output = new("--out") { Description = "The ZIP to make; nothing is overwritten.", Required = true };
    private static readonly Option<string[]> register = new("--register") { Description = "Entry of the register for each recording (action extract, under an approved request, at most 10 minutes old).", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> form = new("--form-data") { Description = "JSON with the words of the forms (docs/evidence-package.md)." };
    private static readonly Option<string?> policies = new("--policies") { Description = "Folder of the policy files (default: the ones that ship)." };
    private static readonly Option<string[]> older = new("--checkpoint") { Description = "A checkpoint that somebody else keeps: the package proves that its log continues it.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<Uri?> stamp = WebAddress.Option("--tsa", "Time stamp authority (RFC 3161) that stamps the newest checkpoint first; kept in the data folder.");
    private static readonly Option<bool> derivative = new("--derivative") { Description = "Add a viewing copy of each recording, marked as no original (ffmpeg)." };
    private static readonly Option<string?> iso = new("--iso") { Description = "Also write disc images: cd, dvd, bd, or the bytes that a disc holds." };
    private static readonly Option<bool> json = new("--json") { Description = "Print one JSON object." };

    public static Command Create()
    {
        var command = new Command("export", "Makes an evidence package of whole recordings. It leaves only under an entry of the register.") { device, epoch, recordings, data, keys, output, register, form, policies, older, stamp, derivative, iso, json };
        command.SetAction(static (parsed, cancel) => RunAsync(parsed, TimeProvider.System, cancel));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            if (!DeviceId.TryParse(parsed.GetValue(device)!, out var recorder))
                return Fail($"'{parsed.GetValue(device)}' is no recorder. Use its id, as in /status.");
            var wanted = Numbers(parsed.GetValue(recordings)!).Select(number => new PackagedRecording(recorder, parsed.GetValue(epoch), number)).ToList();
            var discBytes = 0L;
            if (parsed.GetValue(iso) is { } disc && !IsoImages.TryParseDisc(disc, out discBytes))
                return Fail($"'{disc}' is no disc: use cd, dvd, bd or a number of bytes above 8 MiB.");
            var target = Path.GetFullPath(parsed.GetValue(output)!);
            if (!target.EndsWith(".zip", StringComparison.Ordinal) || File.Exists(target))
                return Fail($"{target} is there already or does not end in .zip. Name another file with --out.");
            NamedFile.AssertPlace(target);
            var words = ExportForm.Read(parsed.GetValue(form));
            byte[][] kept = [.. parsed.GetValue(older)!.Select(static path => NamedFile.Read(path, "a checkpoint file with --checkpoint", File.ReadAllBytes))];
            var folder = parsed.GetValue(data)!;
            var now = time.GetUtcNow();
            var reader = new LogReader(Path.Combine(folder, "log"));
            var signed = reader.ReadCheckpoint() ?? throw new InvalidOperationException($"{folder} has no log/checkpoint: name a gateway's data folder or an archive with --data.");
            var entered = ExportRegister.Read(reader, signed.Checkpoint.Size, [.. wanted.Select(ExportRegister.IdOf)]);
            if (wanted.Select(recording => entered.Refusal(ExportRegister.IdOf(recording), parsed.GetValue(register)!, now)).OfType<string>().FirstOrDefault() is { } refusal)
                return Fail(refusal);
            using var key = KeyFolder.ReadKey(parsed.GetValue(keys)!, KeyFolder.GatewayKeyFile) ?? throw new InvalidOperationException($"{parsed.GetValue(keys)} has no {KeyFolder.GatewayKeyFile}: name the gateway's keys folder with --keys.");
            if (CheckpointNote.Verify(signed.Note, LogPublicKey.From(key.Ecdsa), out _) != CheckpointVerdict.Valid)
                return Fail($"the key in {parsed.GetValue(keys)} did not sign the log of {folder}. Name the keys folder of this gateway.");
            if (parsed.GetValue(stamp) is { } authority)
            {
                using var client = new HttpClient();
                await CheckpointStamps.StampAsync(folder, client, authority, cancel).ConfigureAwait(false);
            }

            var request = words.ToRequest(IdOf(Path.GetFileNameWithoutExtension(target)), wanted, now) with
            {
                Custody = entered.Custody, WithDerivatives = parsed.GetValue(derivative), OlderCheckpoints = kept,
            };
            var manifest = Write(folder, request, PolicyOf(words, parsed.GetValue(policies), now), key, target);
            var volumes = discBytes > 0 ? IsoImages.Write(target, Path.GetDirectoryName(target)!, request.Id, discBytes) : [];
            Show(target, manifest, volumes, parsed.GetValue(json));
            return ExitCode.Done;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return Fail(FailureWords.Of(failure, "run it again"));
        }
    }

    // Under another name until it is whole: a run that is cut leaves nothing that looks like a package.
    private static PackageManifest Write(string folder, PackageRequest request, PolicySet? policy, GatewayKey key, string target)
    {
        var part = target + ".part";
        try
        {
            using (var file = new FileStream(part, FileMode.Create, FileAccess.ReadWrite))
            {
                var manifest = PackageBuilder.Build(folder, request, policy, key, file);
                FileSync.Sync(file);
                file.Dispose();
                File.Move(part, target);
                return manifest;
            }
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static PolicySet? PolicyOf(ExportForm words, string? folder, DateTimeOffset now)
    {
        if (words.Policy.Length == 0)
            return null;
        var path = folder ?? Path.Combine(AppContext.BaseDirectory, "policies");
        var book = PolicyReader.ReadFolder(path, out var problems) ?? throw new InvalidOperationException($"The policies cannot be used:\n{string.Join('\n', problems)}\nMend them, then try them with 'bodycam policy check --policies {path}'.");
        // Agencies live by China's day.
        return book.At(words.Policy, DateOnly.FromDateTime(now.ToOffset(TimeSpan.FromHours(8)).DateTime)) ?? throw new InvalidOperationException($"There is no policy '{words.Policy}' for today in {path}. Look at 'bodycam policy check'.");
    }

    private static List<uint> Numbers(string text)
    {
        var numbers = new SortedSet<uint>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !uint.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from) || !uint.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var to) || from == 0 || to < from || to - from >= RecordingsMax)
                throw new InvalidOperationException($"'{text}' names no recordings: write numbers such as 3 or 1,4-6, at most {RecordingsMax}.");
            for (var number = from; number <= to; number++)
                numbers.Add(number);
        }

        return [.. numbers];
    }

    private static string IdOf(string name) => new([.. name.ToLowerInvariant().Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '-').Take(64)]);

    private static void Show(string target, PackageManifest manifest, IReadOnlyList<IsoVolume> volumes, bool asJson)
    {
        using var stream = File.OpenRead(target);
        var (bytes, sha256) = (stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { package = target, bytes, sha256, manifest, volumes }, JsonSerializerOptions.Web));
            return;
        }

        foreach (var recording in manifest.Recordings)
            Console.WriteLine($"{recording.Device} epoch {recording.Epoch} recording {recording.Recording}: {recording.Segments} segments, completeness {recording.Completeness.Replace('_', ' ')}");
        Console.WriteLine($"{target}  {bytes} bytes  sha256 {sha256}");
        foreach (var volume in volumes)
            Console.WriteLine($"{volume.Image}  {volume.Bytes} bytes  sha256 {volume.Sha256}");
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("bodycam: " + message);
        return ExitCode.Usage;
    }
}
