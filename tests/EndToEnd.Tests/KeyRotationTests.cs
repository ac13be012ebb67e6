using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Core.Wire;
using BodyCam.Gateway;
using BodyCam.Log;
using BodyCam.TestKit;

namespace BodyCam.EndToEnd.Tests;

/// <summary>The gateway's key is changed or lost, as operations.md has it.</summary>
public sealed class KeyRotationTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "bodycam-rotation-" + Path.GetRandomFileName());

    private string Data => Path.Combine(folder, "data");

    private string Keys => Path.Combine(folder, "keys");

    private string KeyFile => Path.Combine(Keys, "gateway-key.pem");

    private string NextFile => Path.Combine(Keys, "gateway-key.next.pem");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task After_a_rotation_the_same_log_goes_on_under_the_new_key_and_the_old_one_vouches_for_it()
    {
        await RunAsync("provisioned");
        var oldPem = File.ReadAllText(Path.Combine(Data, "gateway.pem"));
        var old = LogPublicKey.FromPem(oldPem)!;
        var before = Newest();
        var oldNote = before.Note;

        var done = Rotate();
        Assert.True(done.GetProperty("vouchedFor").GetBoolean());
        Assert.Equal(LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, done.GetProperty("oldKeyFile").GetString()!)))!.KeyId, old.KeyId);
        Assert.False(File.Exists(NextFile));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        await RunAsync("reissued");

        var next = LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, "gateway.pem")))!;
        Assert.NotEqual(old.KeyId, next.KeyId);
        var after = Newest();
        Assert.Equal(before.Checkpoint.Origin, after.Checkpoint.Origin);
        Assert.Equal(before.Checkpoint.Size + 2, after.Checkpoint.Size);
        Assert.Equal(CheckpointVerdict.Valid, CheckpointNote.Verify(after.Note, next, out _));
        Assert.Equal(CheckpointVerdict.Valid, CheckpointNote.Verify(oldNote, old, out _));
        var history = KeyHistory.Read(new LogReader(Path.Combine(Data, "log")), after.Checkpoint);
        Assert.True(history.Vouches(old, next));
        Assert.Equal(before.Checkpoint.Size, Assert.Single(history.Changes).Sequence);
        Assert.Empty(LogAudit.Run(Path.Combine(Data, "log"), next, [before.Checkpoint]).Faults);
        Assert.Equal(0, Cli.Bodycam("verify", Data, "--gateway-key", Kept("gateway.pem")).Code);
    }

    [Fact]
    public async Task What_the_old_key_signed_still_holds_under_its_public_half_and_the_history_names_it()
    {
        (await WithSegmentAsync()).Dispose();
        var done = Rotate();
        await RunAsync("reissued");
        using var old = ECDsa.Create();
        old.ImportFromPem(File.ReadAllText(Path.Combine(Data, done.GetProperty("oldKeyFile").GetString()!)));
        var receipt = File.ReadAllBytes(Directory.EnumerateFiles(Path.Combine(Data, "segments"), "*.receipt", SearchOption.AllDirectories).Single());
        Assert.True(Receipt.SignatureMatches(receipt, old));
        var reader = new LogReader(Path.Combine(Data, "log"));
        var newest = LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, "gateway.pem")))!;
        var history = KeyHistory.Read(reader, Newest().Checkpoint);
        var segment = reader.ReadRecords(0, Newest().Checkpoint.Size).First(static record => record.Type == "segment");
        Assert.Equal(LogPublicKey.From(old).KeyId, history.KeyAt(segment.Sequence, newest).KeyId);
        Assert.Equal(RefusalReason.None, Receipt.TryParse(receipt, out var parsed));
        Assert.Equal(LogPublicKey.From(old).KeyId, history.Find(parsed!.GatewayKeyId.ToString("x16", CultureInfo.InvariantCulture))!.KeyId);

        // The old public key, kept outside since before the rotation, is an anchor as good as the new one.
        foreach (var anchor in new[] { "gateway.pem", done.GetProperty("oldKeyFile").GetString()! })
        {
            var (code, output, _) = Cli.Bodycam("verify", Data, "--gateway-key", Kept(anchor));
            Assert.True(code == 0, output);
            Assert.Contains("key_changed", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_former_public_key_makes_nobody_wait()
    {
        await RunAsync("provisioned");
        var own = LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, "gateway.pem")))!;
        using (var make = Process.Start("mkfifo", [Path.Combine(Data, $"gateway-{KeyChange.IdOf(own)}.pem")]))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Null(await Task.Run(() => FormerKey.FileOf(Data, Keys)).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_lost_key_is_named_at_the_start_and_the_rotation_makes_a_new_one_for_the_same_log()
    {
        await RunAsync("provisioned");
        var old = LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, "gateway.pem")))!;
        File.Delete(KeyFile);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("reissued"));
        Assert.Contains("rotate-key", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile));

        Assert.False(Rotate().GetProperty("vouchedFor").GetBoolean());
        await RunAsync("reissued");
        var next = LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, "gateway.pem")))!;
        var history = KeyHistory.Read(new LogReader(Path.Combine(Data, "log")), Newest().Checkpoint);
        Assert.Equal("lost", Assert.Single(history.Changes).Reason);
        Assert.False(history.Vouches(old, next));
        var kept = Path.Combine(folder, "kept.pem");
        File.WriteAllText(kept, old.ToPem());
        Assert.Equal(1, Cli.Bodycam("verify", Data, "--gateway-key", kept).Code);
        Assert.Equal(0, Cli.Bodycam("verify", Data, "--gateway-key", Kept("gateway.pem")).Code);
    }

    // A copy outside of what is checked.
    private string Kept(string name)
    {
        var kept = Path.Combine(folder, "kept-" + name);
        File.Copy(Path.Combine(Data, name), kept);
        return kept;
    }

    [Fact]
    public async Task A_keys_folder_that_is_not_mounted_gets_no_keys()
    {
        await RunAsync("provisioned");
        Directory.Move(Keys, Keys + "-elsewhere");
        Directory.CreateDirectory(Keys);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("reissued"));
        Assert.Contains("mount the keys folder", failure.Message, StringComparison.Ordinal);
        var (code, _, error) = Cli.Bodycam("gateway", "rotate-key", "--data", Data, "--keys", Keys);
        Assert.Equal(2, code);
        Assert.Contains("mount the keys folder", error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Keys));
        Directory.Delete(Keys);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("reissued"));
        Assert.False(Directory.Exists(Keys));
        Directory.Move(Keys + "-elsewhere", Keys);
        await RunAsync("reissued");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_that_was_made_anew_beside_the_log_is_replaced_like_a_lost_one(bool isBrokenOff)
    {
        await RunAsync("provisioned");
        var old = LogPublicKey.FromPem(File.ReadAllText(Path.Combine(Data, "gateway.pem")))!;
        using (var stranger = GatewayKey.Create())
            File.WriteAllText(KeyFile, stranger.ExportPrivatePem());
        await Assert.ThrowsAsync<LogBrokenException>(() => RunAsync("reissued"));
        if (isBrokenOff)
        {
            using var next = KeyFolder.CreateNextKey(Keys);
            LogWriter.Open(Path.Combine(Data, "log"), next.Ecdsa, "not/used", TimeProvider.System, previousKeys: [old]).Dispose();
        }

        var done = Rotate();
        Assert.False(done.GetProperty("vouchedFor").GetBoolean());
        Assert.Equal(KeyChange.IdOf(old), done.GetProperty("oldKeyId").GetString());
        await RunAsync("reissued");
    }

    [Fact]
    public async Task While_the_gateway_runs_a_rotation_is_refused_and_leaves_nothing()
    {
        await using (await StartAsync())
        {
            var (code, _, error) = Cli.Bodycam("gateway", "rotate-key", "--data", Data, "--keys", Keys);
            Assert.Equal(2, code);
            Assert.Contains("stop the gateway", error, StringComparison.Ordinal);
            Assert.False(File.Exists(NextFile));
        }

        await RunAsync("provisioned");
    }

    [Theory]
    [InlineData("key made")]
    [InlineData("log signed")]
    [InlineData("record written")]
    [InlineData("public key written")]
    public async Task Broken_off_anywhere_it_is_finished_by_running_it_again(string after)
    {
        await RunAsync("provisioned");
        var oldPrivate = File.ReadAllText(KeyFile);
        var oldPublic = File.ReadAllText(Path.Combine(Data, "gateway.pem"));
        var next = KeyFolder.CreateNextKey(Keys);
        if (after == "log signed")
            LogWriter.Open(Path.Combine(Data, "log"), next.Ecdsa, "not/used", TimeProvider.System, previousKeys: [LogPublicKey.FromPem(oldPublic)!]).Dispose();
        else if (after != "key made")
        {
            Rotate();
            File.Move(KeyFile, NextFile);
            File.WriteAllText(KeyFile, oldPrivate);
            if (after == "record written")
                File.WriteAllText(Path.Combine(Data, "gateway.pem"), oldPublic);
        }

        if (after == "key made")
            await RunAsync("reissued");
        else
            Assert.Contains("rotate-key", (await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync("reissued"))).Message, StringComparison.Ordinal);
        Assert.True(Rotate().GetProperty("vouchedFor").GetBoolean());
        Assert.Equal(next.ExportPrivatePem(), File.ReadAllText(KeyFile));
        next.Dispose();
        await RunAsync("reissued");
        Assert.Single(KeyHistory.Read(new LogReader(Path.Combine(Data, "log")), Newest().Checkpoint).Changes);
    }

    // A data folder with one receipted segment, and its keys as the gateway keeps them.
    private async Task<GatewayKey> WithSegmentAsync()
    {
        var key = GatewayKey.Create();
        var station = new Station(Data) { Key = key };
        var recorder = await station.OpenWithRecorderAsync();
        await station.UploadAsync(recorder.Footage(1, 1, final: true));
        await station.SettleAsync();
        await station.CloseAsync();
        Directory.CreateDirectory(Keys);
        File.WriteAllBytes(Path.Combine(Keys, "master.key"), [.. Enumerable.Range(1, 32).Select(static number => (byte)number)]);
        File.WriteAllText(KeyFile, key.ExportPrivatePem());
        return key;
    }

    private SignedCheckpoint Newest() => new LogReader(Path.Combine(Data, "log")).ReadCheckpoint()!;

    private JsonElement Rotate()
    {
        var (code, output, error) = Cli.Bodycam("gateway", "rotate-key", "--data", Data, "--keys", Keys, "--json");
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }

    private Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(new GatewayOptions { DataFolder = Data, KeysFolder = Keys, MqttPort = 0, HttpPort = 0, LogJson = false });

    private async Task RunAsync(string reason)
    {
        await using var gateway = await StartAsync();
        await Site.FileAsync(gateway, reason);
    }
}
