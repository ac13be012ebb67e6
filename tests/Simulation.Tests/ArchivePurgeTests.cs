using System.Security.Cryptography;
using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Simulation.Tests;

/// <summary>What goes from the archive by certificate, over its disk in memory.</summary>
public sealed class ArchivePurgeTests
{
    private static readonly SegmentKey key = new(DeviceId.Parse("unit-7"), 1, 1, 1);

    /// <summary>The process ends at every call that changes something, and what it did stays in the cache; the next round goes on.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_a_round_finds_gone_already_is_gone_on_the_device_when_it_says_so(int seed)
    {
        string[] going = [$"segments/{key.RelativePath}.mkv", $"damaged/{key.RelativePath}.mkv", $"orphans/{key.RelativePath}.mkv", $"orphans/{key.RelativePath}.0123456789abcdef.mkv"];
        var item = new PurgeItem(key, 7, [.. new[] { 2, 3 }.Select(static index => new PurgedTail(key, Convert.ToHexStringLower(SHA256.HashData([(byte)index])), 7))]);
        // A station is known by its log, which every data folder has.
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var checkpoint = CheckpointNote.Sign(new Checkpoint("bodycam/gateway/0123456789abcdef", 0, new byte[32]), signer);
        for (var at = 1; ; at++)
        {
            using var disk = new SimDisk(new Random(seed), static _ => { });
            var (data, archive) = (disk.Root + "/data", disk.Root + "/archive");
            GatewayVerbs.Disk(data).WriteWhole("log/checkpoint", checkpoint);
            foreach (var (index, path) in going.Index())
                GatewayVerbs.Disk(archive).WriteWhole(path, [(byte)index]);
            disk.Plan("power", at);
            var first = await GatewayVerbs.Archive(data, archive).PurgeAsync(item, TestContext.Current.CancellationToken);
            disk.Restart();
            Assert.Equal(ArchiveOutcome.Archived, await GatewayVerbs.Archive(data, archive).PurgeAsync(item, TestContext.Current.CancellationToken));
            Assert.All(going, path => Assert.Null(disk.Find($"{archive}/{path}", onDevice: true)));
            if (first != ArchiveOutcome.Archived)
                continue;
            Assert.InRange(at, 20, 200);
            return;
        }
    }
}
