using System.Globalization;
using System.Text;
using BodyCam.Core;
using BodyCam.Core.Keys;
using BodyCam.Log;

namespace BodyCam.Gateway;

/// <summary>A keys folder from before a rotation of the gateway's key: the data folder keeps the public half of each key that signed before (<see cref="KeyRotation"/>).</summary>
public static class FormerKey
{
    /// <summary>What to do about it, as a sentence for people.</summary>
    public const string Remedy = "Restore the backup of the keys folder that was made after the rotation; where there is none, stop the gateway and run 'bodycam gateway rotate-key' again: the log goes on under a new key, for which only your own copy of gateway.pem vouches.";

    /// <summary>The file of the data folder that shows it.</summary>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="keysFolder">The keys folder.</param>
    /// <returns>Its name; null when the gateway's key there is none that signed before, is the one that signs, or cannot be read.</returns>
    public static string? FileOf(string dataFolder, string keysFolder)
    {
        try
        {
            using var key = KeyFolder.ReadKey(keysFolder, KeyFolder.GatewayKeyFile);
            if (key is null || new LogReader(Path.Combine(dataFolder, "log")).ReadCheckpoint() is not { } signed)
                return null;
            var own = LogPublicKey.From(key.Ecdsa);
            var name = string.Create(CultureInfo.InvariantCulture, $"gateway-{KeyChange.IdOf(own)}.pem");
            var path = Path.Combine(dataFolder, name);
            return File.Exists(path) && LogPublicKey.FromPem(Encoding.ASCII.GetString(RegularFile.ReadAllBytes(path))) is { } former && former.ToSpki().AsSpan().SequenceEqual(own.ToSpki())
                && CheckpointNote.Verify(signed.Note, own, out _) != CheckpointVerdict.Valid ? name : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}
