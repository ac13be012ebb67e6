using System.Security.Cryptography;
using System.Text;

namespace BodyCam.Custody.Supervision;

/// <summary>A draw that anybody can repeat: HMAC-SHA256(seed, id) orders the population, the smallest are the sample.</summary>
public static class Draw
{
    /// <summary>SHA-256 over the ids in ordinal order, each followed by a line feed; hex.</summary>
    public static string DigestOf(IEnumerable<string> ids)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var id in ids.Order(StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes(id + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The sample, in the order of the draw.</summary>
    /// <param name="seedHex">32 bytes as hex.</param>
    /// <param name="ids">Population.</param>
    /// <param name="count">Wanted; all when there are fewer.</param>
    public static IReadOnlyList<string> Of(string seedHex, IEnumerable<string> ids, int count)
    {
        var seed = Convert.FromHexString(seedHex);
        return [.. ids.Select(id => (Id: id, Order: Convert.ToHexString(HMACSHA256.HashData(seed, Encoding.UTF8.GetBytes(id))))).OrderBy(static row => row.Order, StringComparer.Ordinal).Take(count).Select(static row => row.Id)];
    }
}
