using BodyCam.Log;

namespace BodyCam.Ingest;

/// <summary>Records of others in the one log that ingest owns.</summary>
public sealed partial class IngestService
{
    private static readonly HashSet<string> othersTypes = new(["custody", "account", "policy"], StringComparer.Ordinal);

    /// <summary>Appends records that are not ingest's own; on return they are durable and in the newest checkpoint.</summary>
    /// <param name="records">One or more; types <c>custody</c>, <c>account</c>, <c>policy</c> only.</param>
    /// <param name="cancel">Ends the wait before anything is queued; what is queued stands.</param>
    /// <returns>Sequence of the first; the others follow.</returns>
    /// <exception cref="ArgumentException">A type that is ingest's own, or none.</exception>
    /// <exception cref="IOException">Nothing is committed any more; the message says what to do.</exception>
    public async ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(records);
        if (records.Count is 0 or > LogWriter.BatchRecordsMax || records.FirstOrDefault(static record => !othersTypes.Contains(record.Type)) is not null)
            throw new ArgumentException($"1 to {LogWriter.BatchRecordsMax} records of type {string.Join(", ", othersTypes)} can be appended here.", nameof(records));
        cancel.ThrowIfCancellationRequested();
        var first = -1L;
        await committer.CommitAsync(new CommitWork(records, (_, sequence) => first = sequence, static _ => { })).ConfigureAwait(false);
        return first;
    }
}
