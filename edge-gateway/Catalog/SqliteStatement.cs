using Microsoft.Data.Sqlite;

namespace BodyCam.Catalog;

/// <summary>One statement, prepared once and run again with other values. Not thread-safe: used under the catalog's lock.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly SqliteCommand command;
    private readonly SqliteParameter[] parameters;

    /// <summary>Names the statement; it is compiled at the first run.</summary>
    /// <param name="connection">Open connection; retained.</param>
    /// <param name="sql">The statement, with each name as <c>@name</c>.</param>
    /// <param name="names">Names of its parameters, in the order in which values are given.</param>
    public SqliteStatement(SqliteConnection connection, string sql, params string[] names)
    {
        command = connection.CreateCommand();
        command.CommandText = sql;
        parameters = [.. names.Select(static name => new SqliteParameter("@" + name, null))];
        command.Parameters.AddRange(parameters);
    }

    /// <summary>Runs it; returns the rows that it changed.</summary>
    public int Run(SqliteTransaction? transaction, params ReadOnlySpan<object> values)
    {
        Bind(transaction, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>Runs it and reads every row.</summary>
    public List<T> Rows<T>(Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
    {
        Bind(null, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => command.Dispose();

    private void Bind(SqliteTransaction? transaction, ReadOnlySpan<object> values)
    {
        if (values.Length != parameters.Length)
            throw new ArgumentException($"The statement takes {parameters.Length} values.", nameof(values));
        for (var index = 0; index < values.Length; index++)
            parameters[index].Value = values[index];
        command.Transaction = transaction;
    }
}
