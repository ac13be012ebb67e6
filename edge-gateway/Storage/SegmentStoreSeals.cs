using System.Globalization;
using BodyCam.Core;
using BodyCam.Core.Seals;

namespace BodyCam.Storage;

/// <summary>The seals that stand beside originals.</summary>
public sealed partial class SegmentStore
{
    /// <summary>The seal of a stored segment; null when it is missing, unreadable or of another one.</summary>
    public Seal? ReadSeal(SegmentKey key) =>
        disk.Exists(SealPath(key)) && Seal.TryParse(disk.TryReadWhole(SealPath(key)), out var seal) == RefusalReason.None && seal!.Key == key ? seal : null;

    /// <summary>The segments of an epoch whose original and seal stand in place; none is read. Null when a folder of it cannot be listed.</summary>
    public IReadOnlyList<SegmentKey>? SealedSegments(DeviceId device, uint epoch)
    {
        try
        {
            return [.. disk.Files(string.Create(CultureInfo.InvariantCulture, $"segments/{device}/{epoch:D4}"))
                .Select(static path => SegmentKey.TryParsePath(path["segments/".Length..], out var key) && SealPath(key) == path ? key : (SegmentKey?)null).OfType<SegmentKey>().Where(IsStored)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // verify tells of it
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
}
