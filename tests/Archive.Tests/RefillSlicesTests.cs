using BodyCam.Core;
using BodyCam.Log;
using BodyCam.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace BodyCam.Archive.Tests;

/// <summary>What cannot be put there again holds up nothing, however many records lie between.</summary>
public sealed class RefillSlicesTests
{
    [Theory]
    [InlineData(4, 2)]
    [InlineData(200, 2)]
    [InlineData(200, 10)]
    [InlineData(250, 12)]
    public async Task Files_that_cannot_be_put_there_hold_up_none_of_another_part_of_the_log(int stuck, int slices)
    {
        var queue = new Slices(slices * 256L);
        // In the first part all but the last of so many are stuck, in the others all but the last of as many.
        var archive = new Sticky(item => item.LogSequence % 256 < stuck);
        var refill = new ArchiveRefill(queue, archive, NullLogger.Instance);
        queue.Lacking = leaf => leaf % 256 <= stuck && !archive.There.Contains(leaf);
        for (var round = 0; round < 5000; round++)
            await refill.RunOnceAsync(queue.Size, default);
        Assert.Equal(slices, archive.There.Count);
    }

    private sealed class Sticky(Func<ArchiveItem, bool> isStuck) : IArchive
    {
        public HashSet<long> There { get; } = [];

        public string? Refusal => null;

        public IReadOnlyDictionary<string, ArchiveOutcome> NotThere => new Dictionary<string, ArchiveOutcome>();

        public ValueTask<int?> MediumAsync(CancellationToken cancel) => ValueTask.FromResult<int?>(1);

        public bool Has(ArchiveItem item) => There.Contains(item.LogSequence);

        public bool HasBytesOf(SegmentKey key) => false;

        public ValueTask<ArchiveOutcome> ForwardAsync(ArchiveItem item, CancellationToken cancel)
        {
            if (isStuck(item))
                return ValueTask.FromResult(ArchiveOutcome.Unavailable);
            There.Add(item.LogSequence);
            return ValueTask.FromResult(ArchiveOutcome.Archived);
        }

        public ValueTask<ArchiveOutcome> ForwardReceiptAsync(ArchiveItem item, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask<ArchiveOutcome> ForwardLogAsync(SignedCheckpoint durable, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask<ArchiveOutcome> PurgeAsync(PurgeItem item, CancellationToken cancel) => throw new NotSupportedException();
    }

    private sealed class Slices(long size) : IArchiveQueue
    {
        public long Size => size;

        public Func<long, bool> Lacking { get; set; } = static _ => false;

        public SignedCheckpoint Checkpoint => throw new NotSupportedException();

        public ArchivedSlice ArchivedBetween(long from, long to)
        {
            var items = new List<ArchiveItem>();
            for (var leaf = from; leaf < to; leaf++)
            {
                if (Lacking(leaf))
                    items.Add(new ArchiveItem($"segments/{leaf}.mkv", new byte[32], new SegmentKey(Station.Device, 1, 1, (uint)leaf), leaf));
            }

            return new ArchivedSlice(items, [], true);
        }

        public bool IsSealed(ArchiveItem item) => true;

        public void Report(ArchiveItem item, ArchiveOutcome outcome)
        {
            // Nobody is told here.
        }

        public void Report(string relative, ArchiveOutcome outcome) => throw new NotSupportedException();

        public void PurgeThereAgain(SegmentKey key) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ArchiveItem>> DueAsync(long afterSequence, int countMax, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask ArchivedAsync(IReadOnlyList<ArchiveItem> items, CancellationToken cancel) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ArchiveItem>?> NewestArchivedAsync(int countMax, CancellationToken cancel) => throw new NotSupportedException();

        public IReadOnlyList<PurgeItem> PurgesDue(int countMax, PurgeItem? after = null) => throw new NotSupportedException();

        public void PurgedInArchive(SegmentKey key) => throw new NotSupportedException();

        public void NotPurgedInArchive(SegmentKey key) => throw new NotSupportedException();

        public void RoundEnded(bool isAway, string? refusal) => throw new NotSupportedException();
    }
}
