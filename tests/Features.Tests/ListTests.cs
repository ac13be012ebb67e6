namespace BodyCam.Features.Tests;

/// <summary>The list of features against the code and the table of compliance.</summary>
public sealed class ListTests
{
    private static readonly IReadOnlyList<Feature> features = Feature.ReadAll(Table.Root);

    [Fact]
    public void Each_feature_stands_once_in_its_file()
    {
        var wrong = features.Select(static feature => (feature, Count: feature.In(File.ReadAllText(Path.Combine(Table.Root, feature.File))).Count)).Where(static row => row.Count != 1);
        Assert.Empty(wrong.Select(static row => $"{row.feature.Id}: the text stands {row.Count} times in {row.feature.File}. Write in features.txt what stands there once: {row.feature.Was}"));
    }

    [Fact]
    public void Each_row_of_the_table_loses_a_feature_and_each_of_its_tests_falls_with_one()
    {
        Assert.Equal(Table.Rows.Keys, features.Select(static feature => feature.Row).Distinct());
        foreach (var (row, tests) in Table.Rows)
        {
            var felled = features.Where(feature => feature.Row == row).SelectMany(static feature => feature.Fells).ToHashSet(StringComparer.Ordinal);
            Assert.All(tests, test => Assert.True(felled.Contains(test), $"{row}: no feature of the row fells {test}"));
        }
    }

    [Fact]
    public void Each_feature_fells_a_test_of_its_row_and_only_tests_of_the_table()
    {
        var named = Table.Rows.Values.SelectMany(static tests => tests).ToHashSet(StringComparer.Ordinal);
        Assert.All(features, feature => Assert.True(feature.Fells.Intersect(Table.Rows[feature.Row], StringComparer.Ordinal).Any(), $"{feature.Id} fells none of its row's tests"));
        Assert.All(features, feature => Assert.All(feature.Fells, test => Assert.Contains(test, named)));
    }
}
