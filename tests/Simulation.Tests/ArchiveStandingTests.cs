using System.Security.Cryptography;
using BodyCam.Archive;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Simulation.Tests;

/// <summary>Files that stand in the archive before the gateway comes to them, over its disk in memory.</summary>
public sealed class ArchiveStandingTests
{
    private static readonly SegmentKey key = new(DeviceId.Parse("unit-7"), 1, 1, 1);
    private static readonly string[] names = [$"segments/{key.RelativePath}.seal", $"segments/{key.RelativePath}.receipt", $"segments/{key.RelativePath}.mkv"];

    /// <summary>As <c>cp</c> leaves them: in the cache.</summary>
    [Fact]
    public async Task A_copy_that_a_person_made_is_on_the_device_when_it_counts_as_archived()
    {
        using var disk = new SimDisk(new Random(1), static _ => { });
        var (item, archive) = Copied(disk);
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardAsync(item, TestContext.Current.CancellationToken));
        Assert.All(names, name => Assert.Equal(Bytes(name), OnDevice(disk, name)));
        var before = disk.VerbCount;
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardAsync(item, TestContext.Current.CancellationToken));
        Assert.Equal(before + names.Length, disk.VerbCount); // the folder's entries; the files were seen to
    }

    /// <summary>A sync that failed may have lost what the cache still shows, and the next one says nothing of it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_copy_whose_sync_failed_is_written_anew_before_it_counts(int at)
    {
        using var disk = new SimDisk(new Random(at), static _ => { });
        var (item, archive) = Copied(disk);
        disk.Plan("eio at fsync", at);
        Assert.Equal(ArchiveOutcome.Unavailable, await archive.ForwardAsync(item, TestContext.Current.CancellationToken));
        Assert.Equal(ArchiveOutcome.Archived, await archive.ForwardAsync(item, TestContext.Current.CancellationToken));
        Assert.All(names, name => Assert.Equal(Bytes(name), OnDevice(disk, name)));
    }

    private static (ArchiveItem Item, IArchive Archive) Copied(SimDisk disk)
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (data, archive) = (GatewayVerbs.Disk(disk.Root + "/data"), GatewayVerbs.Disk(disk.Root + "/archive"));
        data.WriteWhole("log/checkpoint", CheckpointNote.Sign(new Checkpoint("bodycam/gateway/0123456789abcdef", 0, new byte[32]), signer));
        archive.WriteWhole("archive.json", "{\"kind\":\"archive\",\"version\":1}\n"u8.ToArray());
        disk.MakeFolder(Path.GetDirectoryName($"{disk.Root}/archive/{names[0]}")!);
        foreach (var name in names)
        {
            data.WriteWhole(name, Bytes(name));
            disk.Write(disk.Open($"{disk.Root}/archive/{name}", FileMode.CreateNew), 0, Bytes(name));
        }

        return (new ArchiveItem(names[^1], SHA256.HashData(Bytes(names[^1])), key, 0), GatewayVerbs.Archive(disk.Root + "/data", disk.Root + "/archive"));
    }

    private static byte[] Bytes(string name) => System.Text.Encoding.ASCII.GetBytes(name);

    private static byte[]? OnDevice(SimDisk disk, string name) => disk.Find($"{disk.Root}/archive/{name}", onDevice: true) is { File: { } file } ? file.OnDevice.ToArray() : null;
}
