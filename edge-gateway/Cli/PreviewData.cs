using BodyCam.Catalog;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Gateway;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Retention;
using Microsoft.Data.Sqlite;

namespace BodyCam.Cli;

/// <summary>The recordings that a change of rules would bear on.</summary>
/// <param name="Recordings">Each with what is known of how long it is kept.</param>
/// <param name="Source"><c>custody</c>, or <c>catalog</c> where there is no custody data: then every recording counts, and cases, holds and classification are not known.</param>
internal sealed record PreviewData(IReadOnlyList<PreviewRecording> Recordings, string Source)
{
    private const int PageCount = 1000;

    /// <summary>Reads a gateway's data folder.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="policyId">Policy; recordings of agencies with another one are left out.</param>
    /// <param name="policies">Rules.</param>
    /// <param name="now">Gateway-wall time.</param>
    /// <param name="problem">Why nothing was read; ends with what to do.</param>
    public static PreviewData? Read(string dataFolder, string policyId, PolicyBook policies, DateTimeOffset now, out string problem)
    {
        problem = "";
        var (custody, catalog) = (Path.Combine(dataFolder, "custody.db"), Path.Combine(dataFolder, "catalog.db"));
        try
        {
            if (File.Exists(custody))
            {
                using var store = SqliteCustodyStore.Open(custody);
                return new PreviewData(OfCustody(store, policyId, policies, now), "custody");
            }

            if (File.Exists(catalog))
            {
                using var opened = SqliteCatalog.Open(catalog);
                return new PreviewData(OfCatalog(opened), "catalog");
            }

            problem = $"{dataFolder} has neither custody.db nor catalog.db. Name the data folder of a gateway with --data.";
        }
        catch (SqliteException failure)
        {
            problem = File.Exists(custody) ? DatabaseWords.Of(custody, failure, DatabaseWords.Custody) : DatabaseWords.Of(catalog, failure, DatabaseWords.Catalog);
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            problem = $"the data of {dataFolder} cannot be read ({failure.Message.TrimEnd('.')}). Run this as the user of the gateway.";
        }

        return null;
    }

    private static List<PreviewRecording> OfCustody(SqliteCustodyStore store, string policyId, PolicyBook policies, DateTimeOffset now)
    {
        var draft = new Draft(store, new Book(policies), Actor.Gateway, "read", now);
        var found = new List<PreviewRecording>();
        string? after = null;
        while (store.List<Recording>(new EntityQuery { After = after, CountMax = PageCount }) is { Count: > 0 } page)
        {
            found.AddRange(page.Where(recording => recording.State != RecordingState.Purged && Text.PolicyOf(draft, recording.UnitId)?.Id == policyId).Select(recording => new PreviewRecording(recording.Id, KeptUntil.FactsOf(draft, recording))));
            after = page[^1].Id;
        }

        return found;
    }

    private static List<PreviewRecording> OfCatalog(SqliteCatalog catalog) =>
    [
        .. catalog.Epochs().SelectMany(epoch => catalog.Segments(epoch.Device, epoch.Epoch)).Where(static row => row.Key.Recording > 0)
            .GroupBy(static row => (row.Key.Device, row.Key.Epoch, row.Key.Recording))
            .Select(static group => new PreviewRecording(Recording.IdOf(group.Key.Device.Text, group.Key.Epoch, group.Key.Recording), new RetentionFacts
            {
                RecordingEnded = DateTimeOffset.UnixEpoch.AddMicroseconds(group.Max(static row => row.StartDeviceWallUs + row.EndUs - row.StartUs)),
                Stored = DateTimeOffset.UnixEpoch.AddMicroseconds(group.Max(static row => row.StoredAtUs)),
                IsClassified = true,
            })),
    ];

    private sealed class Book(PolicyBook book) : IPolicies
    {
        public PolicySet? At(string policyId, DateOnly day) => book.Effective(policyId, day);
    }
}
