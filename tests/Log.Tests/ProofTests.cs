namespace Log.Tests;

public sealed class ProofTests
{
    private const int SizeMax = 300;

    [Fact]
    public void Every_inclusion_and_consistency_proof_up_to_300_leaves_verifies_and_no_other_root_does()
    {
        var (files, roots, leaves) = Grow(SizeMax);
        var reader = new LogReader("", files);
        var wrong = MerkleHash.EmptyRoot();
        for (var size = 1; size <= SizeMax; size++)
        {
            Assert.Equal(roots[size], reader.RootAt(size));
            for (var n = 0; n < size; n++)
            {
                var proof = reader.InclusionProof(n, size);
                Assert.True(MerkleProof.VerifyInclusion(n, size, leaves[n], proof, roots[size]));
                Assert.False(MerkleProof.VerifyInclusion(n, size, wrong, proof, roots[size]));
            }
            for (var old = 0; old <= size; old++)
            {
                var proof = reader.ConsistencyProof(old, size);
                Assert.True(MerkleProof.VerifyConsistency(old, size, roots[old], roots[size], proof));
                if (old > 0)
                    Assert.False(MerkleProof.VerifyConsistency(old, size, wrong, roots[size], proof));
                if (old > 0 && old < size)
                    Assert.False(MerkleProof.VerifyConsistency(old, size, roots[old], wrong, proof));
            }
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(5, 7)]
    [InlineData(255, 257)]
    [InlineData(299, 300)]
    public void A_proof_that_is_shortened_lengthened_or_altered_fails(int n, int size)
    {
        var (files, roots, leaves) = Grow(SizeMax);
        var proof = new LogReader("", files).InclusionProof(n, size);
        Assert.False(MerkleProof.VerifyInclusion(n, size, leaves[n], [.. proof, roots[1]], roots[size]));
        Assert.False(MerkleProof.VerifyInclusion(n + 1, size, leaves[n], proof, roots[size]));
        for (var i = 0; i < proof.Count; i++)
        {
            var altered = proof.Select(hash => hash.ToArray()).ToList();
            altered[i][0] ^= 1;
            Assert.False(MerkleProof.VerifyInclusion(n, size, leaves[n], altered, roots[size]));
            Assert.False(MerkleProof.VerifyInclusion(n, size, leaves[n], [.. proof.Take(i), .. proof.Skip(i + 1)], roots[size]));
        }
    }

    [Fact]
    public void Proofs_across_the_65536_boundary_verify()
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var roots = new Dictionary<long, byte[]>();
        var leaves = new List<byte[]>();
        foreach (var batch in Enumerable.Repeat(4096, 15).Concat([4000, 95, 1, 1, 300]))
        {
            var result = writer.AppendBatch(Samples.Records(leaves.Count, batch));
            leaves.AddRange(result.Records.Select(record => record.LeafHash));
            roots[leaves.Count] = result.Signed.Checkpoint.Root;
        }
        Assert.Contains(65_536L, roots.Keys);
        Assert.Contains("tile/2/000.p/1", files.Seen.Keys);
        var reader = new LogReader("", files);
        foreach (var (size, root) in roots)
        {
            Assert.Equal(root, reader.RootAt(size));
            foreach (var n in new long[] { 0, 255, 256, 65_535, 65_536, size - 1 }.Where(n => n < size))
                Assert.True(MerkleProof.VerifyInclusion(n, size, leaves[(int)n], reader.InclusionProof(n, size), root));
            foreach (var (old, oldRoot) in roots.Where(pair => pair.Key <= size))
                Assert.True(MerkleProof.VerifyConsistency(old, size, oldRoot, root, reader.ConsistencyProof(old, size)));
        }
    }

    private static (MemoryFiles Files, List<byte[]> Roots, List<byte[]> Leaves) Grow(int size)
    {
        var files = new MemoryFiles();
        using var writer = LogWriter.Open("", Samples.Key, Samples.Origin, new ManualTimeProvider(), files);
        var roots = new List<byte[]> { writer.Current.Checkpoint.Root };
        var leaves = new List<byte[]>();
        for (var n = 0; n < size; n++)
        {
            var batch = writer.AppendBatch(Samples.Records(n, 1));
            leaves.Add(batch.Records[0].LeafHash);
            roots.Add(batch.Signed.Checkpoint.Root);
        }
        return (files, roots, leaves);
    }
}
