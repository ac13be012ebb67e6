using Microsoft.Data.Sqlite;
using BodyCam.Archive.Tests;
using BodyCam.Cli;
using BodyCam.Gateway;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary>A gateway that cannot start says why in one line, with what to do.</summary>
public sealed class GatewayStartTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-start-" + Path.GetRandomFileName());

    private string Data => Path.Combine(folder, "data");

    private string Keys => Path.Combine(folder, "keys");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_damaged_catalog_is_to_be_removed()
    {
        await RunOnceAsync();
        File.WriteAllText(Path.Combine(Data, "catalog.db"), new string('x', 8192));
        var error = Refused();
        Assert.Contains("catalog.db", error, StringComparison.Ordinal);
        Assert.Contains("remove", error, StringComparison.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Data, "catalog.db*"))
            File.Delete(path);
        await RunOnceAsync();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(4096, false)]
    [InlineData(0, true)]
    public async Task A_damaged_database_of_accounts_or_custody_is_named_alone_with_what_to_do_with_it(int offset, bool isCustody)
    {
        await RunOnceAsync();
        var (path, other) = isCustody ? (Path.Combine(Data, "custody.db"), "accounts.db") : (Path.Combine(Keys, "accounts.db"), "custody.db");
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(offset).Fill((byte)'x');
        File.WriteAllBytes(path, bytes);
        // The log is open by then, which is told before it.
        var start = Cli.Bodycam("gateway", "--data", Data, "--keys", Keys, "--mqtt-port", "0", "--http-port", "0");
        Assert.Equal(2, start.Code);
        var error = start.Err.Trim().Split('\n')[^1];
        Assert.StartsWith($"bodycam: {path} is damaged (", error, StringComparison.Ordinal);
        Assert.Contains(isCustody ? "remove custody.db" : "restore accounts.db from the backup of the keys folder", error, StringComparison.Ordinal);
        Assert.DoesNotContain(other, error, StringComparison.Ordinal);
        if (isCustody)
            return;
        var (code, _, said) = Cli.Bodycam("account", "list", "--keys", Keys);
        Assert.Equal(2, code);
        Assert.StartsWith($"bodycam: {path} is damaged (", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE account SET rank = 'x'")]
    [InlineData("UPDATE account SET locked_until = 9223372036854775807")]
    [InlineData("UPDATE setup SET expires = 9223372036854775807")]
    public async Task A_row_of_accounts_that_cannot_be_read_is_told_with_the_file_and_what_to_do(string damage)
    {
        await RunOnceAsync();
        var path = Path.Combine(Keys, "accounts.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO account (id,name,display_name,roles,rank,state,password_hash,must_change,totp_step,recovery_hashes,failures,locked_until) VALUES ('u','n','d','','None','Active','h',0,0,'',0,0); INSERT OR REPLACE INTO setup VALUES (1,'x',1); " + damage;
            command.ExecuteNonQuery();
        }

        var start = Cli.Bodycam("gateway", "--data", Data, "--keys", Keys, "--mqtt-port", "0", "--http-port", "0");
        Assert.Equal(2, start.Code);
        Assert.StartsWith($"bodycam: {path} is damaged (a row cannot be read", start.Err.Trim().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_may_not_be_looked_into_is_left_and_the_ones_around_it()
    {
        if (!OperatingSystem.IsLinux())
            return;
        Directory.CreateDirectory(Data);
        using (new WithoutRights(Data))
            GatewayStart.Remove([Data, folder]);
        Assert.True(Directory.Exists(Data));
        GatewayStart.Remove([Data]);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Without_its_log_nothing_is_made_neither_a_log_nor_keys()
    {
        await RunOnceAsync();
        Directory.Delete(Path.Combine(Data, "log"), recursive: true);
        Directory.Move(Keys, Keys + ".off");
        Assert.Contains("Restore log/", Refused(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Data, "log")));
        Assert.False(Directory.Exists(Keys));
    }

    [Theory]
    [InlineData("not a certificate")]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void A_TLS_file_without_certificate_and_key_is_named(string content)
    {
        Directory.CreateDirectory(folder);
        var pem = Path.Combine(folder, "tls.pem");
        File.WriteAllText(pem, content);
        var error = Refused("--tls", pem);
        Assert.Contains(pem, error, StringComparison.Ordinal);
        Assert.Contains("certificate and key", error, StringComparison.Ordinal);
        Refused("--tls", pem + ".absent");
    }

    [Theory]
    [InlineData("--listen", "nowhere", "IP address")]
    [InlineData("--mqtt-port", "70000", "--mqtt-port")]
    [InlineData("--http-port", "-1", "--http-port")]
    [InlineData("--orphan-after-hours", "1e300", "--orphan-after-hours")]
    public void A_bad_address_port_or_time_is_named(string option, string value, string named)
    {
        Directory.CreateDirectory(folder);
        Assert.Contains(named, Refused(option, value), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data/keys", "127.0.0.1")]
    [InlineData("keys", "192.0.2.1")]
    [InlineData("keys", "nowhere")]
    public void A_start_that_is_refused_leaves_no_folder_behind(string keys, string address)
    {
        Directory.CreateDirectory(folder);
        var (code, _, error) = Cli.Bodycam("gateway", "--data", Path.Combine(folder, "new", "data"), "--keys", Path.Combine(folder, "new", keys), "--mqtt-port", "0", "--http-port", "0", "--listen", address);
        Assert.True(code == 2, error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("--tls")]
    [InlineData("--policies")]
    [InlineData("--calendars")]
    public void A_file_or_folder_that_is_not_there_is_named_with_its_option(string option)
    {
        Directory.CreateDirectory(folder);
        var absent = Path.Combine(folder, "absent.pem");
        var error = Refused(option, absent);
        Assert.Contains(absent, error, StringComparison.Ordinal);
        Assert.Contains($"with {option}", error, StringComparison.Ordinal);
        Assert.DoesNotContain("Mend", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public void A_file_in_the_place_of_the_data_folder_is_named_and_so_is_a_place_that_takes_none()
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Data, "");
        Assert.Contains($"{Data} is a file: name a folder with --data.", Refused(), StringComparison.Ordinal);
        File.Delete(Data);
        Assert.Contains("name another with --data.", Refused("--data", "/proc/bodycam"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_and_a_foreign_address_are_named_with_their_option_in_one_line()
    {
        await using var first = await StartAsync(httpPort: 0, "other");
        var error = Refused("--http-port", $"{first.HttpPort}");
        Assert.Contains($"port {first.HttpPort} of 127.0.0.1 (--http-port) is in use", error, StringComparison.Ordinal);
        error = Refused("--mqtt-port", $"{first.MqttPort}");
        Assert.Contains($"port {first.MqttPort} of 127.0.0.1 (--mqtt-port) is in use", error, StringComparison.Ordinal);
        error = Refused("--listen", "192.0.2.1");
        Assert.Contains("192.0.2.1 is no address of this machine", error, StringComparison.Ordinal);
        Assert.Contains("--listen", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_folder_is_told_that_one_runs_there()
    {
        await using var first = await StartAsync(httpPort: 0);
        var error = Refused();
        Assert.Contains($"another gateway is running on {Data}", error, StringComparison.Ordinal);
        Assert.Contains("stop it first", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_gateway_with_the_keys_of_one_that_runs_is_refused_over_whatever_data_and_commands_go_on_beside_it()
    {
        await using (var first = await StartAsync(httpPort: 0))
        {
            var keys = Path.Combine(folder, "data-keys");
            var other = Path.Combine(folder, "other");
            var error = Refused("--data", other, "--keys", keys);
            Assert.Contains($"another gateway is running with the keys of {keys}", error, StringComparison.Ordinal);
            Assert.Contains("--keys", error, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(other, "log", "checkpoint")));

            var kept = Path.Combine(Path.GetDirectoryName(Data)!, "kept.pem");
            File.Copy(Path.Combine(Data, "gateway.pem"), kept);
            foreach (var arguments in new string[][] { ["account", "list", "--keys", keys], ["board", "list", "--keys", keys], ["verify", Data, "--keys", keys, "--gateway-key", kept] })
            {
                var (code, _, said) = Cli.Bodycam(arguments);
                Assert.True(code == 0, said);
            }

            Assert.Contains("readable for its owner only", Cli.Bodycam("doctor", "--data", Data, "--keys", keys, "--json").Out, StringComparison.Ordinal);
            await RunOnceAsync(other);
            var rotated = Cli.Bodycam("gateway", "rotate-ca", "--data", other, "--keys", keys);
            Assert.Equal(2, rotated.Code);
            Assert.Contains($"running with the keys of {keys}", rotated.Err, StringComparison.Ordinal);
        }

        await (await StartAsync(httpPort: 0)).DisposeAsync();
    }

    [Theory]
    [InlineData("data", "is the data folder")]
    [InlineData("data/archive", "lies within the data folder")]
    [InlineData("link", "is the data folder")]
    [InlineData("link/segments", "lies within the data folder")]
    [InlineData(".", "holds the data folder")]
    [InlineData("keys", "is the keys folder")]
    [InlineData("keys/archive", "lies within the keys folder")]
    public void An_archive_that_does_not_lie_apart_from_data_and_keys_is_refused_and_nothing_is_made(string archive, string why)
    {
        Directory.CreateDirectory(Data);
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "data");
        var error = Refused("--keys", Path.Combine(folder, "keys"), "--archive", Path.Combine(folder, archive));
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.EndsWith("with --archive, on another disk.", error.Trim(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "keys")));
    }

    // A receipt given now would stand in a log that has to be replaced by the archive's.
    [Fact]
    public async Task A_data_folder_that_is_older_than_its_archive_gives_no_receipt_until_the_archives_log_is_in_its_place()
    {
        await (await StartAsync(httpPort: 0)).DisposeAsync();
        var (log, archive, older) = (Path.Combine(Data, "log"), Path.Combine(folder, "archive"), Path.Combine(folder, "older"));
        FolderTree.Copy(log, older);
        await using (var host = await StartAsync(httpPort: 0))
            await host.Ingest.ProvisionAsync(Core.DeviceId.Parse("unit-1"), "provisioned", null, default);
        FolderTree.Copy(log, Path.Combine(archive, "log"));
        Directory.Delete(log, recursive: true);
        FolderTree.Copy(older, log);
        var before = File.ReadAllBytes(Path.Combine(log, "checkpoint"));
        var error = Refused("--keys", Path.Combine(folder, "data-keys"), "--archive", archive);
        Assert.Contains($"The log in {archive} has ", error, StringComparison.Ordinal);
        Assert.Contains("operations.md, A log that parted", error, StringComparison.Ordinal);
        Assert.Contains("put log/ of the archive in the place of its own, move custody.db, custody.db-wal and custody.db-shm away, start the gateway again", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(log, "checkpoint")));
        Directory.Delete(log, recursive: true);
        FolderTree.Copy(Path.Combine(archive, "log"), log);
        await (await StartAsync(httpPort: 0)).DisposeAsync();
    }

    [Fact]
    public async Task A_custody_database_whose_newest_act_is_not_the_logs_is_refused_and_made_anew_once_it_is_moved_away()
    {
        await RunOnceAsync();
        var path = Path.Combine(Data, "custody.db");
        using (var db = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            db.Open();
            using var change = db.CreateCommand();
            change.CommandText = "SELECT length(value) FROM meta WHERE name = 'root'";
            Assert.Equal(32L, change.ExecuteScalar());
            change.CommandText = "UPDATE act SET body = replace(body, '\"name\":\"', '\"name\":\"x') WHERE sequence = (SELECT MAX(sequence) FROM act)";
            Assert.Equal(1, change.ExecuteNonQuery());
        }

        var start = Cli.Bodycam("gateway", "--data", Data, "--keys", Keys, "--mqtt-port", "0", "--http-port", "0");
        Assert.Equal(2, start.Code);
        var error = start.Err.Trim().Split('\n')[^1];
        Assert.Contains($"What {path} followed is not the log", error, StringComparison.Ordinal);
        Assert.Contains("Move custody.db, custody.db-wal and custody.db-shm away", error, StringComparison.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Data, "custody.db*"))
            File.Delete(file);
        await RunOnceAsync();
    }

    [Fact]
    public async Task Of_first_starts_at_once_over_the_same_folders_one_comes_up_and_the_others_are_told()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            try
            {
                return ((GatewayHost?)await StartAsync(httpPort: 0), "");
            }
            catch (InvalidOperationException refused)
            {
                return (null, refused.Message);
            }
        })));
        await using var up = Assert.Single(starts, static start => start.Item1 is not null).Item1!;
        Assert.All(starts.Where(static start => start.Item1 is null), static start => Assert.Contains("another gateway is running with the keys of", start.Item2, StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(folder, "data-keys")), static path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_of_another_gateway_are_told_as_that_and_a_damaged_log_with_the_folder_to_verify()
    {
        await RunOnceAsync();
        await (await StartAsync(httpPort: 0, "other")).DisposeAsync();
        var error = Refused("--keys", Path.Combine(folder, "other-keys"));
        Assert.Contains($"run: bodycam verify {Data}. If {Path.Combine(folder, "other-keys")} has the keys of another gateway", error, StringComparison.Ordinal);
        Assert.EndsWith("--keys FOLDER.", error.Trim(), StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(Data, "log", "checkpoint"), "nothing");
        error = Refused();
        Assert.EndsWith($"run: bodycam verify {Data}.", error.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_start_that_failed_the_same_process_can_start_it_again()
    {
        await using (var first = await StartAsync(httpPort: 0))
            await Assert.ThrowsAnyAsync<IOException>(() => StartAsync(first.HttpPort, "other"));
        await using var again = await StartAsync(httpPort: 0, "other");
        Assert.False(again.HasFailed);
    }

    private Task<GatewayHost> StartAsync(int httpPort, string name = "data") =>
        GatewayHost.StartAsync(new GatewayOptions { DataFolder = Path.Combine(folder, name), KeysFolder = Path.Combine(folder, name + "-keys"), MqttPort = 0, HttpPort = httpPort, LogJson = false });

    private async Task RunOnceAsync(string? data = null) =>
        await (await GatewayHost.StartAsync(new GatewayOptions { DataFolder = data ?? Data, KeysFolder = Keys, MqttPort = 0, HttpPort = 0, LogJson = false })).DisposeAsync();

    private string Refused(params string[] more)
    {
        string[] free = [.. new[] { "--mqtt-port", "--http-port" }.Except(more).SelectMany(static option => new[] { option, "0" })];
        string[] own = [.. (more.Contains("--data") ? [] : new[] { "--data", Data }), .. (more.Contains("--keys") ? [] : new[] { "--keys", Keys })];
        var (code, _, error) = Cli.Bodycam(["gateway", .. own, .. free, .. more]);
        Assert.Equal(2, code);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("bodycam: ", error, StringComparison.Ordinal);
        return error;
    }
}
