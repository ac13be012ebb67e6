using System.Globalization;
using System.Text;
using BodyCam.Storage;

namespace BodyCam.Ingest;

/// <summary>Counter of the messages down (protocol §4.4), one for all recorders: rises with every message, across restarts and steps of the clock too. Thread-safe.</summary>
/// <remarks>Values are reserved ahead in the file <c>counter</c>, so that a clock set back over a restart gives none twice: recorders would ignore everything until it has caught up.</remarks>
public sealed class DownCounter
{
    /// <summary>Name of the file below the data folder: the highest value that may have been given, decimal.</summary>
    public const string FileName = "counter";

    /// <summary>What to do when the file was no number, as a sentence for people. Wall time is beyond what was given, unless it was set back.</summary>
    public const string Remedy = "Compare this machine's clock with the true time: while it is right nothing else is to be done, the next message down writes the file anew; while it is behind, recorders ignore receipts and commands until it has caught up.";

    // Ten minutes of wall time: one durable write in that time while anything is said.
    private const ulong ReservedAhead = 600_000_000;

    private readonly Lock gate = new();
    private readonly IDisk disk;
    private ulong last;
    private ulong reserved;

    /// <summary>Goes on behind what an earlier run may have given.</summary>
    /// <param name="disk">The data folder.</param>
    public DownCounter(IDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        this.disk = disk;
        if (!disk.Exists(FileName))
            return;
        IsUnreadable = !ulong.TryParse(Encoding.ASCII.GetString(disk.TryReadWhole(FileName) ?? []), NumberStyles.None, CultureInfo.InvariantCulture, out var before);
        last = reserved = before;
    }

    /// <summary>True when the file stood there at the start and was no number: what an earlier run gave is not known.</summary>
    public bool IsUnreadable { get; }

    /// <summary>Gateway-wall time, or the last value + 1 when that is more or the disk has no room to reserve ahead.</summary>
    /// <param name="nowUs">µs since 1970.</param>
    /// <exception cref="IOException">It could not be reserved, for another reason than a disk without room.</exception>
    public ulong Next(long nowUs)
    {
        lock (gate)
        {
            var wanted = Math.Max((ulong)Math.Max(0, nowUs), last + 1);
            last = wanted <= reserved || ReservesNeedsLock(wanted) || last == 0 ? wanted : last + 1;
            return last;
        }
    }

    // That there is no room has to be said too, and is said with values close to the last, where there is one: a wall clock that ran ahead must not carry them where no later run begins.
    private bool ReservesNeedsLock(ulong wanted)
    {
        try
        {
            disk.WriteWhole(FileName, Encoding.ASCII.GetBytes((wanted + ReservedAhead).ToString(CultureInfo.InvariantCulture)));
            reserved = wanted + ReservedAhead;
            return true;
        }
        catch (IOException failure) when (DiskFull.Is(failure))
        {
            return false;
        }
    }
}
