using System.Security.Cryptography;
using System.Text;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Evidence;

/// <summary>What comes from outside the folder and says who signed: the gateway's key, checkpoints that others kept, witnesses' signatures (DESIGN D9).</summary>
internal sealed class Anchors : IDisposable
{
    private const string OwnFile = "gateway.pem";

    private readonly ECDsa? givenKey;
    private readonly ECDsa? ownKey;
    private readonly KeyHistory history;
    private readonly bool isKeyInside;
    private readonly List<Checkpoint> checkpoints = [];

    private Anchors(ECDsa? givenKey, bool isKeyInside, ECDsa? ownKey, KeyHistory history)
    {
        this.isKeyInside = isKeyInside;
        this.givenKey = givenKey;
        this.ownKey = ownKey;
        this.history = history;
        // A key that was rotated vouches for the one it gave way to.
        var isVouched = givenKey is not null && ownKey is not null && history.Vouches(LogPublicKey.From(givenKey), LogPublicKey.From(ownKey));
        Key = givenKey is null || isVouched ? ownKey : givenKey;
    }

    /// <summary>The key that signs now: the folder's own, if it is the one given or that one vouches for it; else the one given.</summary>
    public ECDsa? Key { get; }

    /// <summary>True when the key was given, from outside the folder.</summary>
    public bool IsKeyGiven => givenKey is not null && !isKeyInside;

    /// <summary>States that the log must continue.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints => checkpoints;

    /// <summary>Leaves of the newest one from outside, 0 = none.</summary>
    public long NewestSize { get; private set; }

    /// <summary>True when a note from outside carries a signature of <see cref="Key"/>: then it vouches for the key.</summary>
    public bool VouchForKey { get; private set; }

    /// <summary>True when <see cref="Key"/> signed that checkpoint.</summary>
    public bool IsSigner(SignedCheckpoint? signed) => signed is not null && Key is not null && CheckpointNote.Verify(signed.Note, LogPublicKey.From(Key), out _) == CheckpointVerdict.Valid;

    /// <summary>Reads them; what cannot be read or does not fit becomes a finding.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Its own checkpoint; null when there is none that can be read.</param>
    /// <param name="options">What was given.</param>
    /// <param name="history">Key changes of its log.</param>
    /// <param name="findings">What is wrong is added.</param>
    public static Anchors Read(string folder, byte[]? note, VerifyOptions options, KeyHistory history, List<Finding> findings)
    {
        var (own, unreadable) = OwnPem(Path.Combine(folder, OwnFile));
        var anchors = new Anchors(KeyOf(options.GatewayKeyPem), options.IsKeyInside, KeyOf(own), history);
        findings.AddRange(options.NamedInside());
        anchors.CheckKeys(options, unreadable, findings);
        foreach (var given in options.Checkpoints)
            anchors.Take(given, findings);
        foreach (var given in options.CheckpointsInside)
            anchors.Take(given, findings, isInside: true);
        if (options.WitnessKeys.Count > 0)
            anchors.TakeWitnessed(options, note, findings);
        return anchors;
    }

    public void Dispose()
    {
        givenKey?.Dispose();
        ownKey?.Dispose();
    }

    private static ECDsa? KeyOf(string? pem) => pem is null ? null : LogPublicKey.FromPem(pem)?.ToEcdsa();

    private static (string? Pem, string? Unreadable) OwnPem(string path)
    {
        try
        {
            return (Encoding.UTF8.GetString(BoundedFile.ReadAllBytes(path, EvidenceFolder.SmallBytesMax)), null);
        }
        catch (Exception failure) when (Unreadable.IsOfReading(failure))
        {
            return (null, Unreadable.IsMissing(failure) ? null : Unreadable.Words(path, failure));
        }
    }

