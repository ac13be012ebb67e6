using BodyCam.Core.Keys;

namespace BodyCam.Boards.Tests;

/// <summary>Where a keys folder lies, and whether what it names is there.</summary>
public sealed class KeyFolderPlaceTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("bodycam-keys-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("data/keys", null)]
    [InlineData("link", "data/keys")]
    [InlineData("link/keys", "data")]
    public void Keys_within_the_data_folder_are_refused_whatever_links_lead_there_and_none_is_made(string keys, string? target)
    {
        var data = Directory.CreateDirectory(Path.Combine(root, "data", "keys")).Parent!.FullName;
        if (target is not null)
            Directory.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, target));
        var refused = Assert.Throws<InvalidOperationException>(() => KeyFolder.Make(Path.Combine(root, keys), data));
        Assert.Contains("name one outside with --keys", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_data_folder_that_is_reached_by_a_link_is_held_against_where_the_keys_lie()
    {
        Directory.CreateDirectory(Path.Combine(root, "data", "keys"));
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, "data"));
        Assert.Throws<InvalidOperationException>(() => KeyFolder.Make(Path.Combine(root, "data", "keys"), Path.Combine(root, "link")));
    }

    [Theory]
    [InlineData("data", KeyFolder.MasterFile, "has master.key, which lies in a keys folder only")]
    [InlineData("data", CertificateAuthority.PrivateFile, "has ca-key.pem, which lies in a keys folder only")]
    [InlineData("keys", "catalog.db", "has catalog.db, which lies in a data folder only")]
    [InlineData("keys", "log/checkpoint", "has log, which lies in a data folder only")]
    public void A_data_folder_and_a_keys_folder_that_were_taken_for_each_other_are_refused_and_nothing_is_made(string where, string name, string words)
    {
        var file = Path.Combine(root, where, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        var refused = Assert.Throws<InvalidOperationException>(() => KeyFolder.Make(Path.Combine(root, "keys"), Path.Combine(root, "data")));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Equal([file], Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(KeyFolder.MasterFile)]
    [InlineData(KeyFolder.GatewayKeyFile)]
    public void A_key_that_is_a_link_to_a_medium_that_is_away_is_told_as_that(string name)
    {
        var (data, keys, medium) = (Path.Combine(root, "data"), Path.Combine(root, "keys"), Path.Combine(root, "medium"));
        Directory.CreateDirectory(Path.Combine(data, "log"));
        File.WriteAllText(Path.Combine(data, "log", "checkpoint"), "");
        Directory.CreateDirectory(keys);
        File.WriteAllBytes(Path.Combine(keys, KeyFolder.MasterFile), new byte[32]);
        File.Delete(Path.Combine(keys, name));
        File.CreateSymbolicLink(Path.Combine(keys, name), Path.Combine(medium, name));
        var refused = Assert.Throws<InvalidOperationException>(() => KeyFolder.Make(keys, data));
        Assert.Contains($"is a link to {Path.Combine(medium, name)}, which is not there: mount the medium", refused.Message, StringComparison.Ordinal);
    }
}
