using BodyCam.Hardware.Tests.Boards;

namespace BodyCam.Hardware.Tests.Documents;

/// <summary>The parts list and the board file name the same parts.</summary>
public sealed class BomTests
{
    private static readonly string[][] rows = [.. Repository.Read("hardware/bom.csv").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(static line => line.Split(','))];

    [Fact]
    public void Every_part_of_the_board_is_on_the_parts_list_with_its_number()
    {
        var board = BoardFile.Load("wrover-arducam");
        var listed = rows.SelectMany(static row => row[0].Split(' ')).ToHashSet();
        Assert.All(board.Modules.Keys.Concat(board.Passives.Keys), part => Assert.Contains(part, listed));
    }

    [Fact]
    public void Every_row_has_its_columns_and_as_many_references_as_pieces()
    {
        var passives = BoardFile.Load("wrover-arducam").Passives;
        foreach (string[] row in rows)
        {
            Assert.True(row.Length == 8, $"'{row[0]}' has {row.Length} columns, not 8: use ';' inside a cell.");
            string[] references = row[0].Split(' ');
            if (references.All(passives.ContainsKey)) Assert.Equal(references.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), row[4]);
            foreach (string name in references.Where(name => passives.TryGetValue(name, out var part) && part.Kind != "jumper"))
                Assert.Contains(passives[name].Value.Split(' ')[0], row[1]);
        }
    }

    [Fact]
    public void A_part_number_says_where_it_is_from() => Assert.All(rows.Where(static row => row[3].Length > 0), static row => Assert.NotEmpty(row[5]));
}
