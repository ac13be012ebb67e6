using System.Security.Cryptography;
using System.Text;
using BodyCam.Core.Keys;
using BodyCam.Log;
using BodyCam.Storage;

namespace BodyCam.Gateway;

/// <summary>Outcome of a rotation.</summary>
/// <param name="OldKeyId">Id of the key that signed until now.</param>
/// <param name="NewKeyId">Id of the key that signs from now on.</param>
/// <param name="IsVouchedFor">True when the old key signed the change; false when it was lost.</param>
/// <param name="OldKeyFile">The old public key, below the data folder.</param>
/// <param name="Sequence">Place of the record in the log.</param>
public sealed record KeyRotationResult(string OldKeyId, string NewKeyId, bool IsVouchedFor, string OldKeyFile, long Sequence);

/// <summary>Gives a gateway that does not run a new key. Broken off at any point it is finished by running it again.</summary>
/// <remarks>Order: new key under a name of its own → old public key as <c>gateway-&lt;id&gt;.pem</c> → log signed by the new key, with a record of the change → <c>gateway.pem</c> → new key in the place of the old one, whose private half is gone then.</remarks>
public static class KeyRotation
{
    /// <summary>Rotates.</summary>
    /// <exception cref="InvalidOperationException">It cannot be done; the message says what to do. Nothing was changed.</exception>
    /// <exception cref="IOException">The gateway runs, or the disk failed; run it again.</exception>
    public static KeyRotationResult Run(string dataFolder, string keysFolder, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var logFolder = Path.Combine(dataFolder, "log");
        var reader = new LogReader(logFolder);
        if (reader.ReadCheckpoint() is null)
            throw new InvalidOperationException($"{dataFolder} has no log with a checkpoint: name the gateway's data folder with --data.");
        if (!File.Exists(Path.Combine(keysFolder, KeyFolder.MasterFile)))
            throw new InvalidOperationException($"{keysFolder} has no {KeyFolder.MasterFile}: mount the keys folder, or restore {KeyFolder.MasterFile} from its backup first.");
        using var held = Hold(dataFolder, keysFolder, "rotate-key");
        // The key that goes away may be the only one that can open the log which is to be restored.
        if ((OlderLog.WhyNotCut(dataFolder) ?? OlderLog.WhyNotServed(dataFolder)) is { } older)
            throw new InvalidOperationException(older);

        // Read again: another rotation may have ended just before this one held the keys.
        var signed = reader.ReadCheckpoint() ?? throw new InvalidOperationException($"The checkpoint of {logFolder} went away meanwhile: run 'bodycam verify' on the data folder.");
        using var standing = KeyFolder.ReadKey(keysFolder, KeyFolder.GatewayKeyFile);
        using var waiting = KeyFolder.ReadKey(keysFolder, KeyFolder.NextKeyFile);
        var disk = new PosixDisk(dataFolder);
        var published = disk.Exists("gateway.pem") ? LogPublicKey.FromPem(Encoding.ASCII.GetString(disk.ReadWhole("gateway.pem"))) : null;
        bool Signed(LogPublicKey? key) => key is not null && CheckpointNote.Verify(signed.Note, key, out _) == CheckpointVerdict.Valid;
        var isBegun = waiting is not null && Signed(LogPublicKey.From(waiting.Ecdsa));
        var standingKey = standing is null ? null : LogPublicKey.From(standing.Ecdsa);
        // The key whose change is to be written: the one that signed until now, which is lost when only its public half is left.
        // gateway.pem is written only by what could open the log, and by a rotation only after its record: once begun, it is the one to trust.
        var old = isBegun ? published ?? standingKey : Signed(standingKey) ? standingKey : Signed(published) ? published : null;
        if (old is null)
            throw new InvalidOperationException($"Neither {KeyFolder.GatewayKeyFile} nor {Path.Combine(dataFolder, "gateway.pem")} is the key that signed the log: restore gateway.pem as it was kept elsewhere, then run 'bodycam gateway rotate-key' again.");

        using var next = waiting ?? KeyFolder.CreateNextKey(keysFolder);
        // The log must never be signed by a key that a power cut takes away.
        var keysDisk = new PosixDisk(keysFolder);
        keysDisk.SyncEntry(KeyFolder.NextKeyFile);
        var oldFile = $"gateway-{KeyChange.IdOf(old)}.pem";
        var nextKey = LogPublicKey.From(next.Ecdsa);
        KeyChange? change;
        using (var log = LogWriter.Open(logFolder, next.Ecdsa, signed.Checkpoint.Origin, time, previousKeys: [old]))
        {
            change = Find(reader, log.Current.Checkpoint, nextKey);
            if (change is null)
            {
                disk.WriteWhole(oldFile, Encoding.ASCII.GetBytes(old.ToPem()));
                var oldPrivate = standing is not null && standingKey!.ToSpki().AsSpan().SequenceEqual(old.ToSpki()) ? standing.Ecdsa : null;
                log.AppendBatch([KeyChange.Record(log.Current.Checkpoint, old, oldPrivate, next.Ecdsa, time.GetUtcNow().ToUnixTimeMilliseconds() * 1000)]);
                change = Find(reader, log.Current.Checkpoint, nextKey) ?? throw new InvalidOperationException("The record of the change cannot be read back: run 'bodycam verify' on the data folder.");
            }
        }

        disk.WriteWhole("gateway.pem", Encoding.ASCII.GetBytes(nextKey.ToPem()));
        File.Move(Path.Combine(keysFolder, KeyFolder.NextKeyFile), Path.Combine(keysFolder, KeyFolder.GatewayKeyFile), overwrite: true);
        keysDisk.SyncEntry(KeyFolder.GatewayKeyFile);
        return new KeyRotationResult(KeyChange.IdOf(change.Old), KeyChange.IdOf(change.New), change.IsVouchedFor, $"gateway-{KeyChange.IdOf(change.Old)}.pem", change.Sequence);
    }

    private static KeyChange? Find(LogReader reader, Checkpoint checkpoint, LogPublicKey next) =>
        KeyHistory.Read(reader, checkpoint).Changes.FirstOrDefault(change => KeyChange.IdOf(change.New) == KeyChange.IdOf(next));

    /// <summary>Holds the keys for a change of them, so that no gateway starts meanwhile; refuses while one runs over this data folder or with these keys: before anything is written, so that a change that is refused leaves no key behind.</summary>
    /// <param name="dataFolder">The data folder; without a log nothing runs over it.</param>
    /// <param name="keysFolder">The keys folder.</param>
    /// <param name="command">Command to be run again.</param>
    /// <exception cref="InvalidOperationException">It runs, or a folder is not there; the message says what to do.</exception>
    public static KeyFolderLock Hold(string dataFolder, string keysFolder, string command)
    {
        var logFolder = Path.Combine(dataFolder, "log");
        if (!Directory.Exists(logFolder))
            throw new InvalidOperationException($"{dataFolder} has no log: name the gateway's data folder with --data.");
        try
        {
            new DiskLogFiles(logFolder).Acquire().Dispose();
        }
        catch (IOException held)
        {
            throw new InvalidOperationException($"The log of {dataFolder} is in use ({held.Message.TrimEnd('.')}): stop the gateway, then run 'bodycam gateway {command}' again.", held);
        }

        if (!Directory.Exists(keysFolder))
            throw new InvalidOperationException($"{keysFolder} is not there: mount the keys folder, or name it with --keys.");
        return KeyFolderLock.Acquire(keysFolder);
    }
}
