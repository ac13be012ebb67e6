using BodyCam.Evidence;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>What comes from outside the package: the gateway's key, checkpoints that somebody else kept, witnesses' signatures (DESIGN D9).</summary>
internal sealed class PackageAnchors(PackageLog log, PackageKeys keys, List<Finding> findings)
{
    /// <summary>Leaves of the newest anchor that the log continues.</summary>
    public long NewestSize { get; private set; }

    /// <summary>True when something from outside vouches for the package's key.</summary>
    public bool IsVouched { get; private set; }

    /// <summary>Holds the anchors against the package; what does not fit becomes a finding.</summary>
    /// <param name="options">The anchors.</param>
    /// <param name="ownNote">The package's checkpoint: a witness that is trusted may have signed it.</param>
    public void Check(VerifyOptions options, byte[] ownNote)
    {
        if (!log.LeafHashesHold)
        {
            Error("leaf_hashes", PackageNames.LeafHashes, "The hashes of all leaves do not give the root of the checkpoint: the log was cut or built anew.");
            return;
        }

        CheckKey(options.GatewayKeyPem, options.IsKeyInside);
        foreach (var note in options.Checkpoints)
            Take(note);
        foreach (var note in options.CheckpointsInside)
            Take(note, isInside: true);
        if (options.WitnessKeys.Count > 0)
            TakeWitnessed(options, ownNote);
    }

    private void CheckKey(string? pem, bool isInside)
    {
        if (pem is null)
            return;
        if (LogPublicKey.FromPem(pem) is not { } given)
            Error("anchor_unreadable", null, "The gateway key that was given is no P-256 key in PEM. Give gateway.pem as it was kept elsewhere.");
        else if (!keys.Vouches(given))
            Error("key_differs", PackageNames.Key, "The package was signed by another key than the one that was given.");
        else
            IsVouched |= !isInside;
    }

    private void Take(byte[] note, bool isInside = false)
    {
        if (CheckpointNote.Parse(note) is not { } anchor)
        {
            Error("anchor_unreadable", null, "A checkpoint that was given is no signed note. Give the file as it was kept.");
            return;
        }

        if (!string.Equals(anchor.Origin, log.Checkpoint.Origin, StringComparison.Ordinal))
        {
            Error("anchor_differs", PackageNames.Checkpoint, $"The checkpoint that was given is of the log {anchor.Origin}, the package's is of {log.Checkpoint.Origin}. Give one of the same gateway.");
            return;
        }

        if (anchor.Size > log.Checkpoint.Size)
        {
            Error("anchor_newer", PackageNames.Checkpoint, $"The checkpoint that was given has {anchor.Size} leaves, the package's log {log.Checkpoint.Size}: the log was cut, or the package is older. Ask for a package made after it.");
            return;
        }

        switch (log.Continues(anchor))
        {
            case null:
                Error("anchor_not_comparable", PackageNames.Checkpoint, $"This package has nothing to compare a checkpoint of {anchor.Size} leaves with. Give the gateway's key, or ask for a package made with that checkpoint.");
                break;
            case false:
                Error("anchor_differs", PackageNames.Checkpoint, $"The log in the package does not continue the checkpoint of {anchor.Size} leaves that was given: it is another log, made by whoever holds the key.");
                break;
            case true when !isInside:
                NewestSize = Math.Max(NewestSize, anchor.Size);
                IsVouched |= keys.VouchingKeys.Any(key => CheckpointNote.Verify(note, key, out _) == CheckpointVerdict.Valid);
                break;
        }
    }

    private void TakeWitnessed(VerifyOptions options, byte[] ownNote)
    {
        List<byte[]> notes = [.. options.Checkpoints, .. options.CheckpointsInside, ownNote];
        foreach (var line in options.WitnessKeys)
        {
            if (LogPublicKey.FromVkey(line, out var name) is not { } witness)
            {
                Error("anchor_unreadable", null, "A witness key that was given is not name+id+base64 on one line. Give the line that the witness published.");
                continue;
            }

            var verdicts = notes.Select(note => (Note: note, Verdict: CheckpointNote.Verify(note, witness, out _, name))).ToList();
            if (verdicts.Any(static row => row.Verdict == CheckpointVerdict.BadSignature))
                Error("witness_signature", PackageNames.Checkpoint, $"A signature under the name of witness {name} does not fit its checkpoint.");
            else if (verdicts.All(static row => row.Verdict != CheckpointVerdict.Valid))
                findings.Add(new Finding("witness_unsigned", FindingSeverity.Warning, null, PackageNames.Checkpoint, null, $"No checkpoint here carries the signature of witness {name}. Ask the witness for its newest one and give it with --checkpoint."));
            foreach (var (note, _) in verdicts.Where(static row => row.Verdict == CheckpointVerdict.Valid))
                Take(note);
        }
    }

    private void Error(string code, string? path, string message) => findings.Add(new Finding(code, FindingSeverity.Error, null, path, null, message));
}
