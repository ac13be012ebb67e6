using BodyCam.Log;

namespace BodyCam.Custody.Acts;

/// <summary>The transparency log as custody needs it.</summary>
public interface IActLog
{
    /// <summary>Appends records of type <see cref="ActJson.RecordType"/>; returns the sequence of the first once all are durable.</summary>
    /// <exception cref="IOException">Nothing is committed any more; the message says what to do.</exception>
    ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel);

    /// <summary>Acts from a sequence on, in order; ends at the newest checkpoint.</summary>
    IEnumerable<LoggedAct> ReadFrom(long sequence);

    /// <summary>Leaves of the newest checkpoint.</summary>
    long Size { get; }
}
