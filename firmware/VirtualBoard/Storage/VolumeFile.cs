namespace BodyCam.VirtualBoard;

/// <summary>One open file of the firmware.</summary>
internal sealed class VolumeFile(VirtualStorage storage, Kernel kernel, Volume volume, OpenFile entry) : IVolumeFile
{
    /// <summary>Un-synced bytes kept so that a power cut can take them back; older ones count as written out by the card itself.</summary>
    private const int UnsyncedChangesMax = 4096;

    private bool _disposed;

    private bool OnCard => volume.Letter == 'D';

    public long Length
    {
        get
        {
            using NativeCall call = kernel.Enter();
            CheckUsable();
            if (OnCard && storage.Card.TakeLengthFault(entry.HostPath, isMissing: false))
                return storage.Card.FailingLengthAnswer ?? throw new IOException("The card reports a read error (FR_DISK_ERR).");
            return entry.Host.Length;
        }
    }

    public int Read(long offset, Span<byte> into)
    {
        using NativeCall call = kernel.Enter();
        CheckUsable();
        if ((entry.Access & 1) == 0) throw new NotSupportedException("The file is open for writing only.");
        if (OnCard && storage.Card.TakeReadFault(entry.HostPath)) throw new IOException("The card reports a read error (FR_DISK_ERR).");
        entry.Host.Position = offset;
        int count = entry.Host.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
        if (OnCard) storage.Card.TakeMisread(entry.HostPath, offset, into[..count]);
        CostModel costs = kernel.Options.Costs;
        call.Spend(OnCard ? storage.Slow(CostModel.ByteTicks(count, costs.CardReadBytesPerSecond)) : CostModel.ByteTicks(count, costs.FlashBytesPerSecond * 10L));
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        using NativeCall call = kernel.Enter();
        CheckWritable();
        long length = Math.Max(entry.Host.Length, offset + bytes.Length);
        AwaitRoom(call, length);
        volume.AddUsed(volume.Rounded(length) - volume.Rounded(entry.Host.Length));
        UnsyncedChange change = UnsyncedChange.BeforeWrite(entry.HostPath, entry.Host, offset, bytes);
        storage.CountChange(call, volume, () => Tear(change));
        entry.Host.Position = offset;
        entry.Host.Write(bytes);
        Remember(change);
        kernel.Trace?.Add($"file write {volume.Nano(entry.HostPath)} at {offset}: {bytes.Length}");
        CostModel costs = kernel.Options.Costs;
        call.Spend(OnCard ? storage.Slow(CostModel.ByteTicks(bytes.Length, costs.CardBytesPerSecond)) : CostModel.ByteTicks(bytes.Length, costs.FlashBytesPerSecond));
        if (OnCard) Sync(call);
    }

    public void Flush()
    {
        using NativeCall call = kernel.Enter();
        CheckWritable();
        kernel.Trace?.Add($"file flush {volume.Nano(entry.HostPath)}");
        if (!Sync(call)) throw new IOException("The card did not confirm the sync (FR_DISK_ERR). The bytes do not count as written.");
    }

    public void SetLength(long length)
    {
        using NativeCall call = kernel.Enter();
        CheckWritable();
        AwaitRoom(call, length);
        storage.CountChange(call, volume, torn: null);
        ChangeLength(length);
        kernel.Trace?.Add($"file length {volume.Nano(entry.HostPath)} {length}");
        if (OnCard) Sync(call);
    }

    internal void ChangeLength(long length)
    {
        Remember(UnsyncedChange.BeforeLength(entry.HostPath, entry.Host, length));
        volume.AddUsed(volume.Rounded(length) - volume.Rounded(entry.Host.Length));
        entry.Host.SetLength(length);
    }

    public void Dispose()
    {
        if (_disposed) return;
        using NativeCall call = kernel.Enter();
        if (_disposed) return;
        _disposed = true;
        if (!volume.OpenFiles.Contains(entry)) return;
        if ((entry.Access & 2) != 0) Sync(call);
        volume.Unregister(entry);
        entry.Host.Dispose();
        kernel.Trace?.Add($"file close {volume.Nano(entry.HostPath)}");
    }

    /// <summary>Makes this file's changes last; false when the card refuses.</summary>
    private bool Sync(NativeCall call)
    {
        CostModel costs = kernel.Options.Costs;
        call.Spend(OnCard ? storage.Slow(CostModel.Ticks(costs.CardSyncUs)) : CostModel.Ticks(costs.FlashSyncUs));
        // The card may have been torn out while the sync took its time.
        if (!volume.OpenFiles.Contains(entry) || (OnCard && storage.Card.SyncFails)) return false;
        volume.Unsynced.RemoveAll(change => change.HostPath == entry.HostPath);
        return true;
    }

    private void Remember(UnsyncedChange change)
    {
        if (volume.Unsynced.Count >= UnsyncedChangesMax) volume.Unsynced.RemoveAt(0);
        volume.Unsynced.Add(change);
    }

    private void Tear(UnsyncedChange change)
    {
        int bytes = change.NewBytes!.Length;
        entry.Host.Position = change.Offset;
        entry.Host.Write(change.NewBytes.AsSpan(0, storage.RandomBelow(bytes + 1)));
    }

    /// <summary>Returns when there is room for the clusters that the new length needs. A full card holds the thread until the card is changed; a full flash throws.</summary>
    private void AwaitRoom(NativeCall call, long newLength)
    {
        long moreBytes = volume.Rounded(newLength) - volume.Rounded(entry.Host.Length);
        if (moreBytes > 0 && moreBytes > volume.FreeBytes)
        {
            if (!OnCard) throw new IOException("I: is full. Delete old files there.");
            while (moreBytes > volume.FreeBytes && volume.OpenFiles.Contains(entry))
            {
                call.Thread.WaitingIn.Add(storage.Card.BlockedWriters);
                storage.Card.BlockedWriters.AddLast(call.Thread);
                kernel.BlockNeedsLock(call.Thread, -1);
            }
            CheckUsable();
        }
    }

    private void CheckWritable()
    {
        CheckUsable();
        if ((entry.Access & 2) == 0) throw new NotSupportedException("The file is open for reading only.");
    }

    private void CheckUsable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!volume.OpenFiles.Contains(entry)) throw new IOException("The card is gone or was changed. Close the file, mount the card and open the file again.");
    }
}
