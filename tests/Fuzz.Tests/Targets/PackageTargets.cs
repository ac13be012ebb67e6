using System.IO.Compression;
using BodyCam.Evidence;
using BodyCam.Fuzz.Tests.Harness;
using BodyCam.Packaging;
using BodyCam.TestKit;

namespace BodyCam.Fuzz.Tests.Targets;

/// <summary>Evidence packages as files: the verifier gives a report or says that it is no ZIP, and calls nothing verified that it did not make.</summary>
internal static class PackageTargets
{
    public static IEnumerable<FuzzTarget> All()
    {
        var (zip, options) = Make().GetAwaiter().GetResult();
        var small = Packed(("manifest.json", "{}"u8.ToArray()), ("SHA256SUMS", []));
        string folder = Directory.CreateTempSubdirectory("bodycam-fuzz").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        string path = Path.Combine(folder, "package.zip");
        return
        [
            new("evidence package", [zip], bytes => Verify(path, bytes, options), (bytes, verdict) => Holds((VerifyVerdict)verdict, bytes, zip))
            {
                // Reading takes 128 KiB at a time for each file of the package, of which there may be one for every hundred bytes; files are held once.
                AllocatedPerByte = 2048, AllocatedMax = 64 << 20, InputBytesMax = 256 * 1024,
                Words = [[0x50, 0x4B, 0x01, 0x02], [0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06], [0x50, 0x4B, 0x06, 0x06]],
                Hostile = [small, Liar()],
            },
        ];
    }

    // A station with one recording, and the package of it.
    private static async Task<(byte[] Zip, VerifyOptions Options)> Make()
    {
        await using var station = new Station();
        var recorder = await station.OpenWithRecorderAsync();
        var footage = recorder.Footage(1, 1, final: true, frames: 1, frameBytes: 500);
        await station.UploadAsync(recorder.Announce(1), footage, recorder.Manifest([footage]));
        await station.SettleAsync();
        var request = new PackageRequest { Id = "pkg-1", Title = "t", Number = "1", Recordings = [new PackagedRecording(Station.Device, 1, 1)], Agency = "a", Unit = "u", Maker = "m", Extractor = "e", ExtractedAt = DateTimeOffset.UnixEpoch.AddYears(56), Source = "s", Proves = "p", Officers = ["o"], RecordedBy = "o", Place = "p", BrandModel = "b", Explanation = "x", Custody = [], Sidecars = new Dictionary<string, string>() };
        using var made = new MemoryStream();
        PackageBuilder.Build(station.Folder, request, null, station.Key, made);
        return (made.ToArray(), new VerifyOptions { GatewayKeyPem = station.Key.PublicKeyPem, Checkpoints = [station.Ingest.Checkpoint.Note] });
    }

    private static object? Verify(string path, byte[] bytes, VerifyOptions options)
    {
        File.WriteAllBytes(path, bytes);
        try
        {
            return PackageVerifier.Run(path, options).Verdict;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool Holds(VerifyVerdict verdict, byte[] bytes, byte[] original)
    {
        if (verdict == VerifyVerdict.Verified && !SameFiles(bytes, original))
            throw new InvalidOperationException("a changed package is verified");
        return verdict == VerifyVerdict.Verified;
    }

    // The container may be packed otherwise; what it holds may not be another.
    private static bool SameFiles(byte[] one, byte[] other)
    {
        var (first, second) = (Files(one), Files(other));
        return first.Count == second.Count && first.All(file => second.TryGetValue(file.Key, out string? hash) && hash == file.Value);
    }

    private static Dictionary<string, string> Files(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return archive.Entries.ToDictionary(static entry => entry.FullName, static entry =>
        {
            using var stream = entry.Open();
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream));
        }, StringComparer.Ordinal);
    }

    private static byte[] Packed(params (string Name, byte[] Bytes)[] files)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return packed.ToArray();
    }

    // 60 MB of zeros in 60 KB, said to be 900,000 bytes: what the directory claims is no bound for what comes out.
    private static byte[] Liar()
    {
        byte[] zip = Packed(("SHA256SUMS", new byte[60_000_000]), ("manifest.json", "{}"u8.ToArray()));
        foreach (int at in Enumerable.Range(0, zip.Length - 4).Where(at => BitConverter.ToInt32(zip, at) == 60_000_000).ToList())
            BitConverter.TryWriteBytes(zip.AsSpan(at), 900_000);
        return zip;
    }
}
