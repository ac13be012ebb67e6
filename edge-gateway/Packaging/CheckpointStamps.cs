using System.Formats.Asn1;
using System.Globalization;
using BodyCam.Core;
using BodyCam.Log;

namespace BodyCam.Packaging;

/// <summary>Time stamps of a log's checkpoints: <c>log/stamps/&lt;size&gt;.note</c> is the checkpoint as it was stamped, <c>.tsr</c> the authority's answer (RFC 3161 TimeStampResp, DER), as <c>openssl ts</c> reads it.</summary>
public static class CheckpointStamps
{
    /// <summary>Has the newest checkpoint of a data folder stamped and keeps both, durable; one that is stamped already is not stamped again.</summary>
    /// <returns>Leaves of the stamped checkpoint.</returns>
    /// <exception cref="InvalidOperationException">No checkpoint, or no usable answer; the message says what to do. Nothing is kept then.</exception>
    public static async Task<long> StampAsync(string dataFolder, HttpClient client, Uri authority, CancellationToken cancel)
    {
        var signed = new LogReader(Path.Combine(dataFolder, "log")).ReadCheckpoint() ?? throw new InvalidOperationException($"{dataFolder} has no log/checkpoint: name a gateway's data folder.");
        var folder = FolderOf(dataFolder);
        var stem = Path.Combine(folder, Stem(signed.Checkpoint.Size));
        if (File.Exists(stem + ".tsr"))
            return signed.Checkpoint.Size;
        var token = await TimeStamps.AskAsync(client, authority, signed.Note, cancel).ConfigureAwait(false);
        Directory.CreateDirectory(folder);
        // The note first: a stamp never stands without what it stamps.
        WriteDurable(stem + ".note", signed.Note);
        WriteDurable(stem + ".tsr", ToResponse(token));
        new FolderSync(dataFolder).SyncEntryOf(stem + ".tsr");
        return signed.Checkpoint.Size;
    }

    /// <summary>Stamped checkpoints of a data folder, by size.</summary>
    internal static IEnumerable<(Checkpoint Checkpoint, byte[] Note, byte[] Response)> Read(string dataFolder)
    {
        if (!Directory.Exists(FolderOf(dataFolder)))
            yield break;
        foreach (var path in Directory.EnumerateFiles(FolderOf(dataFolder), "*.tsr").Order(StringComparer.Ordinal))
        {
            var note = Path.ChangeExtension(path, ".note");
            if (File.Exists(note) && File.ReadAllBytes(note) is var bytes && CheckpointNote.Parse(bytes) is { } checkpoint)
                yield return (checkpoint, bytes, File.ReadAllBytes(path));
        }
    }

    /// <summary>File name of a size, without its ending.</summary>
    internal static string Stem(long size) => size.ToString("D9", CultureInfo.InvariantCulture);

    /// <summary>The answer that carries a token: status granted.</summary>
    internal static byte[] ToResponse(ReadOnlySpan<byte> token)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
                writer.WriteInteger(0);
            writer.WriteEncodedValue(token);
        }

        return writer.Encode();
    }

    /// <summary>The token in an answer, or null when it carries none.</summary>
    internal static ReadOnlyMemory<byte>? TokenOf(byte[] response)
    {
        try
        {
            var reader = new AsnReader(response, AsnEncodingRules.BER).ReadSequence();
            var status = reader.ReadSequence().ReadInteger();
            return status <= 1 && reader.HasData ? reader.ReadEncodedValue() : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static string FolderOf(string dataFolder) => Path.Combine(dataFolder, "log", "stamps");

    private static void WriteDurable(string path, byte[] bytes)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            FileSync.Sync(file);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
