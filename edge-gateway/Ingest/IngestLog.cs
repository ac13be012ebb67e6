using BodyCam.Core;
using Microsoft.Extensions.Logging;

namespace BodyCam.Ingest;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Data folder {Folder} is open: {Leaves} leaves in the log, {Parts} parts.")]
    public static partial void Opened(ILogger logger, string folder, long leaves, int parts);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Device}: {Reason}, detail {Detail}.")]
    public static partial void Refused(ILogger logger, string device, RefusalReason reason, uint detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Segment} does not match its seal; all of it is asked for again, time {Count}.")]
    public static partial void Mismatch(ILogger logger, string segment, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The conflict at {Segment} is counted, not logged: the queue is full.")]
    public static partial void ConflictUnlogged(ILogger logger, string segment);

    [LoggerMessage(Level = LogLevel.Error, Message = "What follows a commit failed for one work; it is durable. The next start mends it.")]
    public static partial void WorkFailed(ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Storage failed: no receipt is given any more. Start the gateway again.")]
    public static partial void Broken(ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Finished {Count} segments that the last run left between rename and log.")]
    public static partial void Finished(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Took in {Count} segments again that stood here and were in no record: the log is another one than when they were stored. Run 'bodycam verify'.")]
    public static partial void TakenInAgain(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Segment} closed as an orphaned tail: {Bytes} bytes without a seal.")]
    public static partial void Orphaned(ILogger logger, string segment, long bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Device}: epoch {Epoch} and all before it are revoked; they come in no more.")]
    public static partial void Revoked(ILogger logger, string device, uint epoch);
}
