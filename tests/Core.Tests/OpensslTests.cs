using System.Diagnostics;

namespace BodyCam.Core.Tests;

/// <summary>Everything that the documents say can be recomputed with openssl, recomputed with openssl.</summary>
public sealed class OpensslTests
{
    [Fact]
    public void Openssl_gives_the_golden_chunk_digests_seal_digests_and_macs()
    {
        foreach (var vector in Vectors.Of("chunk"))
            Assert.Equal(vector.Text("digest"), Hmac("key:bodycam/v1/chunk", vector.Hex("payload")));
        foreach (var vector in Vectors.Of("seal"))
        {
            var seal = vector.Hex("seal");
            Assert.Equal(vector.Text("sealDigest"), Hmac("key:bodycam/v1/seal", [.. seal[..288], .. vector.HexList("chunkDigests").SelectMany(static digest => digest)]));
            var key = KeyTests.Ring().RecordingKey(DeviceId.Parse("unit-0042"), 3, vector.U32("recording"));
            Assert.Equal(Convert.ToHexStringLower(seal[320..]), Hmac("hexkey:" + Convert.ToHexStringLower(key), seal[288..320]));
        }
    }

    [Fact]
    public void Openssl_accepts_the_golden_receipt_signatures_and_their_macs()
    {
        var folder = Directory.CreateTempSubdirectory("bodycam-core-");
        var pem = Path.Combine(folder.FullName, "gateway.pem");
        var signature = Path.Combine(folder.FullName, "signature");
        File.WriteAllText(pem, Vectors.File("receipt").Text("gatewayPublicKey"));
        foreach (var vector in Vectors.Of("receipt"))
        {
            var message = vector.Hex("message");
            Assert.Equal(Convert.ToHexStringLower(message[^96..^64]), Hmac("hexkey:" + vector.Text("receiptKey"), message[..^96]));
            File.WriteAllBytes(signature, Der(message[^64..]));
            Assert.Contains("Verified OK", Run(message[..^96], "dgst", "-sha256", "-verify", pem, "-signature", signature));
        }

        folder.Delete(recursive: true);
    }

    // INTEGER r, INTEGER s (ITU-T X.690 §8.3): no leading zeros, one in front of a high bit.
    private static byte[] Der(byte[] plain)
    {
        static byte[] Number(ReadOnlySpan<byte> value)
        {
            value = value.TrimStart((byte)0);
            byte[] body = value[0] >= 128 ? [0, .. value] : [.. value];
            return [2, (byte)body.Length, .. body];
        }

        byte[] content = [.. Number(plain.AsSpan(0, 32)), .. Number(plain.AsSpan(32))];
        return [0x30, (byte)content.Length, .. content];
    }

    private static string Hmac(string key, byte[] data) => Run(data, "dgst", "-sha256", "-mac", "HMAC", "-macopt", key, "-r").Split(' ')[0];

    private static string Run(byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
