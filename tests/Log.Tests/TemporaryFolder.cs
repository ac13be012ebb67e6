using System.Security.Cryptography;

namespace Log.Tests;

/// <summary>A folder that is gone when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bodycam-log-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Keys and records that every test may use.</summary>
internal static class Samples
{
    public const string Origin = "bodycam.example/log";

    public static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static LogPublicKey PublicKey => LogPublicKey.From(Key);

    public static LogRecord Record(long n) => new("segment", System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"segment\",\"n\":{n}}}"));

    public static LogRecord[] Records(long first, int count) => [.. Enumerable.Range(0, count).Select(i => Record(first + i))];
}
