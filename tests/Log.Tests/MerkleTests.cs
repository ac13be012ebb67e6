namespace Log.Tests;

public sealed class MerkleTests
{
    // The eight inputs and roots that Certificate Transparency implementations share.
    private static readonly string[] Inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Roots_of_the_certificate_transparency_leaves_are_the_published_ones()
    {
        var edge = new TreeEdge();
        Assert.Equal(Roots[0], Convert.ToHexStringLower(edge.Root()));
        for (var i = 0; i < Inputs.Length; i++)
        {
            var entry = Convert.FromHexString(Inputs[i]);
            edge.Append(entry, MerkleHash.Leaf(entry), []);
            Assert.Equal(Roots[i + 1], Convert.ToHexStringLower(edge.Root()));
        }
    }

    [Fact]
    public void Roots_grown_leaf_by_leaf_equal_the_recursive_definition_up_to_300()
    {
        var edge = new TreeEdge();
        var leaves = new List<byte[]>();
        for (var size = 1; size <= 300; size++)
        {
            var leaf = MerkleHash.Leaf([(byte)size, (byte)(size >> 8)]);
            leaves.Add(leaf);
            edge.Append([], leaf, []);
            Assert.Equal(Definition(leaves), edge.Root());
        }
    }

    /// <summary>RFC 9162 §2.1.1, word by word.</summary>
    private static byte[] Definition(List<byte[]> leaves)
    {
        if (leaves.Count == 1)
            return leaves[0];
        var k = 1;
        while (k * 2 < leaves.Count)
            k *= 2;
        return MerkleHash.Node(Definition(leaves[..k]), Definition(leaves[k..]));
    }
}
