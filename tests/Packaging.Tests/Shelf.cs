using System.Diagnostics;
using System.IO.Compression;
using BodyCam.Bench.Load;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Evidence;
using BodyCam.Rules.Policies;
using BodyCam.Rules.Policies.Reading;
using BodyCam.TestKit;

namespace BodyCam.Packaging.Tests;

/// <summary>A station that has taken in two activities with a shift manifest, and packages made of it.</summary>
public sealed class Shelf : IAsyncLifetime
{
    public static readonly DateTimeOffset MadeAt = new(2026, 3, 2, 9, 30, 0, TimeSpan.FromHours(8));

    private readonly string folder = Directory.CreateTempSubdirectory("shelf").FullName;

    public Station Station { get; } = new();

    public PolicyBook Book { get; } = PolicyReader.ReadFolder(Path.Combine(AppContext.BaseDirectory, "policies"), out _)!;

    public string KeyFile => Path.Combine(folder, "anchor.pem");

    /// <summary>As it was after the first recording.</summary>
    public string OlderCheckpointFile => Path.Combine(folder, "older");

    public string CheckpointFile => Path.Combine(folder, "checkpoint");

    public async ValueTask InitializeAsync()
    {
        var recorder = await Station.OpenWithRecorderAsync();
        var last = new List<FakeSegment>();
        await Station.UploadAsync(recorder.Announce(1));
        foreach (var (recording, segments) in new[] { (1u, 3u), (2u, 2u), (3u, 2u) })
        {
            for (var segment = 1u; segment <= segments; segment++)
            {
                var made = recorder.Footage(recording, segment, final: segment == segments, frames: 3, frameBytes: 5000);
                await Station.UploadAsync(made);
                if (segment == segments)
                    last.Add(made);
            }

            if (recording > 1)
                continue;
            await Station.SettleAsync();
            File.WriteAllBytes(OlderCheckpointFile, Station.Ingest.Checkpoint.Note);
        }

        await Station.UploadAsync(recorder.Manifest(last));
        // Two more activities after the manifest: one whole, one whose end has not come.
        await Station.UploadAsync(recorder.Footage(4, 1, final: true, activity: 2), recorder.Footage(5, 1, final: false, activity: 3));
        await Station.SettleAsync();
        File.WriteAllText(KeyFile, Station.Key.PublicKeyPem);
        File.WriteAllBytes(CheckpointFile, Station.Ingest.Checkpoint.Note);
    }

    public async ValueTask DisposeAsync()
    {
        await Station.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public static PackageRequest Request(params uint[] recordings) => new()
    {
        Id = "pkg-1", Title = "某厂<安全>检查", Number = "2026-001", Recordings = [.. recordings.Select(static recording => new PackagedRecording(Station.Device, 1, recording))], Agency = "威县自然资源和规划局", Unit = "执法大队", Maker = "张制作", Extractor = "李提取",
        ExtractedAt = MadeAt, Source = "执法记录仪 unit-7", Proves = "现场检查经过", Officers = ["王一（证001）", "赵二（证002）"], RecordedBy = "王一", Place = "某厂", BrandModel = "BodyCam WROVER", Explanation = "现场检查全程录像",
        Custody = [new CustodyLine(5, MadeAt, "recording.classify", "王一", "分类整理", ["qidong 15"])], Sidecars = new Dictionary<string, string> { ["classification.json"] = "{}" },
    };

    /// <summary>A package as a file.</summary>
    public string Zip(PackageRequest? request = null, PolicySet? policy = null, GatewayKey? key = null)
    {
        var path = Path.Combine(folder, Path.GetRandomFileName() + ".zip");
        using var file = File.Create(path);
        PackageBuilder.Build(Station.Folder, request ?? Request(1, 2, 3), policy, key ?? Station.Key, file);
        return path;
    }

    /// <summary>The same, unpacked.</summary>
    public string Folder(PackageRequest? request = null, PolicySet? policy = null, GatewayKey? key = null)
    {
        var zip = Zip(request, policy, key);
        var target = zip + ".d";
        ZipFile.ExtractToDirectory(zip, target);
        return target;
    }

    public PackageReport Verify(string path, bool withKey = true, bool withCheckpoint = false) =>
        PackageVerifier.Run(path, new VerifyOptions { GatewayKeyPem = withKey ? Station.Key.PublicKeyPem : null, Checkpoints = withCheckpoint ? [Station.Ingest.Checkpoint.Note] : [] });

    public static (int Code, string Output) Script(string path, params string[] arguments) => Run("sh", [Path.Combine(path, "verify.sh"), .. arguments]);

    /// <summary>The command line as a person runs it.</summary>
    public static (int Code, string Output) Bodycam(params string[] arguments) => Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "bodycam.dll"), .. arguments]);

    /// <summary>A program as a user whom file modes bind: root gives up its rights over other users' files (setpriv of util-linux).</summary>
    public static (int Code, string Output) WithoutRights(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? Run("setpriv", ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search", program, .. arguments])
        : Run(program, arguments);

    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + error);
    }

    /// <summary>Makes sums and signature anew with a key, as a forger would.</summary>
    public static void Resign(string path, GatewayKey key)
    {
        var names = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(path, file)).Where(static name => !name.StartsWith("SHA256SUMS", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        var sums = string.Concat(names.Select(name => $"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(path, name))))}  {name}\n"));
        File.WriteAllText(Path.Combine(path, "SHA256SUMS"), sums);
        File.WriteAllBytes(Path.Combine(path, "SHA256SUMS.sig"), key.SignDer(System.Text.Encoding.UTF8.GetBytes(sums)));
    }
}
