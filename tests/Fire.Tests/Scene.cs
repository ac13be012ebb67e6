using BodyCam.Core;
using BodyCam.Core.Wire;
using BodyCam.Evidence;

namespace BodyCam.Fire.Tests;

/// <summary>The scripted small ingest: first start, one recorder, an announced recording of two segments, journal, manifest, end; played under a plan of faults until everything is receipted and the folder verifies.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(3);
    private readonly Place place = new();

    private string gatewayKeyPem = "";
    private IReadOnlyCollection<Promise> promises = [];

    private Scene(string below = "") => Faults = new FaultPlan(Path.Combine(place.Root, below));

    public FaultPlan Faults { get; }

    public Supervisor Supervisor { get; private set; } = null!;

    /// <summary>Plays it whole, from the first start on, and checks it.</summary>
    /// <param name="arm">Makes the plan, before the first start.</param>
    public static Task<Scene> IngestAsync(Action<FaultPlan> arm) => PlayAsync(new Scene(), arm, static scene => scene.IngestAsync());

    /// <summary>Archives a copy of what another one stored, under faults of the archive's own files, and checks it.</summary>
    public static Task<Scene> ArchiveAsync(Scene stored, Action<FaultPlan> arm) => PlayAsync(new Scene("archive"), arm, scene => scene.ArchiveAsync(stored));

    public async ValueTask DisposeAsync()
    {
        if (Supervisor is not null)
            await Supervisor.DisposeAsync();
        Faults.Dispose();
        place.Dispose();
    }

    private static async Task<Scene> PlayAsync(Scene scene, Action<FaultPlan> arm, Func<Scene, Task> play)
    {
        try
        {
            arm(scene.Faults);
            await play(scene);
            return scene;
        }
        catch (Exception failure)
        {
            var hit = scene.Faults.Hit;
            await scene.DisposeAsync();
            throw new InvalidOperationException($"hit {hit}: {failure.Message}", failure);
        }
    }

    private async Task IngestAsync()
    {
        Supervisor = new Supervisor(place, Faults);
        await using var fleet = await Supervisor.WithGatewayAsync(() => Fleet.ProvisionAsync(
            place, 1, 1, new Habits(), TimeSpan.FromHours(1),
            make: static (card, port) => new StreamingRecorder(card, port, TimeSpan.FromHours(1)) { OfferEvery = TimeSpan.FromMilliseconds(300) }));
        var recorder = fleet.Recorders[0];
        recorder.IsFilming = false;
        recorder.Card.FilmShift();
        fleet.Start();
        await Fleet.UntilAsync(() => recorder.Card.Owed.Count == 0, patience, () => $"{recorder.Card.Owed.Count} owed, {Said()}");
        await recorder.DisposeAsync();
        await Supervisor.EndAsync();
        fleet.Check("at the end", proveAll: true);
        fleet.Verify();
        gatewayKeyPem = fleet.GatewayKeyPem;
        promises = fleet.Promises;
    }

    private async Task ArchiveAsync(Scene stored)
    {
        Copy(stored.place.Data, place.Data);
        Copy(stored.place.Keys, place.Keys);
        var archive = place.Archive = Path.Combine(place.Root, "archive");
        Supervisor = new Supervisor(place, Faults);
        // The mark of the archived segment is the record; it comes after the copy.
        await Fleet.UntilAsync(() => stored.promises.All(promise => IsArchived(promise.Key)), patience, () => $"not archived: {Said()}");
        await Supervisor.EndAsync();
        Assert.Empty(new Oracle(place.Data, stored.gatewayKeyPem).Broken(stored.promises, proveAll: true));
        Assert.Empty(new Oracle(place.Data, stored.gatewayKeyPem).Verified());
        var report = Verifier.Run(archive, new VerifyOptions { GatewayKeyPem = stored.gatewayKeyPem }, null);
        Assert.True(report.Verdict == VerifyVerdict.Verified && report.SegmentCount == stored.promises.Count, string.Join('\n', report.Findings.Select(static finding => finding.Message)));
        Assert.DoesNotContain(report.Findings, static finding => finding.Code == "not_archived");
    }

    // The newest receipt beside the archived original says that it is archived.
    private bool IsArchived(SegmentKey key)
    {
        var path = Path.Combine(place.Archive!, "segments", key.RelativePath + ".receipt");
        return File.Exists(path) && Receipt.TryParse(File.ReadAllBytes(path), out var receipt) == RefusalReason.None && receipt!.State == ReceiptState.Archived;
    }

    private string Said() => $"hit {Faults.Hit}; {string.Join("; ", Supervisor.Ended.Select(static end => $"{end.Code}: {end.Log}"))}";

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }
}
