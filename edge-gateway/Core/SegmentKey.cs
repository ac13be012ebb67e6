using System.Globalization;

namespace BodyCam.Core;

/// <summary>Names one segment: the key of idempotence together with the offset (protocol §5.3).</summary>
/// <param name="Device">The recorder.</param>
/// <param name="Epoch">Epoch of the recorder, ≥ 1.</param>
/// <param name="Recording">Recording, ≥ 1, or 0 for the journal chain.</param>
/// <param name="Segment">Segment, ≥ 1.</param>
public readonly record struct SegmentKey(DeviceId Device, uint Epoch, uint Recording, uint Segment) : IComparable<SegmentKey>
{
    /// <summary>Path below <c>segments/</c> without ending: device/epoch/recording/segment, decimal with 4, 6 and 6 digits at least.</summary>
    public string RelativePath => string.Create(CultureInfo.InvariantCulture, $"{Device}/{Epoch:D4}/{Recording:D6}/{Segment:D6}");

    /// <summary>Path below <c>parts/</c> without ending: device/epoch/recording-segment.</summary>
    public string PartPath => string.Create(CultureInfo.InvariantCulture, $"{Device}/{Epoch:D4}/{Recording:D6}-{Segment:D6}");

    /// <summary>True for the journal chain (recording 0).</summary>
    public bool IsJournalChain => Recording == 0;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device} epoch {Epoch} recording {Recording} segment {Segment}");

    /// <summary>Order by device, epoch, recording, segment: below, at or above zero.</summary>
    public int CompareTo(SegmentKey other)
    {
        var order = string.CompareOrdinal(Device.Text, other.Device.Text);
        if (order == 0)
            order = Epoch.CompareTo(other.Epoch);
        if (order == 0)
            order = Recording.CompareTo(other.Recording);
        return order != 0 ? order : Segment.CompareTo(other.Segment);
    }

    /// <summary>Reads a path below <c>segments/</c> or <c>parts/</c>, with any ending.</summary>
    /// <param name="path">With <c>/</c> between folders.</param>
    /// <param name="key">The segment.</param>
    /// <returns>False when it is not such a path.</returns>
    public static bool TryParsePath(string path, out SegmentKey key)
    {
        ArgumentNullException.ThrowIfNull(path);
        key = default;
        var slash = path.LastIndexOf('/');
        var names = string.Concat(path.AsSpan(0, slash + 1), Path.GetFileNameWithoutExtension(path.AsSpan(slash + 1)).ToString().Replace('-', '/')).Split('/');
        if (names.Length != 4 || !DeviceId.TryParse(names[0], out var device) || !TryNumber(names[1], out var epoch) || !TryNumber(names[2], out var recording) || !TryNumber(names[3], out var segment))
            return false;
        key = new SegmentKey(device, epoch, recording, segment);
        return true;
    }

    private static bool TryNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
