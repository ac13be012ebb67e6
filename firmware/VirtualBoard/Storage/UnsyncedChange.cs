namespace BodyCam.VirtualBoard;

/// <summary>A write or truncation that a power cut may still take back.</summary>
internal sealed record UnsyncedChange(string HostPath, long OldLength, long Offset, byte[] OldBytes, byte[]? NewBytes, long NewLength)
{
    /// <summary>Notes what stands where a write will go.</summary>
    internal static UnsyncedChange BeforeWrite(string hostPath, FileStream host, long offset, ReadOnlySpan<byte> bytes)
    {
        long oldLength = host.Length;
        var oldBytes = new byte[Math.Clamp(oldLength - offset, 0, bytes.Length)];
        host.Position = offset;
        host.ReadExactly(oldBytes);
        return new UnsyncedChange(hostPath, oldLength, offset, oldBytes, bytes.ToArray(), Math.Max(oldLength, offset + bytes.Length));
    }

    /// <summary>Notes what a change of length will cut off.</summary>
    internal static UnsyncedChange BeforeLength(string hostPath, FileStream host, long newLength)
    {
        var oldBytes = new byte[Math.Max(0, host.Length - newLength)];
        host.Position = Math.Min(newLength, host.Length);
        host.ReadExactly(oldBytes);
        return new UnsyncedChange(hostPath, host.Length, newLength, oldBytes, null, newLength);
    }

    internal void Undo()
    {
        if (!File.Exists(HostPath)) return;
        using var host = new FileStream(HostPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        host.SetLength(OldLength);
        host.Position = Offset;
        host.Write(OldBytes);
    }

    /// <summary>Does the change again, up to that many bytes of it.</summary>
    internal void Redo(int byteCount)
    {
        if (!File.Exists(HostPath)) return;
        using var host = new FileStream(HostPath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (NewBytes == null)
        {
            if (byteCount > 0) host.SetLength(NewLength);
            return;
        }
        host.Position = Offset;
        host.Write(NewBytes.AsSpan(0, Math.Min(byteCount, NewBytes.Length)));
    }

    /// <summary>What a power cut leaves: all changes taken back, then some of them done again, whole or torn.</summary>
    /// <param name="changes">Oldest first; empty afterwards.</param>
    /// <param name="random">Decides which changes stay.</param>
    /// <param name="keepSome">False takes every change back (littlefs); true lets the seed decide for each (FAT).</param>
    internal static void Settle(List<UnsyncedChange> changes, bool keepSome, Random random)
    {
        for (int i = changes.Count - 1; i >= 0; i--) changes[i].Undo();
        foreach (UnsyncedChange change in changes)
        {
            if (!keepSome) break;
            int bytes = change.NewBytes?.Length ?? 1;
            int kept = random.Next(3) switch { 0 => 0, 1 => bytes, _ => random.Next(bytes + 1) };
            if (kept > 0) change.Redo(kept);
        }
        changes.Clear();
    }
}
