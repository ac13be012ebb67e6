using BodyCam.Archive;
using BodyCam.Log;

namespace BodyCam.Cli.Doctor;

/// <summary>Judges an archive by the gateway's own code, beside a gateway that runs too: it writes nothing.</summary>
/// <param name="data">The data folder.</param>
/// <param name="archive">The archive's folder.</param>
/// <param name="newest">Reads the newest checkpoint of the data folder's log; asked anew for each look.</param>
internal sealed class ArchiveLook(string data, string archive, Func<Checkpoint> newest)
{
    // Rounds are seconds apart and a look takes far less: what differs five times while both go on is told.
    private const int LooksMax = 5;

    /// <summary>What stands in the way of the gateway's next round. A fault that was seen while one of the two logs went on is looked for again: the two are read one after the other, and a round that ends in between makes the archive's look longer.</summary>
    /// <returns>For people, ending with the next action; null when nothing does.</returns>
    /// <exception cref="IOException">The archive or the data folder cannot be read.</exception>
    public string? Fault()
    {
        for (var look = 1; ; look++)
        {
            var here = newest();
            var there = Newest(archive);
            // Nothing that an earlier look read may answer for this one.
            var fault = new FolderArchive(data, archive).WhyStoppedAsync(here, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            if (fault is null || look == LooksMax || (here.Equals(newest()) && Equals(there, Newest(archive))))
                return fault;
        }
    }

    /// <summary>Leaves of the log there and of the log here, as their checkpoints say; 0 where there is no checkpoint that can be read.</summary>
    public (long There, long Here) Sizes()
    {
        // In this order: here it only grows meanwhile.
        var there = Newest(archive)?.Size ?? 0;
        return (there, newest().Size);
    }

    private static Checkpoint? Newest(string folder) => new LogReader(Path.Combine(folder, "log")).ReadCheckpoint()?.Checkpoint;
}
