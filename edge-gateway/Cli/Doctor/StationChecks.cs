using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BodyCam.Accounts;
using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Custody.Store;
using BodyCam.Evidence;
using BodyCam.Gateway;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Cli.Doctor;

/// <summary>What a station's folders say: keys, log, catalog, archive, certificates, and when the disk will be full. Reads only; a gateway may run meanwhile.</summary>
internal sealed class StationChecks(string data, string? keys, string? archive, DateTimeOffset now)
{
    /// <summary>What to do where something may not be read.</summary>
    public const string AsGatewaysUser = "Run this as the gateway's user; look at the disk and at who may read there.";
    private const string PublicKeyFile = "gateway.pem";
    private const int ForecastDays = 7;
    private const int ForecastWarnDays = 30;
    private const int ForecastFailDays = 7;
    private const int CertificateWarnDays = 30;
    private const int DifferencesShownMax = 3;

    // All of the log is read for it: some seconds.
    private const long ComparedLeavesMax = 1_000_000;

    // A segment goes to the archive within seconds of its receipt; an hour is an outage.
    private static readonly TimeSpan archiveLate = TimeSpan.FromHours(1);

    // Records ahead of this clock by more than it may differ between two looks at it.
    private static readonly TimeSpan aheadMax = TimeSpan.FromMinutes(1);

    // A gateway that runs goes on while its log is read.
    private const int LogReadsMax = 4;

    private readonly LogReader log = new(Path.Combine(data, "log"));

    /// <summary>True when the folder has a log, or what tells of one that is gone.</summary>
    public static bool IsStation(string folder)
    {
        try
        {
            return Path.Exists(Path.Combine(folder, "log", "checkpoint")) || LogTraces(folder).Count > 0;
        }
        catch (UnauthorizedAccessException)
        {
            return true; // a log that this user may not read
        }
    }

    public IReadOnlyList<DoctorCheck> Run()
    {
        var checks = new List<DoctorCheck>();
        if (keys is not null)
            checks.AddRange([Keys(keys), Authority(keys), StationDatabase.Look("accounts", Path.Combine(keys, AccountStore.FileName), DatabaseWords.Accounts)]);
        checks.AddRange(Log());
        checks.Add(Custody(!checks.Exists(static check => check is { Name: "log", Grade: DoctorGrade.Failed })));
        checks.AddRange(StationCatalog.Look(Path.Combine(data, "catalog.db"), Leaves, catalog => [Certificates(catalog), Archive(catalog), Forecast(catalog)]));
        return checks;
    }

    private static IReadOnlyList<string> LogTraces(string folder) => LostLog.Traces(new PosixDisk(folder), new LogReader(Path.Combine(folder, "log")));

    private DoctorCheck Keys(string folder)
    {
        try
        {
            return KeysAsRead(folder);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return DoctorCheck.Failed("keys", unreadable.Message.TrimEnd('.'), $"{AsGatewaysUser} If a key is spoilt, restore it from its backup.");
        }
    }

