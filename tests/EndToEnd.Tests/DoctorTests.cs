using System.Text.Json;
using BodyCam.Archive;
using BodyCam.Cli.Doctor;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Gateway;
using BodyCam.Log;
using BodyCam.TestKit;
using Microsoft.Data.Sqlite;

namespace BodyCam.EndToEnd.Tests;

/// <summary><c>bodycam doctor</c> over a station's folders: each fault is named by its own check, with what to do.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("bodycam-doctor-").FullName;

    private string Data => Path.Combine(folder, "data");

    private string Keys => Path.Combine(folder, "keys");

    private string Archive => Path.Combine(folder, "archive");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Archive);
        await using var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Data, KeysFolder = Keys, ArchiveFolder = Archive, MqttPort = 0, HttpPort = 0, LogJson = false });
        await gateway.Ingest.ProvisionAsync(DeviceId.Parse("unit-7"), "provisioned", gateway.Provisioning(new ProvisioningValues()), CancellationToken.None);
        // Its first round may not have come to it.
        File.WriteAllText(Path.Combine(Archive, "archive.json"), "{\"kind\":\"archive\",\"version\":1}\n");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_sound_station_passes_every_check_of_its_folders()
    {
        var (code, checks) = Doctor();
        Assert.Equal(["runtime", "SQLite", "ffmpeg", "openssl", "disk", "fsync", "clock", "keys", "CA", "accounts", "log", "clock and log", "custody", "catalog", "certificates", "archive", "forecast"], checks.Select(static check => check.Name));
        Assert.All(checks.SkipWhile(static check => check.Name != "keys"), static check => Assert.True(check is { Grade: "passed", Remedy: "" }, check.ToString()));
        Assert.Equal(0, code);
    }

    /// <summary>A station that runs is always a little ahead of its archive; an older copy that was put back, or rounds that stopped, lack records of long ago.</summary>
    [Fact]
    public async Task An_archive_whose_log_ends_before_this_ones_is_told_with_both_ends_and_warned_of_after_an_hour()
    {
        await RoundAsync();
        var there = Newest.Size;
        using (var key = GatewayKey.FromPem(File.ReadAllText(Path.Combine(Keys, "gateway-key.pem"))))
        using (var log = LogWriter.Open(Path.Combine(Data, "log"), key.Ecdsa, "unused", TimeProvider.System))
            log.AppendBatch([.. Enumerable.Range(0, 3).Select(static _ => new LogRecord("note", "{}"u8.ToArray()))]);
        var words = $"the archive's log ends at record {there}, this one at {there + 3}";
        var soon = Archived(DateTimeOffset.UtcNow);
        Assert.True(soon is { Grade: DoctorGrade.Passed, Remedy: "" } && soon.Found.Contains(words, StringComparison.Ordinal), soon.ToString());
        var late = Archived(DateTimeOffset.UtcNow.AddHours(2));
        Assert.True(late.Grade == DoctorGrade.Warned && late.Found.Contains(words, StringComparison.Ordinal) && late.Remedy.Contains("next rounds", StringComparison.Ordinal), late.ToString());
        await RoundAsync();
        Assert.DoesNotContain("log", Archived(DateTimeOffset.UtcNow.AddHours(2)).Found, StringComparison.Ordinal);

        DoctorCheck Archived(DateTimeOffset now) => new StationChecks(Data, Keys, Archive, now).Run().Single(static check => check.Name == "archive");
        async Task RoundAsync() => Assert.Equal(ArchiveOutcome.Archived, await new FolderArchive(Data, Archive).ForwardLogAsync(new LogReader(Path.Combine(Data, "log")).ReadCheckpoint()!, CancellationToken.None));
    }

    [Fact]
    public void Without_keys_and_archive_only_the_data_folder_is_looked_at()
    {
        var (_, checks) = Doctor(Data, null, null);
        Assert.DoesNotContain(checks, static check => check.Name is "keys" or "CA");
        Assert.Contains(checks, static check => check is { Name: "archive", Grade: "passed" });
    }

    [Theory]
    [InlineData("a key that others may read", "keys")]
    [InlineData("no master key", "keys")]
    [InlineData("no gateway key", "keys")]
    [InlineData("no keys at all", "keys")]
    [InlineData("keys from before a rotation", "keys")]
    [InlineData("no public key", "log")]
    [InlineData("a checkpoint of another key", "log")]
    [InlineData("a leaf that was changed", "log")]
    [InlineData("a record that was changed", "log")]
    [InlineData("records that were cut", "log")]
    [InlineData("no records", "log")]
    [InlineData("no checkpoint", "log")]
    [InlineData("no log", "log")]
    [InlineData("keys of another gateway", "keys")]
    [InlineData("a key that is none", "keys")]
    [InlineData("a rotation that was broken off", "keys")]
    [InlineData("a master key of four bytes", "keys")]
    [InlineData("a master key that cannot be read", "keys")]
    [InlineData("an empty token", "keys")]
    [InlineData("a token that was cut", "keys")]
    [InlineData("a key on another curve", "keys")]
    [InlineData("epochs of NUL bytes", "keys")]
    [InlineData("a CA key that is none", "CA")]
    [InlineData("no CA key", "CA")]
    [InlineData("accounts that are no database", "accounts")]
    [InlineData("acts that are no database", "custody")]
    [InlineData("acts that are a folder", "custody")]
    [InlineData("a checkpoint that cannot be read", "log")]
    [InlineData("a torn catalog", "catalog")]
    [InlineData("no catalog", "catalog")]
    [InlineData("a certificate that ended", "certificates")]
    [InlineData("an archive that is away", "archive")]
    [InlineData("an archive that is not mounted", "archive")]
    [InlineData("another station's archive", "archive")]
    [InlineData("another station's archive without a marker", "archive")]
    [InlineData("an archive that knows more", "archive")]
    [InlineData("an archive with other records", "archive")]
    [InlineData("an archive with a log that cannot be continued", "archive")]
    [InlineData("the data folder as archive", "archive")]
    [InlineData("a segment that waits for a day", "archive")]
    [InlineData("a clock behind the log", "clock and log")]
    [InlineData("a disk that fills in days", "forecast")]
    public async Task Each_fault_fails_its_own_check_with_what_to_do(string fault, string name)
    {
        var at = DateTimeOffset.UtcNow;
        switch (fault)
        {
            case "a key that others may read" when !OperatingSystem.IsWindows(): File.SetUnixFileMode(Path.Combine(Keys, "master.key"), UnixFileMode.UserRead | UnixFileMode.GroupRead); break;
            case "no master key": File.Delete(Path.Combine(Keys, "master.key")); break;
            case "no gateway key": File.Delete(Path.Combine(Keys, "gateway-key.pem")); break;
            case "no keys at all": File.Delete(Path.Combine(Keys, "gateway-key.pem")); goto case "no master key";
            case "keys from before a rotation":
                var backup = File.ReadAllBytes(Path.Combine(Keys, "gateway-key.pem"));
                KeyRotation.Run(Data, Keys, TimeProvider.System);
                File.WriteAllBytes(Path.Combine(Keys, "gateway-key.pem"), backup);
                break;
            case "no public key": File.Delete(Path.Combine(Data, "gateway.pem")); break;
            case "a checkpoint of another key": File.WriteAllText(Path.Combine(Data, "gateway.pem"), GatewayKey.Create().PublicKeyPem); break;
            case "a leaf that was changed": Flip(Directory.EnumerateFiles(Path.Combine(Data, "log", "tile"), "*", SearchOption.AllDirectories).First(static file => !file.Contains("entries", StringComparison.Ordinal))); break;
            case "a record that was changed": Flip(Records, 100); break;
            case "records that were cut": File.WriteAllBytes(Records, File.ReadAllBytes(Records)[..^300]); break;
            case "no records": File.Delete(Records); break;
            case "no checkpoint": File.Delete(Path.Combine(Data, "log", "checkpoint")); break;
            case "no log": Directory.Delete(Path.Combine(Data, "log"), recursive: true); break;
            case "keys of another gateway": File.WriteAllText(Path.Combine(Keys, "gateway-key.pem"), GatewayKey.Create().ExportPrivatePem()); break;
            case "a key on another curve": File.WriteAllText(Path.Combine(Keys, "gateway-key.pem"), ForeignKeys.Create("secp384r1").ExportPkcs8PrivateKeyPem()); break;
            case "a key that is none": File.WriteAllText(Path.Combine(Keys, "gateway-key.pem"), "x"); break;
            case "a rotation that was broken off": File.Copy(Path.Combine(Keys, "gateway-key.pem"), Path.Combine(Keys, "gateway-key.next.pem")); goto case "keys of another gateway";
            case "a master key of four bytes": File.WriteAllBytes(Path.Combine(Keys, "master.key"), [1, 2, 3, 4]); break;
            case "a master key that cannot be read": Displace(Path.Combine(Keys, "master.key")); break;
            case "an empty token": File.WriteAllText(Path.Combine(Keys, "admin.token"), "\n"); break;
            case "a token that was cut": File.WriteAllText(Path.Combine(Keys, "admin.token"), File.ReadAllText(Path.Combine(Keys, "admin.token"))[..^1]); break;
            case "epochs of NUL bytes": File.WriteAllBytes(Path.Combine(Keys, "epochs.txt"), new byte[40]); break;
            case "a CA key that is none": File.WriteAllText(Path.Combine(Keys, "ca-key.pem"), "junk"); break;
            case "no CA key": File.Delete(Path.Combine(Keys, "ca-key.pem")); break;
            case "accounts that are no database": File.WriteAllText(Path.Combine(Keys, "accounts.db"), "junk"); break;
            case "acts that are no database": Junk(Path.Combine(Data, "custody.db")); break;
            case "acts that are a folder": Displace(Path.Combine(Data, "custody.db")); break;
            case "a checkpoint that cannot be read": Displace(Path.Combine(Data, "log", "checkpoint")); break;
            case "a torn catalog": File.WriteAllBytes(Path.Combine(Data, "catalog.db"), new byte[8192]); break;
            case "no catalog": File.Delete(Path.Combine(Data, "catalog.db")); break;
            case "a certificate that ended": Sql($"INSERT INTO certificate VALUES ('unit-7', 1, '0A', 'aa', 'bb', {Us(at.AddDays(-1))}, 1)"); break;
            case "an archive that is away": Directory.Delete(Archive, recursive: true); break;
            case "an archive that is not mounted": Segment(at.AddHours(-1), 1000, state: 2); File.Delete(Path.Combine(Archive, "archive.json")); break;
            case "another station's archive": File.WriteAllText(Path.Combine(Archive, "archive.json"), "{\"kind\":\"archive\",\"version\":1,\"log\":\"bodycam/gateway/0123456789abcdef\"}\n"); break;
            case "another station's archive without a marker": File.Delete(Path.Combine(Archive, "archive.json")); ArchiveHas("bodycam/gateway/0123456789abcdef", 0); break;
            case "an archive that knows more": ArchiveHas(Newest.Origin, 1); break;
            case "an archive with other records": Directory.CreateDirectory(Path.Combine(Archive, "log", "records")); File.Delete(Path.Combine(Archive, "log", "checkpoint")); File.WriteAllText(Path.Combine(Archive, "log", "records", "000.jsonl"), "{}\n"); break;
            case "an archive with a log that cannot be continued":
                ArchiveHas(Newest.Origin, 0);
                Directory.CreateDirectory(Path.Combine(Archive, "log", "records"));
                File.WriteAllText(Path.Combine(Archive, "log", "records", "000.jsonl"), "{}\n");
                break;
            case "the data folder as archive": Directory.Delete(Archive, recursive: true); File.CreateSymbolicLink(Archive, "data"); break;
            case "a segment that waits for a day": Segment(at.AddDays(-1), 1000); break;
            case "a clock behind the log": await LiveTomorrowAsync(); break;
            default: Segment(at.AddHours(-1), (long)(new DriveInfo(Data).AvailableFreeSpace * 0.9), state: 2); break;
        }

        var (code, checks) = Doctor();
        var failed = checks.Where(static check => check.Grade == "failed").ToList();
        Assert.True(failed.Select(static check => check.Name).SequenceEqual([name]), string.Join('\n', checks));
        Assert.NotEmpty(failed[0].Remedy);
        Assert.Contains(RemedyOf(fault), failed[0].Remedy, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    /// <summary>As another user, or as root without its rights over files: nothing is called missing, and no key is to be made anew.</summary>
    [Fact]
    public void What_this_user_may_not_read_is_told_as_that_by_doctor_and_gateway()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(Keys, UnixFileMode.None);
        File.SetUnixFileMode(Path.Combine(Data, "catalog.db"), UnixFileMode.None);
        File.SetUnixFileMode(Path.Combine(Data, "log", "checkpoint"), UnixFileMode.None);
        try
        {
            var (code, output, error) = Cli.BodycamWithoutRights("doctor", "--data", Data, "--keys", Keys, "--json");
            Assert.True(code == 1, error);
            var checks = JsonDocument.Parse(output).RootElement.GetProperty("checks").EnumerateArray().ToList();
            foreach (var name in new[] { "keys", "log", "catalog" })
            {
                var check = checks.Single(check => check.GetProperty("name").GetString() == name);
                Assert.Equal("failed", check.GetProperty("grade").GetString());
                Assert.Contains("gateway's user", check.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            }

            File.SetUnixFileMode(Path.Combine(Data, "log", "checkpoint"), UnixFileMode.UserRead);
            var (started, _, said) = Cli.BodycamWithoutRights("gateway", "--data", Data, "--keys", Keys, "--mqtt-port", "0", "--http-port", "0");
            Assert.True(started == 2 && said.Contains("cannot be read by this user", StringComparison.Ordinal), said);
            Assert.DoesNotContain("openssl", said, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void A_counter_that_is_no_number_is_warned_of()
    {
        File.WriteAllBytes(Path.Combine(Data, "counter"), new byte[16]);
        var check = Assert.Single(Doctor().Checks, static check => check.Name == "clock and log");
        Assert.True(check.Grade == "warned" && check.Remedy.Contains("clock", StringComparison.Ordinal), check.ToString());
    }

    [Fact]
    public void A_folder_in_the_place_of_a_key_is_no_missing_key()
    {
        Displace(Path.Combine(Keys, "master.key"));
        var refused = Assert.Throws<InvalidOperationException>(() => KeyFolder.Open(Keys, Data));
        Assert.Contains("is a folder", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("openssl", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_station_is_refused_when_its_keys_are_named()
    {
        var (code, _, error) = Cli.Bodycam("doctor", "--data", folder, "--keys", Keys);
        Assert.Equal(2, code);
        Assert.Contains("no gateway's data folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_whose_newest_file_of_records_is_full_is_read_too()
    {
        // Key changes are records like others; a round number of them needs no recorder.
        using (var key = GatewayKey.FromPem(File.ReadAllText(Path.Combine(Keys, "gateway-key.pem"))))
        using (var log = LogWriter.Open(Path.Combine(Data, "log"), key.Ecdsa, "unused", TimeProvider.System))
            log.AppendBatch([.. Enumerable.Range(0, (int)(256 - log.Current.Checkpoint.Size)).Select(static _ => new LogRecord("note", "{}"u8.ToArray()))]);
        Assert.Contains(Doctor().Checks, static check => check is { Name: "log", Grade: "passed", Found: "256 leaves, signed" });
        File.WriteAllBytes(Records, File.ReadAllBytes(Records)[..^30]);
        Assert.Contains(Doctor().Checks, static check => check is { Name: "log", Grade: "failed" });
    }

    private string Records => Path.Combine(Data, "log", "records", "000.jsonl");

    private Checkpoint Newest => new LogReader(Path.Combine(Data, "log")).ReadCheckpoint()!.Checkpoint;

    // A checkpoint there, of that many leaves more than this station's.
    private void ArchiveHas(string origin, long more)
    {
        using var key = GatewayKey.Create();
        Directory.CreateDirectory(Path.Combine(Archive, "log"));
        File.WriteAllBytes(Path.Combine(Archive, "log", "checkpoint"), CheckpointNote.Sign(new Checkpoint(origin, Newest.Size + more, Newest.Root), key.Ecdsa, LogPublicKey.From(key.Ecdsa)));
    }

    private string RemedyOf(string fault) => fault switch
    {
        "a record that was changed" or "records that were cut" or "no records" => "bodycam verify",
        "no checkpoint" or "no log" => "Restore log/",
        "keys of another gateway" => "keys folder",
        "no master key" => $"openssl rand -out {Path.Combine(Keys, "master.key")} 32, chmod 600 {Path.Combine(Keys, "master.key")}, and provision every recorder anew.",
        "no gateway key" => $"bodycam gateway rotate-key --data {Data} --keys {Keys}.",
        "no keys at all" => $"and provision every recorder anew. Then: bodycam gateway rotate-key --data {Data} --keys {Keys}.",
        "keys from before a rotation" => "'bodycam gateway rotate-key' again",
        "no public key" => "Start the gateway again: it writes it anew",
        "a key that is none" or "a master key of four bytes" or "a CA key that is none" or "accounts that are no database" or "epochs of NUL bytes" => "backup",
        "a master key that cannot be read" or "a checkpoint that cannot be read" => "gateway's user",
        "an empty token" or "a token that was cut" => "Remove it and start the gateway again",
        "no CA key" => "rotate-ca --lost",
        "acts that are no database" or "acts that are a folder" => "remove custody.db",
        "a rotation that was broken off" => "rotate-key",
        "an archive with a log that cannot be continued" => "bodycam verify",
        "an archive that is not mounted" => "archive.json",
        "another station's archive" or "another station's archive without a marker" => "own archive",
        "a clock behind the log" => "/api/v1/clock/confirm",
        _ => "",
    };

    // The machine's clock cannot be set here: a gateway that lived a day ahead leaves the same behind.
    private async Task LiveTomorrowAsync()
    {
        await using var gateway = await GatewayHost.StartAsync(new GatewayOptions { DataFolder = Data, KeysFolder = Keys, MqttPort = 0, HttpPort = 0, LogJson = false, Time = new Tomorrow() });
        await gateway.Ingest.ProvisionAsync(DeviceId.Parse("unit-8"), "provisioned", gateway.Provisioning(new ProvisioningValues()), CancellationToken.None);
    }

    private (int Code, List<Check> Checks) Doctor() => Doctor(Data, Keys, Archive);

    private static (int Code, List<Check> Checks) Doctor(string data, string? keys, string? archive)
    {
        List<string> arguments = ["doctor", "--data", data, "--json"];
        if (keys is not null)
            arguments.AddRange(["--keys", keys]);
        if (archive is not null)
            arguments.AddRange(["--archive", archive]);
        var (code, output, error) = Cli.Bodycam([.. arguments]);
        Assert.True(output.Length > 0, error);
        return (code, [.. JsonDocument.Parse(output).RootElement.GetProperty("checks").EnumerateArray().Select(static check => new Check(check.GetProperty("name").GetString()!, check.GetProperty("grade").GetString()!, check.GetProperty("found").GetString()!, check.GetProperty("remedy").GetString()!))]);
    }

    private void Segment(DateTimeOffset storedAt, long bytes, int state = 1) =>
        Sql($"INSERT INTO segment VALUES ('unit-7', 1, 1, 1, 1, {state}, zeroblob(32), zeroblob(32), zeroblob(32), {bytes}, 0, 0, 1, 1, 0, 0, 1, 0, {Us(storedAt)}, 2, 0)");

    private void Sql(string statement)
    {
        BodyCam.Catalog.SqliteLibrary.Load();
        using var connection = new SqliteConnection($"Data Source={Path.Combine(Data, "catalog.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private static void Displace(string file)
    {
        File.Delete(file);
        Directory.CreateDirectory(file);
    }

    private static void Junk(string database)
    {
        foreach (var ending in new[] { "-wal", "-shm" })
            File.Delete(database + ending);
        File.WriteAllText(database, "junk");
    }

    private static void Flip(string file, int fromEnd = 1)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^fromEnd] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    private static string Us(DateTimeOffset at) => ((at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private sealed record Check(string Name, string Grade, string Found, string Remedy);

    private sealed class Tomorrow : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(1);
    }
}
