using System.Collections.Concurrent;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>Shift manifests: entered when they come, and again when everything that they name is here.</summary>
public sealed partial class IngestService
{
    private readonly ConcurrentDictionary<SegmentKey, bool> owedManifests = new();
    private readonly ConcurrentDictionary<SegmentKey, bool> entering = new();

    // A manifest may come before what it names: it is entered at once with what lacks, and again when everything is here.
    private void FollowManifests(SegmentKey key, ManifestContent? arrived)
    {
        if (arrived is not null)
            EnterManifest(arrived, wasIncomplete: false);
        if (key.IsJournalChain)
            return; // what a manifest names is footage
        foreach (var row in catalog.WaitingManifests(key.Device, key.Epoch, key.Recording))
            EnterManifest(new SegmentKey(row.Device, row.Epoch, 0, row.Segment), wasIncomplete: true);
    }

    private void EnterManifest(ManifestContent manifest, bool wasIncomplete)
    {
        var lacks = manifest.Lacks(catalog);
        if (wasIncomplete && lacks.Length > 0)
            return;
        // One on its way is enough: it looks again when it stands.
        if (!entering.TryAdd(manifest.Key, true))
            return;
        if (!wasIncomplete && IsEntered(manifest.Key))
        {
            entering.TryRemove(manifest.Key, out _);
            return;
        }

        var work = new CommitWork(
            [Records.Manifest(manifest, lacks.Length == 0, lacks)],
            (batch, sequence) => batch.Manifests.Add(new ManifestRow(manifest.Key.Device, manifest.Key.Epoch, manifest.Key.Segment, manifest.FirstRecording, manifest.LastRecording, lacks.Length == 0, lacks, sequence)),
            _ =>
            {
                entering.TryRemove(manifest.Key, out bool _);
                LookAgain(manifest, lacks);
            });
        // This runs on the committer's own task: waiting for its queue would wait for itself.
        if (committer.TryEnqueue(work))
            return;
        entering.TryRemove(manifest.Key, out _);
        owedManifests[manifest.Key] = wasIncomplete;
    }

    // What it lacked may have come in the same moment, and found no manifest that waited for it. On the committer's own task nothing comes in between.
    private void LookAgain(ManifestContent manifest, string lacks)
    {
        if (lacks.Length > 0)
            EnterManifest(manifest, wasIncomplete: true);
    }

    // What found the queue full: entered with the next upkeep.
    private void EnterOwedManifests()
    {
        foreach (var (key, wasIncomplete) in owedManifests.ToArray())
        {
            if (owedManifests.TryRemove(key, out _))
                EnterManifest(key, wasIncomplete);
        }
    }

    // The end came between the record of the segment and that of the manifest in it.
    private void EnterUnread(SegmentKey key)
    {
        if (key.IsJournalChain && catalog.Find(key) is { Kind: SegmentKind.Manifest, Bytes: <= (long)ManifestBytesMax } && !IsEntered(key))
            EnterManifest(key, wasIncomplete: false);
    }

    private bool IsEntered(SegmentKey key) => catalog.FindManifest(key) is not null;

    private void EnterManifest(SegmentKey key, bool wasIncomplete)
    {
        if (store.IsStored(key) && ManifestContent.Read(key, store.ReadStored(key)) is { } manifest)
            EnterManifest(manifest, wasIncomplete);
    }
}
