using System.Text.Json;
using BodyCam.Accounts;
using BodyCam.Custody.Acts;
using BodyCam.Ingest;
using BodyCam.Log;
using BodyCam.Rules.Policies;

namespace BodyCam.Gateway;

/// <summary>The gateway's log as custody sees it.</summary>
internal sealed class IngestActLog(IngestService ingest, string dataFolder) : IActLog
{
    public long Size => ingest.Checkpoint.Checkpoint.Size;

    public ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel) => ingest.AppendAsync(records, cancel);

    public IEnumerable<LoggedAct> ReadFrom(long sequence) => LoggedActs.Read(new LogReader(Path.Combine(dataFolder, "log")), sequence, ingest.Checkpoint.Checkpoint);
}

/// <summary>Policies by agency and day, superiors' rules first.</summary>
internal sealed class BookPolicies(PolicyBook book) : IPolicies
{
    public PolicySet? At(string policyId, DateOnly day) => book.Effective(policyId, day);
}

/// <summary>Account events as records of type <c>account</c>.</summary>
internal sealed class LoggedAccountEvents(IngestService ingest, TimeProvider time) : IAccountEvents
{
    public async ValueTask RaiseAsync(string name, string userId, string by, string detail) =>
        await ingest.AppendAsync([new LogRecord("account", JsonSerializer.SerializeToUtf8Bytes(new { type = "account", @event = name, user = userId, by, detail, at = time.GetUtcNow() }))], CancellationToken.None).ConfigureAwait(false);
}
