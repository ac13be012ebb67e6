namespace BodyCam.Simulation;

/// <summary>Bytes as the system shows them, what of them is on the device, and the writes in between.</summary>
internal sealed class SimFile
{
    [ThreadStatic]
    private static long changes;

    private readonly List<Change> pending = [];
    private readonly List<(long From, long To)> hit = [];
    private byte[] seen = [];
    private byte[] device = [];
    private int seenLength;
    private int deviceLength;
    private bool isApart; // the system shows what the device will never get

    /// <summary>Length as the system shows it, bytes.</summary>
    public long Length => seenLength;

    /// <summary>Bytes as the system shows them.</summary>
    public ReadOnlySpan<byte> Seen => seen.AsSpan(0, seenLength);

    /// <summary>Bytes that stay when the power goes now and nothing that waits is kept.</summary>
    public ReadOnlySpan<byte> OnDevice => device.AsSpan(0, deviceLength);

    /// <summary>Changes that no sync has covered.</summary>
    public int PendingCount => pending.Count;

    /// <summary>Where cuts lost or tore a write: these bytes, up to and without the second, may be other ones than were written.</summary>
    public IReadOnlyList<(long From, long To)> Hit => hit;

    public int Read(long offset, Span<byte> into)
    {
        var count = (int)Math.Clamp(seenLength - offset, 0, into.Length);
        if (count > 0)
            seen.AsSpan((int)offset, count).CopyTo(into);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Put(ref seen, ref seenLength, offset, bytes);
        pending.Add(new Change(++changes, offset, bytes.ToArray(), -1));
    }

    public void SetLength(long length)
    {
        Resize(ref seen, ref seenLength, length);
        pending.Add(new Change(++changes, 0, [], length));
    }

    public void Sync()
    {
        foreach (var change in pending)
            Apply(change, change.Bytes.Length);
        pending.Clear();
    }

    /// <summary>A sync that failed: part of what waited is on the device, the rest will never be, though the system goes on showing it and later syncs succeed.</summary>
    public void FailSync(Random dice)
    {
        foreach (var change in pending)
        {
            if (dice.Next(2) == 0)
                Apply(change, change.Bytes.Length);
            else
                isApart = true;
        }

        pending.Clear();
    }

    /// <summary>Changes one byte, on the device and as the system shows it; false when there is none at that place.</summary>
    public bool Rot(long offset, byte mask)
    {
        if (offset >= seenLength)
            return false;
        seen[offset] ^= mask;
        if (offset < deviceLength)
            device[offset] ^= mask;
        foreach (var change in pending.Where(change => change.Bytes.Length > 0 && offset >= change.Offset && offset < change.Offset + change.Bytes.Length))
            change.Bytes[offset - change.Offset] ^= mask;
        return true;
    }

    /// <summary>What the device has after a cut: each change lost, torn or kept by itself.</summary>
    public void Cut(Random dice, CutOrder order, Action<string> told)
    {
        if (pending.Count == 0 && !isApart)
            return;
        foreach (var change in pending)
        {
            var fate = dice.Next(3);
            var part = dice.NextDouble();
            if (fate == 0)
            {
                order.Lost(change.Number);
                hit.Add((change.Offset, change.Offset + change.Bytes.Length));
                told("write lost");
            }
            else if (fate == 1 && change.Bytes.Length > 1)
            {
                // The beginning, or the end, of what was written: sectors go out in any order.
                var count = Math.Clamp((int)(part * change.Bytes.Length), 1, change.Bytes.Length - 1);
                var skip = dice.Next(4) == 0 ? change.Bytes.Length - count : 0;
                told(skip == 0 && change.Offset + change.Bytes.Length >= seenLength ? "write short" : "write torn");
                Put(ref device, ref deviceLength, change.Offset + skip, change.Bytes.AsSpan(skip, count));
                hit.Add((change.Offset, change.Offset + change.Bytes.Length));
                order.Lost(change.Number);
            }
            else
            {
                order.Kept(change.Number);
                Apply(change, change.Bytes.Length);
            }
        }

        pending.Clear();
        seen = device.ToArray();
        (seenLength, isApart) = (deviceLength, false);
    }

    /// <summary>Another file with the same bytes, all of them on the device.</summary>
    public SimFile Copy()
    {
        var copy = new SimFile();
        copy.Write(0, Seen);
        copy.Sync();
        copy.hit.AddRange(hit);
        return copy;
    }

    private void Apply(Change change, int count)
    {
        if (change.Length >= 0)
            Resize(ref device, ref deviceLength, change.Length);
        else
            Put(ref device, ref deviceLength, change.Offset, change.Bytes.AsSpan(0, count));
    }

    private static void Put(ref byte[] content, ref int length, long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > length)
            Resize(ref content, ref length, offset + bytes.Length);
        bytes.CopyTo(content.AsSpan((int)offset));
    }

    private static void Resize(ref byte[] content, ref int length, long wanted)
    {
        if (wanted > content.Length)
            Array.Resize(ref content, (int)Math.Max(wanted, Math.Min(content.Length * 2L, 1 << 20)));
        if (wanted < length)
            content.AsSpan((int)wanted, length - (int)wanted).Clear();
        length = (int)wanted;
    }

    private sealed record Change(long Number, long Offset, byte[] Bytes, long Length);
}

/// <summary>One cut: tells whether it kept a change that was made after one that it lost, and which files it came by.</summary>
internal sealed class CutOrder
{
    private readonly HashSet<SimFile> named = [];
    private long firstLost = long.MaxValue;
    private long lastKept;

    public bool IsBroken => lastKept > firstLost;

    /// <summary>False when the cut came by the file under another name before.</summary>
    public bool IsFirstName(SimFile file) => named.Add(file);

    public void Lost(long number) => firstLost = Math.Min(firstLost, number);

    public void Kept(long number) => lastKept = Math.Max(lastKept, number);
}
