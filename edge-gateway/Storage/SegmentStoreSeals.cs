using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>The seals that stand beside originals.</summary>
public sealed partial class SegmentStore
{
    /// <summary>The seal of a stored segment; null when it is missing, unreadable or of another one.</summary>
    public Seal? ReadSeal(SegmentKey key) =>
        disk.Exists(SealPath(key)) && Seal.TryParse(disk.ReadWhole(SealPath(key)), out var seal) == RefusalReason.None && seal!.Key == key ? seal : null;

    /// <summary>The seals of an epoch's originals in place, read one by one; those that cannot be read, or lie under another name, are passed over.</summary>
    public IEnumerable<Seal> StoredSeals(DeviceId device, uint epoch)
    {
        foreach (var path in disk.Files(string.Create(CultureInfo.InvariantCulture, $"segments/{device}/{epoch:D4}")).Where(static path => path.EndsWith(".seal", StringComparison.Ordinal)))
        {
            if (TryReadSeal(path) is { } seal && SealPath(seal.Key) == path && IsStored(seal.Key))
                yield return seal;
        }
    }

    /// <summary>True when exactly this seal stands beside its segment.</summary>
    public bool HasSeal(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        return disk.Exists(SealPath(seal.Key)) && seal.Raw.SequenceEqual(disk.TryReadWhole(SealPath(seal.Key)));
    }

    /// <summary>Writes the seal of a stored segment, durably.</summary>
    public void WriteSeal(Seal seal)
    {
        ArgumentNullException.ThrowIfNull(seal);
        disk.WriteWhole(SealPath(seal.Key), seal.Raw);
    }

    private Seal? TryReadSeal(string path)
    {
        try
        {
            return Seal.TryParse(disk.ReadWhole(path), out var seal) == RefusalReason.None ? seal : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // verify tells of it
        }
    }
}
