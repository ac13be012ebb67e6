using System.Text;
using System.Text.Json;
using BodyCam.Catalog;
using BodyCam.Core;
using BodyCam.Custody.Acts;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Custody.Store;

/// <summary>Compares the tables of two stores, row by row in the order of their keys.</summary>
internal static class CustodyTables
{
    /// <summary>Most differences that are named of one table.</summary>
    public const int ShownMax = 20;

    private const int FieldsMax = 5;
    private const int WordsMax = 120;

    // Name, columns of the key, other columns.
    private static readonly (string Name, string[] Key, string[] Others)[] tables =
    [
        ("entity", ["kind", "id"], ["body", "sequence"]),
        ("act", ["sequence"], ["body"]),
        ("entity_key", ["kind", "name", "value", "id"], []),
        ("act_thing", ["thing", "sequence"], []),
    ];

    /// <summary>Differences for people, of the store that stands to the one that was made anew. Rows are read only of tables that a gateway makes: others would be sorted, in temporary files of any length.</summary>
    public static IEnumerable<string> Differences(SqliteConnection standing, SqliteConnection rebuilt) =>
        OfSchema(standing, rebuilt).Take(ShownMax).ToList() is { Count: > 0 } others ? others : tables.SelectMany(table => OfTable(table.Name, table.Key, table.Others, standing, rebuilt).Take(ShownMax));

    // A view, a trigger or a table that the gateway does not make would change what is read or written.
    private static IEnumerable<string> OfSchema(SqliteConnection standing, SqliteConnection rebuilt)
    {
        var (have, wanted) = (SqliteSnapshot.Schema(standing), SqliteSnapshot.Schema(rebuilt));
        return wanted.Keys.Except(have.Keys).Order(StringComparer.Ordinal).Select(static name => $"{name} is not in it")
            .Concat(have.Keys.Except(wanted.Keys).Order(StringComparer.Ordinal).Select(static name => $"{Said(name)} is only in it"))
            .Concat(wanted.Where(made => have.TryGetValue(made.Key, out var sql) && sql != made.Value).Select(static made => $"{made.Key} is made in another way").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> OfTable(string name, string[] key, string[] others, SqliteConnection standing, SqliteConnection rebuilt)
    {
        var sql = $"SELECT {string.Join(", ", key.Concat(others))} FROM {name} ORDER BY {string.Join(", ", key)}";
        using var ours = Rows(standing, sql).GetEnumerator();
        using var theirs = Rows(rebuilt, sql).GetEnumerator();
        var (have, want) = (Next(ours), Next(theirs));
        while (have is not null || want is not null)
        {
            var order = have is null ? 1 : want is null ? -1 : Compare(have, want, key.Length);
            if (order < 0)
                yield return $"{Named(name, have!)} is only in it";
            else if (order > 0)
                yield return $"{Named(name, want!)} is not in it";
            else if (Fields(name, have!, want!) is { Count: > 0 } fields)
                yield return $"{Named(name, want!)} differs ({string.Join(", ", fields)})";
            have = order <= 0 ? Next(ours) : have;
            want = order >= 0 ? Next(theirs) : want;
        }
    }

    private static IEnumerable<object[]> Rows(SqliteConnection connection, string sql)
    {
        using var reader = connection.ExecuteReader(sql);
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            yield return row;
        }
    }

    private static object[]? Next(IEnumerator<object[]> rows) => rows.MoveNext() ? rows.Current : null;

    // What differs of two rows with one key; nothing when whoever reads them reads the same.
    private static IReadOnlyList<string> Fields(string table, object[] have, object[] want)
    {
        if (table is not ("entity" or "act"))
            return [];
        var body = table == "entity" ? 2 : 1;
        if (have[body] is not string text)
            return ["no text"];
        try
        {
            // One that an older program wrote may lack what was empty.
            var said = table == "act" && text != (string)want[body] ? JsonSerializer.Serialize(JsonSerializer.Deserialize<Act>(text, ActJson.Options), ActJson.Options) : text;
            var fields = JsonFields.Differing(said, (string)want[body]).Take(FieldsMax).Select(Said);
            return [.. table == "entity" && !have[3].Equals(want[3]) ? fields.Append("its leaf") : fields];
        }
        catch (JsonException)
        {
            return ["cannot be read"];
        }
    }

    private static string Named(string table, object[] row) => table switch
    {
        "entity" => Said($"{row[0]}/{row[1]}"),
        "act" => Said($"act {row[0]}{AboutWhat(row[1])}"),
        "entity_key" => Said($"{row[0]}/{row[3]} under {row[1]} {row[2]}"),
        _ => Said($"act {row[1]} in the report of {row[0]}"),
    };

    private static string AboutWhat(object body)
    {
        try
        {
            return body is string text && JsonSerializer.Deserialize<Act>(text, ActJson.Options) is { } act ? $" ({act.Name} of {act.Subject})" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    // SQLite's own order: numbers, text by its UTF-8 bytes, bytes.
    private static int Compare(object[] one, object[] other, int columns)
    {
        for (var column = 0; column < columns; column++)
        {
            var order = (one[column], other[column]) switch
            {
                (long a, long b) => a.CompareTo(b),
                (string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
                var (a, b) => Class(a).CompareTo(Class(b)) is not 0 and var classes ? classes : -1,
            };
            if (order != 0)
                return order;
        }

        return 0;
    }

    private static int Class(object value) => value switch { DBNull => 0, long or double => 1, string => 2, _ => 3 };

    // Names come from a file that somebody may have changed: for a line on a terminal.
    private static string Said(string words)
    {
        var line = Printable.Of(words);
        return line.Length <= WordsMax ? line : line[..WordsMax] + "…";
    }
}