    private DoctorCheck KeysAsRead(string folder)
    {
        // By the names in it: below a folder that may not be read every file is as absent.
        var names = Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        var missing = new[] { KeyFolder.MasterFile, KeyFolder.GatewayKeyFile }.Where(name => !names.Contains(name)).ToList();
        if (missing.Count > 0)
            return DoctorCheck.Failed("keys", $"{string.Join(", ", missing)} missing in {folder}", $"Mount the keys folder or restore it from its backup. If it is lost for good: {string.Join(" Then: ", missing.Select(name => KeyFolder.WhenLost(folder, data, name)))}");
        var open = Directory.EnumerateFiles(folder).Where(static file => Path.GetFileName(file) is KeyFolder.MasterFile or KeyFolder.GatewayKeyFile or CertificateAuthority.PrivateFile or KeyFolder.TokenFile && IsForOthers(file)).Select(Path.GetFileName).ToList();
        if (open.Count > 0)
            return DoctorCheck.Failed("keys", $"{string.Join(", ", open)} may be read by others", "Run 'chmod 600' on them; if others had accounts here, change the keys ('bodycam gateway rotate-key', 'rotate-ca').");
        try
        {
            StationFile.Require(new[] { KeyFolder.MasterFile, KeyFolder.GatewayKeyFile, KeyFolder.NextKeyFile, KeyFolder.TokenFile, EpochMarks.FileName }.Select(name => Path.Combine(folder, name)));
            KeyFolder.AssertApart(folder, data);
            KeyFolder.AssertReadable(folder);
            _ = EpochMarks.Open(folder);
            if (Signed(folder, KeyFolder.GatewayKeyFile))
                return DoctorCheck.Passed("keys", $"{folder}, readable for its owner only");
            return Signed(folder, KeyFolder.NextKeyFile)
                ? DoctorCheck.Failed("keys", $"the newest checkpoint is signed by {KeyFolder.NextKeyFile}: a rotation was broken off", "Run 'bodycam gateway rotate-key' again: it goes on where it was.")
                : FormerKey.FileOf(data, folder) is { } former
                    ? DoctorCheck.Failed("keys", $"{KeyFolder.GatewayKeyFile} in {folder} is the key from before a rotation, whose public half is {former}", FormerKey.Remedy)
                : DoctorCheck.Failed("keys", $"{KeyFolder.GatewayKeyFile} in {folder} is not the key that signed this log's newest checkpoint", "Name or mount this station's own keys folder, or restore it from its backup. Where it surely is its own, and the data folder was put back from before a rotation of the key, stop the gateway and run 'bodycam gateway rotate-key' again.");
        }
        catch (InvalidOperationException spoilt)
        {
            var (found, remedy) = Halves(spoilt.Message);
            return DoctorCheck.Failed("keys", found, remedy);
        }
    }

    // Without a checkpoint there is nothing that it should have signed; a torn one is the log's fault.
    private bool Signed(string folder, string name)
    {
        using var key = KeyFolder.ReadKey(folder, name);
        return OwnCheckpoint() is not { } signed || (key is not null && CheckpointNote.Verify(signed.Note, LogPublicKey.From(key.Ecdsa), out _) != CheckpointVerdict.UnknownSigner);
    }

    private long Leaves => OwnCheckpoint()?.Checkpoint.Size ?? 0;

