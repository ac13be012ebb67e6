using System.Security.Cryptography;
using System.Text;
using BodyCam.Archive;
using BodyCam.Log;

namespace BodyCam.Archive.Tests;

/// <summary>A station's log and the archive's copy of it, each in a folder of the test's own.</summary>
public abstract class LogScene : IDisposable
{
    protected string Root { get; } = Directory.CreateTempSubdirectory("bodycam-log-").FullName;

    protected ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    protected string Data => Path.Combine(Root, "data");

    protected string There => Path.Combine(Root, "archive");

    public void Dispose()
    {
        Key.Dispose();
        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected LogWriter Log() => LogWriter.Open(Path.Combine(Data, "log"), Key, "bodycam/gateway/0123456789abcdef", TimeProvider.System);

    protected static SignedCheckpoint Append(LogWriter log, int count)
    {
        for (var left = count; left > 0; left -= Math.Min(left, 4000))
            log.AppendBatch([.. Enumerable.Range(0, Math.Min(left, 4000)).Select(static i => new LogRecord("segment", Encoding.ASCII.GetBytes($"{{\"n\":{i}}}")))]);
        return log.Current;
    }

    protected IReadOnlyList<string> Faults(string? where = null) => [.. LogAudit.Run(Path.Combine(where ?? There, "log"), LogPublicKey.From(Key)).Faults.Select(static fault => fault.ToString()!)];
}
