using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Bench.Growth;

/// <summary>The questions that ingest, upkeep and the API ask of catalog and log.</summary>
internal static class GrowthQueries
{
    /// <summary>Each by name; a call asks about something by chance.</summary>
    public static IReadOnlyList<(string Name, Action<GrowthStation, Random> Ask)> All { get; } =
    [
        ("find", static (station, chance) => { if (station.Traffic.Past(chance) is { } key) station.Catalog.Find(key); }),
        ("find none", static (station, chance) => { var (device, epoch) = station.Traffic.Present(chance); station.Catalog.Find(new SegmentKey(device, epoch, 999_999, 1)); }),
        ("highest", static (station, chance) => { var (device, epoch) = station.Traffic.Present(chance); station.Catalog.Highest(device, epoch); }),
        ("head", static (station, chance) => { var (device, epoch) = station.Traffic.Present(chance); station.Catalog.Head(device, epoch, journal: chance.Next(2) == 0); }),
        ("oldest not archived", static (station, _) => station.Catalog.NotArchived(-1, 1)),
        ("not archived, a round", static (station, chance) => station.Catalog.NotArchived(chance.NextInt64(station.Traffic.Count), 64)),
        ("segments of a recording", static (station, chance) => { if (station.Traffic.Past(chance) is { } key) station.Catalog.Segments(key.Device, key.Epoch, key.Recording); }),
        ("after a commit", static (station, chance) => { if (station.Traffic.Past(chance) is { } key) AfterCommit(station.Catalog, key); }),
        ("purges due", static (station, _) => station.Catalog.PurgesAt(PurgeState.Certified, 256)),
        ("counts by state", static (station, _) => station.Catalog.CountByState()),
        ("pending links", static (station, _) => station.Catalog.PendingLinks(100)),
        ("announced, missing", static (station, _) => station.Catalog.AnnouncedMissing(100)),
        ("newest recordings", static (station, _) => station.Catalog.NewestRecordings(200)),
        ("newest manifests", static (station, _) => station.Catalog.NewestManifests(100)),
        ("a recording", static (station, chance) => { if (station.Traffic.Past(chance) is { } key) station.Catalog.FindRecording(key.Device, key.Epoch, key.Recording); }),
        ("next in the journal", static (station, chance) => { var (device, epoch) = station.Traffic.Present(chance); station.Catalog.Next(new SegmentKey(device, epoch, 0, 999_999)); }),
        ("epochs", static (station, _) => station.Catalog.Epochs()),
        ("checkpoint", static (station, _) => new LogReader(station.LogFolder).ReadCheckpoint()),
        ("inclusion proof", static (station, chance) => Prove(station, chance)),
        ("consistency proof", static (station, chance) => { var size = station.Checkpoint.Checkpoint.Size; new LogReader(station.LogFolder).ConsistencyProof(chance.NextInt64(size), size); }),
        ("record", static (station, chance) => new LogReader(station.LogFolder).ReadRecord(chance.NextInt64(station.Checkpoint.Checkpoint.Size))),
    ];

    /// <summary>What ingest asks once a segment is committed: the manifests that waited for it.</summary>
    public static void AfterCommit(ICatalog catalog, SegmentKey key) => _ = catalog.WaitingManifests(key.Device, key.Epoch, key.Recording);

    private static void Prove(GrowthStation station, Random chance)
    {
        var checkpoint = station.Checkpoint.Checkpoint;
        var reader = new LogReader(station.LogFolder);
        var sequence = chance.NextInt64(checkpoint.Size);
        if (!MerkleProof.VerifyInclusion(sequence, checkpoint.Size, reader.ReadLeafHash(sequence, checkpoint.Size), reader.InclusionProof(sequence, checkpoint.Size), checkpoint.Root))
            throw new InvalidOperationException($"Leaf {sequence} of {checkpoint.Size} has no proof.");
    }
}