    private void CheckKeys(VerifyOptions options, string? unreadable, List<Finding> findings)
    {
        if (options.GatewayKeyPem is not null && givenKey is null)
            findings.Add(new Finding("anchor_unreadable", FindingSeverity.Error, null, null, null, "The gateway key that was given is not a P-256 public key in PEM. Give the file gateway.pem that was kept elsewhere."));
        if (unreadable is not null)
            findings.Add(new Finding(Unreadable.Code, IsKeyGiven ? FindingSeverity.Warning : FindingSeverity.Error, null, OwnFile, null, $"{OwnFile} {unreadable}{(IsKeyGiven ? "" : ", or give the key with --gateway-key")}."));
        else if (ownKey is null)
            findings.Add(new Finding("file_missing", IsKeyGiven ? FindingSeverity.Warning : FindingSeverity.Error, null, "gateway.pem", null, IsKeyGiven
                ? "gateway.pem is missing or no P-256 key. Start the gateway: it writes it again, and its next round in the archive."
                : "gateway.pem is missing or no P-256 key. Give the key with --gateway-key."));
        else if (Key != ownKey)
            findings.Add(new Finding("key_differs", FindingSeverity.Error, null, "gateway.pem", null, "The folder's gateway.pem is not the key that was given."));
        foreach (var change in history.Changes)
        {
            findings.Add(new Finding("key_changed", change.IsVouchedFor ? FindingSeverity.Note : FindingSeverity.Warning, null, "log", change.Sequence, change.IsVouchedFor
                ? $"From record {change.Sequence} on another gateway key signs ({KeyChange.IdOf(change.New)}); the one before ({KeyChange.IdOf(change.Old)}) vouched for it."
                : $"From record {change.Sequence} on another gateway key signs ({KeyChange.IdOf(change.New)}); the one before was lost and vouches for nothing: compare the new gateway.pem with a copy kept elsewhere."));
        }
    }

    private void Take(byte[] note, List<Finding> findings, bool isInside = false)
    {
        if (CheckpointNote.Parse(note) is not { } checkpoint)
        {
            findings.Add(new Finding("anchor_unreadable", FindingSeverity.Error, null, null, null, "A checkpoint that was given is no signed note. Give the file as it was kept."));
            return;
        }

        checkpoints.Add(checkpoint);
        if (isInside)
            return;
        NewestSize = Math.Max(NewestSize, checkpoint.Size);
        if (Key is null)
            return;
        var newest = LogPublicKey.From(Key);
        // Signed by the newest key, or by an older one that vouches for it.
        VouchForKey |= history.Changes.Select(static change => change.Old).Append(newest).Any(key => history.Vouches(key, newest) && CheckpointNote.Verify(note, key, out _) == CheckpointVerdict.Valid);
    }

    // A note that a trusted witness signed comes from outside wherever it lies: among the checkpoints given, or as the folder's own.
    private void TakeWitnessed(VerifyOptions options, byte[]? ownNote, List<Finding> findings)
    {
        List<byte[]> notes = [.. options.Checkpoints, .. options.CheckpointsInside];
        if (ownNote is not null)
            notes.Add(ownNote);
        foreach (var line in options.WitnessKeys)
        {
            if (LogPublicKey.FromVkey(line, out var name) is not { } witness)
            {
                findings.Add(new Finding("anchor_unreadable", FindingSeverity.Error, null, null, null, "A witness key that was given is not name+id+base64 on one line. Give the line that the witness published."));
                continue;
            }

            var verdicts = notes.Select(note => (Note: note, Verdict: CheckpointNote.Verify(note, witness, out _, name))).ToList();
            if (verdicts.Any(static row => row.Verdict == CheckpointVerdict.BadSignature))
                findings.Add(new Finding("witness_signature", FindingSeverity.Error, null, "log/checkpoint", null, $"A signature under the name of witness {name} does not fit its checkpoint."));
            else if (verdicts.All(static row => row.Verdict != CheckpointVerdict.Valid))
                findings.Add(new Finding("witness_unsigned", FindingSeverity.Warning, null, null, null, $"No checkpoint here carries the signature of witness {name}. Ask the witness for its newest one and give it with --checkpoint."));
            foreach (var (note, _) in verdicts.Where(static row => row.Verdict == CheckpointVerdict.Valid))
                Take(note, findings);
        }
    }
}