    // Null too where it cannot be read: the log's own check tells of it.
    private SignedCheckpoint? OwnCheckpoint()
    {
        try
        {
            return log.ReadCheckpoint();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // "what is wrong: what to do", as the gateway says it.
    private static (string Found, string Remedy) Halves(string words)
    {
        var at = words.IndexOf(": ", StringComparison.Ordinal);
        return at < 0 ? (words, AsGatewaysUser) : (words[..at], string.Concat(words[(at + 2)..(at + 3)].ToUpperInvariant(), words.AsSpan(at + 3)));
    }

    private static bool IsForOthers(string file) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != UnixFileMode.None;

    private DoctorCheck Authority(string folder)
    {
        var path = Path.Combine(folder, CertificateAuthority.PublicFile);
        var own = Path.Combine(folder, CertificateAuthority.PrivateFile);
        try
        {
            StationFile.Require([path, own, Path.Combine(folder, CertificateAuthority.CrossFile), .. CertificateAuthority.RetiredFiles(folder)]);
            CertificateAuthority.AssertReadable(folder);
            if (!File.Exists(path))
                return DoctorCheck.Warned("CA", "none yet", "The gateway makes one at its next start.");
            if (!File.Exists(own))
                return DoctorCheck.Failed("CA", $"{CertificateAuthority.PrivateFile} is missing in {folder}", "Restore it from its backup; if it is lost for good, run 'bodycam gateway rotate-ca --lost' and make each board anew.");
            using var certificate = X509Certificate2.CreateFromPem(StationFile.Text(path));
            var left = certificate.NotAfter.ToUniversalTime() - now.UtcDateTime;
            var found = string.Create(CultureInfo.InvariantCulture, $"until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}");
            return left.TotalDays switch
            {
                < 0 => DoctorCheck.Failed("CA", found, "Run 'bodycam gateway rotate-ca': no recorder comes in."),
                < 365 => DoctorCheck.Warned("CA", found, "Plan 'bodycam gateway rotate-ca' and the boards' turn on the bench."),
                _ => DoctorCheck.Passed("CA", found),
            };
        }
        catch (InvalidOperationException spoilt)
        {
            var (found, remedy) = Halves(spoilt.Message);
            return DoctorCheck.Failed("CA", found, remedy);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return DoctorCheck.Failed("CA", unreadable.Message.TrimEnd('.'), AsGatewaysUser);
        }
        catch (CryptographicException unreadable)
        {
            return DoctorCheck.Failed("CA", $"{path} cannot be read ({unreadable.Message.TrimEnd('.')})", "Remove ca.pem; the gateway writes it again from ca-key.pem.");
        }
    }

    private IEnumerable<DoctorCheck> Log()
    {
        SignedCheckpoint? signed;
        byte[] root;
        StoredRecord? newest;
        var pem = Path.Combine(data, PublicKeyFile);
        LogPublicKey? key = null;
        bool isCounterUnreadable, isKeyThere;
        try
        {
            if (LogTraces(data) is { Count: > 0 } traces)
                return [DoctorCheck.Failed("log", $"no log/checkpoint, but {string.Join(", ", traces)}: the log is gone", LostLog.Remedy)];
            isCounterUnreadable = new DownCounter(new PosixDisk(data)).IsUnreadable;
            (signed, root, newest) = ReadLog();
            isKeyThere = Path.Exists(pem);
            if (isKeyThere)
                key = LogPublicKey.FromPem(StationFile.Text(pem));
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException or LogBrokenException)
        {
            return [DoctorCheck.Failed("log", broken.Message.TrimEnd('.'), "Run 'bodycam verify' on the folder; restore what it names.")];
        }
        catch (InvalidOperationException spoilt)
        {
            var (what, remedy) = Halves(spoilt.Message);
            return [DoctorCheck.Failed("log", what, remedy)];
        }
        catch (UnauthorizedAccessException refused)
        {
            return [DoctorCheck.Failed("log", refused.Message.TrimEnd('.'), $"{AsGatewaysUser} If a folder stands in the place of that file, run 'bodycam verify' on the data folder and restore what it names.")];
        }

        if (signed is null || !signed.Checkpoint.Root.AsSpan().SequenceEqual(root))
            return [DoctorCheck.Failed("log", "its leaves have not the root that was signed", "Run 'bodycam verify' on the folder; restore what it names.")];
        if (!isKeyThere)
            return [DoctorCheck.Failed("log", $"there is no {PublicKeyFile} in {data}: who signed the log cannot be looked at", "Start the gateway again: it writes it anew from its key. Compare it with the copy kept elsewhere; without one, back it up now, outside the station.")];
        if (key is null || CheckpointNote.Verify(signed.Note, key, out _) != CheckpointVerdict.Valid)
            return [DoctorCheck.Failed("log", "the newest checkpoint is not signed by gateway.pem", "Compare gateway.pem with the copy kept elsewhere; run 'bodycam verify' with that copy.")];
        var found = string.Create(CultureInfo.InvariantCulture, $"{signed.Checkpoint.Size:N0} leaves, signed");
        var at = newest is null ? now : DateTimeOffset.UnixEpoch.AddTicks(newest.TimeUs * TimeSpan.TicksPerMicrosecond);
        return at > now + aheadMax
            ? [DoctorCheck.Passed("log", found), DoctorCheck.Failed("clock and log", string.Create(CultureInfo.InvariantCulture, $"the newest leaf is {(at - now).TotalMinutes:F0} min ahead of this clock"), "Set the clock and keep it with NTP, then an administrator confirms it with POST /api/v1/clock/confirm: nothing expires until then.")]
            : isCounterUnreadable ? [DoctorCheck.Passed("log", found), DoctorCheck.Warned("clock and log", $"{DownCounter.FileName}, which the messages down go on from, is no number", DownCounter.Remedy)]
            : [DoctorCheck.Passed("log", found), DoctorCheck.Passed("clock and log", string.Create(CultureInfo.InvariantCulture, $"newest leaf at {at:u}"))];
    }

    private (SignedCheckpoint? Signed, byte[] Root, StoredRecord? Newest) ReadLog()
    {
        for (var read = 1; ; read++)
        {
            var signed = log.ReadCheckpoint();
            try
            {
                return signed is null ? (null, [], null) : (signed, log.RootAt(signed.Checkpoint.Size), log.ReadNewest(signed.Checkpoint));
            }
            catch (Exception moved) when (moved is InvalidDataException or LogBrokenException && read < LogReadsMax && log.ReadCheckpoint()?.Checkpoint.Size != signed!.Checkpoint.Size)
            {
                // What it covers was replaced meanwhile.
            }
        }
    }

    // A log that is damaged is told by its own check; custody.db is not to be judged by it.
    private DoctorCheck Custody(bool isLogSound)
    {
        var look = StationDatabase.Look("custody", Path.Combine(data, SqliteCustodyStore.FileName), DatabaseWords.Custody, Leaves);
        if (look.Grade != DoctorGrade.Passed || !isLogSound || !File.Exists(Path.Combine(data, SqliteCustodyStore.FileName)))
            return look;
        try
        {
            if (log.ReadCheckpoint()!.Checkpoint.Size > ComparedLeavesMax)
                return look with { Found = string.Create(CultureInfo.InvariantCulture, $"{look.Found}; with more than {ComparedLeavesMax:N0} leaves 'bodycam verify' alone compares it with the log") };
            var differences = CustodyCheck.Differences(data);
            if (differences is [{ Kind: DifferenceKind.NotCompared } not])
                return DoctorCheck.Warned("custody", $"{look.Found}; it was not compared with the log: {not.What}", StoreDifference.WhenNotCompared);
            return differences.Count == 0
                ? look with { Found = $"{look.Found}; it is what the log's acts give" }
                : DoctorCheck.Failed("custody", CustodyFindings.Of(string.Join("; ", differences.Take(DifferencesShownMax).Select(static difference => difference.What)) + (differences.Count > DifferencesShownMax ? string.Create(CultureInfo.InvariantCulture, $"; and {differences.Count - DifferencesShownMax} more") : "")).TrimEnd('.'), CustodyFindings.Remedy(differences.Select(static difference => difference.Kind)));
        }
        catch (UnauthorizedAccessException refused)
        {
            return DoctorCheck.Failed("custody", refused.Message.TrimEnd('.'), AsGatewaysUser);
        }
    }

    private DoctorCheck Certificates(StationCatalog catalog)
    {
        var (expired, soon) = (catalog.CertificatesEndingBefore(now), catalog.CertificatesEndingBefore(now.AddDays(CertificateWarnDays)));
        var ends = soon.Except(expired, StringComparer.Ordinal).ToList();
        return expired.Count > 0 ? DoctorCheck.Failed("certificates", $"ended: {string.Join(", ", expired)}{(ends.Count > 0 ? $"; within {CertificateWarnDays} days: {string.Join(", ", ends)}" : "")}", "Run 'bodycam board new ID --again' for each and flash its files.")
            : ends.Count > 0 ? DoctorCheck.Warned("certificates", $"within {CertificateWarnDays} days: {string.Join(", ", ends)}", "Run 'bodycam board new ID --again' for each and flash its files.")
            : DoctorCheck.Passed("certificates", "none of a recorder ends soon");
    }

    private DoctorCheck Archive(StationCatalog catalog)
    {
        var (count, oldest) = catalog.NotArchived();
        if (archive is null)
            return count == 0 ? DoctorCheck.Passed("archive", "not looked at (no --archive); nothing waits for one") : DoctorCheck.Warned("archive", string.Create(CultureInfo.InvariantCulture, $"{count:N0} segments lie here only"), "Name the archive with --archive, here and at the gateway's start.");
        if (!Directory.Exists(archive))
            return DoctorCheck.Failed("archive", $"{archive} is not there", "Mount it; the gateway goes on by itself.");
        if (catalog.ArchivedCount is > 0 and var archived && !File.Exists(Path.Combine(archive, ArchiveMarker.FileName)))
            return DoctorCheck.Failed("archive", string.Create(CultureInfo.InvariantCulture, $"{archive} has no {ArchiveMarker.FileName}, and {archived:N0} segments were archived"), "Mount the archive there; the gateway goes on by itself. A new one begins with an archive.json put there by hand (operations.md, A new archive).");
        if (Refused(archive) is { } refused)
            return refused;
        var (behind, isLate) = Behind(archive);
        var found = string.Create(CultureInfo.InvariantCulture, $"{count:N0} segments wait{(oldest is { } since ? $", the oldest since {since:u}" : "")}{behind}");
        return oldest < now - archiveLate ? DoctorCheck.Failed("archive", found, "Look at the gateway's log for 'archive': room, rights, connection.")
            : isLate ? DoctorCheck.Warned("archive", found, "Run the gateway with this --archive: its next rounds bring what is missing there; then look again. If an older copy of the archive was put back, it looks through all of it, which takes a while.")
            : DoctorCheck.Passed("archive", found);
    }

    // A station that runs is always a little ahead of its archive. What is missing there for longer than an outage is told apart by when the first record that it lacks was made.
    private (string Words, bool IsLate) Behind(string archive)
    {
        if (!IsLogSound())
            return ("", false);
        long there, here;
        DateTimeOffset since;
        try
        {
            (there, here) = Look(archive).Sizes();
            if (there >= here)
                return ("", false);
            since = log.ReadRecord(there) is { } first ? DateTimeOffset.UnixEpoch.AddTicks(first.TimeUs * TimeSpan.TicksPerMicrosecond) : now;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return ($"; the ends of the two logs cannot be read ({unreadable.Message.TrimEnd('.')})", true);
        }

        return (string.Create(CultureInfo.InvariantCulture, $"; the archive's log ends at record {there:N0}, this one at {here:N0}, {since:u} the first that is missing there"), since < now - archiveLate);
    }

    private ArchiveLook Look(string archive) =>
        new(data, archive, () => new LogReader(Path.Combine(data, "log")).ReadCheckpoint()?.Checkpoint ?? throw new IOException($"{Path.Combine(data, "log", "checkpoint")} cannot be read"));

    // As the gateway judges it, by the same code; a log that is damaged here is told by its own check.
    private DoctorCheck? Refused(string archive)
    {
        const string MountOwn = "Mount this station's own archive there, or name it with --archive, here and at the gateway's start.";
        try
        {
            if (!IsLogSound())
                return null;
            if (keys is not null)
                StationFolders.AssertApart(data, keys, archive);
            return Look(archive).Fault() is { } why ? Told(why) : null;
        }
        catch (InvalidOperationException apart)
        {
            var (found, remedy) = Halves(apart.Message);
            return DoctorCheck.Failed("archive", found, remedy);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return DoctorCheck.Failed("archive", $"{archive} cannot be read ({unreadable.Message.TrimEnd('.')})", MountOwn);
        }
    }

    // The gateway's words: what is so in the first sentence, then what to do.
    private static DoctorCheck Told(string why) =>
        why.Split(". ", 2) is [var found, { Length: > 0 } remedy] ? DoctorCheck.Failed("archive", found, remedy) : DoctorCheck.Failed("archive", why, "Look at the archive's folder and its disk.");

    private bool IsLogSound()
    {
        try
        {
            var (signed, root, _) = ReadLog();
            return signed is not null && signed.Checkpoint.Root.AsSpan().SequenceEqual(root);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or InvalidDataException or LogBrokenException)
        {
            return false;
        }
    }

    private DoctorCheck Forecast(StationCatalog catalog)
    {
        var (bytes, since) = catalog.StoredSince(now.AddDays(-ForecastDays));
        if (since is not { } first || bytes == 0)
            return DoctorCheck.Passed("forecast", $"nothing was stored in {ForecastDays} days");
        var days = Math.Max(1, (now - first).TotalDays);
        var drive = new DriveInfo(data);
        var room = drive.AvailableFreeSpace - (drive.TotalSize * MachineChecks.ReserveShare);
        var left = Math.Max(0, room / (bytes / days));
        var found = string.Create(CultureInfo.InvariantCulture, $"{bytes / days / 1e9:F2} GB a day, room for {Math.Min(left, 9999):F0} days");
        return left switch
        {
            < ForecastFailDays => DoctorCheck.Failed("forecast", found, "Add room now, or purge what is due: the gateway stops taking in at 10 % free."),
            < ForecastWarnDays => DoctorCheck.Warned("forecast", found, "Add room, or review what is due to be purged."),
            _ => DoctorCheck.Passed("forecast", found),
        };
    }
}
