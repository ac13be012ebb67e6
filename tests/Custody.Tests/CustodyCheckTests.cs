using System.Security.Cryptography;
using BodyCam.Core;
using BodyCam.Custody.Acts;
using BodyCam.Custody.Recordings;
using BodyCam.Custody.Retention;
using BodyCam.Custody.Store;
using BodyCam.Log;
using BodyCam.TestKit;
using Microsoft.Data.Sqlite;

namespace BodyCam.Custody.Tests;

/// <summary><c>custody.db</c> is what the log's acts give, or what differs is named (I11).</summary>
public sealed class CustodyCheckTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("custody-check").FullName;
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private string Path => System.IO.Path.Combine(folder, "custody.db");

    private string Records => System.IO.Path.Combine(folder, "log", "records", "000.jsonl");

    /// <summary>A log on disk with a hold on a recording, and the store that follows it.</summary>
    public async ValueTask InitializeAsync()
    {
        using var log = LogWriter.Open(System.IO.Path.Combine(folder, "log"), key, "test", TimeProvider.System);
        using var world = await new World(Texts.Full, new MemoryActLog { OnDisk = log }, Path).FoundedAsync();
        var recording = await world.ClassifiedAsync();
        await world.Must(world.Officer, "hold.set", draft => RetentionDesk.SetHold(draft, null, recording.Id, "complaint_or_petition", "当事人投诉"));
    }

    public ValueTask DisposeAsync()
    {
        key.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_store_that_follows_the_log_has_no_difference_and_nothing_is_made_or_changed()
    {
        var before = Files();
        Assert.Empty(CustodyCheck.Differences(folder));
        Assert.Equal(before, Files());

        List<(string, DateTime)> Files() => [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static path => (path, File.GetLastWriteTimeUtc(path)))];
    }

    [Fact]
    public void Other_words_of_the_same_length_in_the_file_are_named_with_what_they_stand_in()
    {
        var bytes = File.ReadAllBytes(Path);
        var (words, others) = ("当事人投诉"u8.ToArray(), "无任何理由"u8.ToArray());
        var count = 0;
        for (var at = bytes.AsSpan().IndexOf(words); at >= 0; at = bytes.AsSpan().IndexOf(words), count++)
            others.CopyTo(bytes, at);
        Assert.True(count >= 2, "the act and the hold");
        File.WriteAllBytes(Path, bytes);
        var differences = CustodyCheck.Differences(folder).Select(static difference => difference.What).ToList();
        Assert.Contains(differences, static difference => difference.StartsWith("hold/hold-000001 differs (reason", StringComparison.Ordinal));
        Assert.Contains(differences, static difference => difference.StartsWith("act ", StringComparison.Ordinal) && difference.Contains(" of hold/hold-000001) differs (", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DELETE FROM entity WHERE kind = 'hold'", "hold/hold-000001 is not in it")]
    [InlineData("INSERT INTO entity VALUES ('hold', 'hold-000009', '{}', 3)", "hold/hold-000009 is only in it")]
    [InlineData("UPDATE entity SET sequence = 0 WHERE kind = 'hold'", "hold/hold-000001 differs (its leaf)")]
    [InlineData("UPDATE entity SET body = '{' WHERE kind = 'hold'", "hold/hold-000001 differs (cannot be read)")]
    [InlineData("UPDATE entity SET body = CAST(body AS BLOB) WHERE kind = 'hold'", "hold/hold-000001 differs (no text)")]
    [InlineData("UPDATE entity SET body = replace(body, '\"reason\"', '\"Reason\":\"x\",\"reason\"') WHERE kind = 'hold'", "hold/hold-000001 differs (Reason)")]
    [InlineData("DELETE FROM act WHERE sequence = 2", "act 2 (unit.register of unit/unit-2) is not in it")]
    [InlineData("INSERT INTO act SELECT 5000, body FROM act WHERE sequence = 2", "act 5000 (unit.register of unit/unit-2) is only in it")]
    [InlineData("UPDATE act SET body = '{}' WHERE sequence = 2", "act 2 (unit.register of unit/unit-2) differs (")]
    [InlineData("DELETE FROM entity_key WHERE kind = 'hold' AND name = 'recording'", "hold/hold-000001 under recording bc-01.1.1 is not in it")]
    [InlineData("DELETE FROM act_thing WHERE thing = 'unit/unit-2' AND sequence = 2", "act 2 in the report of unit/unit-2 is not in it")]
    [InlineData("INSERT INTO act_thing VALUES ('unit/unit-2', 0)", "act 0 in the report of unit/unit-2 is only in it")]
    [InlineData("UPDATE meta SET value = 5000", "it follows 5000 leaves, more than the log has (")]
    [InlineData("UPDATE meta SET value = 3", " is only in it")]
    [InlineData("UPDATE meta SET value = -1", "how far it follows the log is no number")]
    [InlineData("UPDATE meta SET value = 'all'", "how far it follows the log is no number")]
    [InlineData("DELETE FROM meta", "how far it follows the log is no number")]
    [InlineData("CREATE TRIGGER later AFTER INSERT ON entity BEGIN UPDATE entity SET body = '{}'; END", "trigger later is only in it")]
    [InlineData("ALTER TABLE act RENAME TO other; CREATE VIEW act AS SELECT * FROM other", "it cannot be compared (act in it is no table)")]
    [InlineData("DROP TABLE act", "table act is not in it")]
    [InlineData("PRAGMA user_version = 9; UPDATE entity SET body = '{}' WHERE kind = 'hold'", "hold/hold-000001 differs (")]
    public void What_is_changed_in_a_table_is_named(string change, string named)
    {
        Change(change);
        var differences = CustodyCheck.Differences(folder).Select(static difference => difference.What).ToList();
        Assert.True(differences.Any(difference => difference.Contains(named, StringComparison.Ordinal)), string.Join('\n', differences));
        Assert.InRange(differences.Count, 1, 5 * CustodyTables.ShownMax);
    }

    [Fact]
    public async Task A_store_that_is_behind_the_log_is_no_fault_and_one_that_was_changed_behind_it_is()
    {
        await AppendAsync(static draft => draft.Put(new People.Unit("unit-3", "agency-1", "三大队")), isApplied: false);
        Assert.Empty(CustodyCheck.Differences(folder));
        Change("UPDATE entity SET body = replace(body, '当事人投诉', '无任何理由') WHERE kind = 'hold'");
        Assert.Equal([new StoreDifference("hold/hold-000001 differs (reason)")], CustodyCheck.Differences(folder));
        // What is behind is applied at the next start; what is another is not.
        using (var log = new DiskActLog(folder, key))
        using (var office = new Office(SqliteCustodyStore.Open(Path), log, new FixedPolicies(Texts.Full), new ManualTimeProvider()))
            Assert.NotNull(office.Store.Find<People.Unit>("unit-3"));
        Assert.Equal([new StoreDifference("hold/hold-000001 differs (reason)")], CustodyCheck.Differences(folder));
    }

    [Fact]
    public void Without_a_store_or_before_its_first_start_there_is_nothing_to_differ()
    {
        File.WriteAllBytes(Path, []);
        Assert.Empty(CustodyCheck.Differences(folder));
        File.Delete(Path);
        Assert.Empty(CustodyCheck.Differences(folder));
    }

    [Fact]
    public void Moved_away_it_is_made_anew_and_differs_no_more()
    {
        Change("UPDATE entity SET body = '{}' WHERE kind = 'hold'");
        File.Move(Path, Path + ".away");
        using (var log = new DiskActLog(folder, key))
        using (var office = new Office(SqliteCustodyStore.Open(Path), log, new FixedPolicies(Texts.Full), new ManualTimeProvider()))
            Assert.Equal("当事人投诉", office.Store.Find<Hold>("hold-000001")!.Reason);
        Assert.Empty(CustodyCheck.Differences(folder));
    }

    [Fact]
    public void Beside_an_office_that_acts_meanwhile_nothing_is_accused()
    {
        using var log = new DiskActLog(folder, key);
        using var office = new Office(SqliteCustodyStore.Open(Path), log, new FixedPolicies(Texts.Full), new ManualTimeProvider());
        for (var round = 0; round < 10; round++)
        {
            // Also between the moment when the store is opened and the one when the log is read.
            Assert.Empty(CustodyCheck.Differences(folder, Act));
            Act();
        }

        void Act() => office.DoAsync(Actor.Gateway, "intake", draft => (Outcome<People.Unit>)draft.Put(new People.Unit(draft.NewId("unit"), "agency-1", "大队"))).GetAwaiter().GetResult();
    }

    [Fact]
    public void One_that_an_office_begins_to_write_while_it_is_read_is_read_again()
    {
        // Nobody had it open: it is read without locks.
        Assert.False(File.Exists(Path + "-wal"));
        Assert.Empty(CustodyCheck.Differences(folder, () => AppendAsync(static draft => draft.Put(new People.Unit("unit-4", "agency-1", "四大队")), isApplied: true).GetAwaiter().GetResult()));
    }

    [Fact]
    public void A_read_that_fails_beside_an_office_is_repeated()
    {
        using var log = new DiskActLog(folder, key);
        using var office = new Office(SqliteCustodyStore.Open(Path), log, new FixedPolicies(Texts.Full), new ManualTimeProvider());
        Assert.True(File.Exists(Path + "-wal"));
        Assert.Empty(CustodyCheck.Differences(folder, static () => throw new IOException("its write-ahead log was taken away")));
    }

    // What is computed while it is read may have no end: the ones here have.
    [Theory]
    [InlineData("body TEXT AS (printf('%.*c', 40, 'a')) VIRTUAL")]
    [InlineData("body TEXT AS (printf('%.*c', 40, 'a')) STORED")]
    public void A_column_that_is_computed_is_named_and_not_read(string column)
    {
        Change($"CREATE TABLE other (kind TEXT NOT NULL, id TEXT NOT NULL, {column}, sequence INTEGER NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID; DROP TABLE entity; ALTER TABLE other RENAME TO entity");
        Assert.Equal([new StoreDifference("it cannot be compared (entity in it has a column that is computed)")], CustodyCheck.Differences(folder));
    }

    [Fact]
    public void A_value_longer_than_any_row_is_not_taken_in_memory()
    {
        Change("UPDATE entity SET body = zeroblob(17 << 20) WHERE kind = 'hold'");
        var what = Assert.Single(CustodyCheck.Differences(folder)).What;
        Assert.True(what.StartsWith("it cannot be compared (", StringComparison.Ordinal) && what.Contains("too big", StringComparison.Ordinal), what);
    }

    [Fact]
    public void A_table_that_is_made_in_another_way_is_named_and_other_comments_in_it_are_not()
    {
        Change("PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, '-- leaf of the log', '-- a leaf of it') WHERE name = 'act'; PRAGMA writable_schema=RESET");
        Assert.Empty(CustodyCheck.Differences(folder));
        Change("CREATE TABLE other (sequence INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL CHECK (body <> '')); INSERT INTO other SELECT * FROM act; DROP TABLE act; ALTER TABLE other RENAME TO act");
        Assert.Equal([new StoreDifference("table act is made in another way")], CustodyCheck.Differences(folder));
    }

    [Fact]
    public void Of_a_table_without_its_key_no_row_is_read_which_would_be_sorted_first()
    {
        Change("CREATE TABLE other (kind TEXT, id TEXT, body TEXT, sequence INTEGER); INSERT INTO other SELECT * FROM entity; INSERT INTO other VALUES ('hold', 'hold-000009', '{}', 3); DROP TABLE entity; ALTER TABLE other RENAME TO entity");
        Assert.Equal([new StoreDifference("table entity is made in another way")], CustodyCheck.Differences(folder));
    }

    [Theory]
    [InlineData("a line that is gone")]
    [InlineData("a line that was changed")]
    [InlineData("an act that was purged")]
    [InlineData("a line and its leaf")]
    public void From_a_log_that_is_not_whole_no_store_is_made_and_none_is_accused(string fault)
    {
        var lines = File.ReadAllLines(Records);
        var was = new LogReader(System.IO.Path.Combine(folder, "log")).ReadRecord(2)!;
        var other = was with { Commitment = LogEntry.Commit(was.Salt!, "{}"u8) };
        lines[2] = fault switch
        {
            "a line that is gone" => "",
            "an act that was purged" => $"{{\"sequence\":2,\"type\":\"custody\",\"timeUs\":{was.TimeUs},\"commitment\":\"{Convert.ToHexStringLower(was.Commitment)}\",\"purged\":true}}",
            _ => lines[2].Replace(Convert.ToBase64String(was.Utf8Json!), Convert.ToBase64String("{}"u8), StringComparison.Ordinal),
        };
        File.WriteAllLines(Records, lines);
        if (fault == "a line and its leaf")
        {
            // Of each width that it was kept in; the tiles above stay.
            foreach (var tile in Directory.EnumerateFiles(System.IO.Path.Combine(folder, "log", "tile", "0"), "*", SearchOption.AllDirectories))
            {
                var hashes = File.ReadAllBytes(tile);
                if (hashes.Length > 2 * MerkleHash.Bytes)
                    other.ToEntry().LeafHash().CopyTo(hashes, 2 * MerkleHash.Bytes);
                File.WriteAllBytes(tile, hashes);
            }
        }

        Assert.True(Assert.Single(CustodyCheck.Differences(folder)) is { Kind: DifferenceKind.LogNotWhole, What: var what } && what.StartsWith("it cannot be compared before the log is whole (", StringComparison.Ordinal));
        File.Delete(Path);
        using var store = SqliteCustodyStore.Open(Path);
        var log = new LogReader(System.IO.Path.Combine(folder, "log"));
        Assert.Throws<InvalidDataException>(() => CustodyReplay.Run(store, LoggedActs.Read(log, 0, log.ReadCheckpoint()!.Checkpoint), log.ReadCheckpoint()!.Checkpoint.Size));
    }

    [Fact]
    public void What_was_quoted_of_a_store_is_held_against_the_log()
    {
        var log = new LogReader(System.IO.Path.Combine(folder, "log"));
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.Empty(Read(store).Differences(log));
        Change("UPDATE act SET body = replace(body, '当事人投诉', '无任何理由')");
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.StartsWith("recording/bc-01.1.1 differs (act ", Assert.Single(Read(store).Differences(log)), StringComparison.Ordinal);
        Change("UPDATE act SET body = replace(body, '无任何理由', '当事人投诉'); DELETE FROM act_thing WHERE thing = 'recording/bc-01.1.1' AND sequence = (SELECT MAX(sequence) FROM act_thing)");
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.Contains("is not in it", Assert.Single(Read(store).Differences(log)), StringComparison.Ordinal);
        Change("UPDATE entity SET body = replace(body, '县城', '城县') WHERE kind = 'recording'");
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.Contains("recording/bc-01.1.1 differs (classification.place)", Read(store).Differences(log));

        static QuotedStore Read(SqliteCustodyStore store)
        {
            var quoted = new QuotedStore(store);
            Assert.NotNull(quoted.Find<Recording>("bc-01.1.1"));
            Assert.Null(quoted.Find<Recording>("bc-01.1.2"));
            Assert.NotEmpty(quoted.Acts("recording/bc-01.1.1"));
            return quoted;
        }
    }

    [Fact]
    public void A_number_that_nobody_who_reads_it_can_read_is_named()
    {
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.NotNull(store.Find<Recording>("bc-01.1.1"));
        var body = "";
        using (var db = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            db.Open();
            using var read = db.CreateCommand();
            read.CommandText = "SELECT body FROM entity WHERE kind = 'recording' AND id = 'bc-01.1.1'";
            body = (string)read.ExecuteScalar()!;
        }

        var number = System.Text.RegularExpressions.Regex.Match(body, "\"[A-Za-z]+\":[0-9]+(?=[,}])").Value;
        Assert.NotEqual("", number);
        Change($"UPDATE entity SET body = replace(body, '{number}', '{number}.0') WHERE kind = 'recording'");
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.Throws<System.Text.Json.JsonException>(() => store.Find<Recording>("bc-01.1.1"));
        Assert.Contains(CustodyCheck.Differences(folder), static difference => difference.What.StartsWith("recording/bc-01.1.1 differs (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_followed_a_log_that_parted_is_told_from_one_that_follows_the_one_put_in_its_place()
    {
        // The archive's log: one more act. The older folder went on with something else.
        var (log, other) = (System.IO.Path.Combine(folder, "log"), System.IO.Path.Combine(folder, "archive-log"));
        Copy(log, System.IO.Path.Combine(folder, "older-log"));
        await AppendAsync(static draft => draft.Put(new People.Unit("unit-held", "agency-1", "三大队")), isApplied: false);
        Directory.Move(log, other);
        Directory.Move(System.IO.Path.Combine(folder, "older-log"), log);
        await AppendAsync(static draft => draft.Put(new People.Unit("unit-parted", "agency-1", "四大队")), isApplied: true);
        Directory.Delete(log, recursive: true);
        Directory.Move(other, log);
        Assert.False(Follows());
        File.Delete(Path);
        using (var acts = new DiskActLog(folder, key))
        using (var office = new Office(SqliteCustodyStore.Open(Path), acts, new FixedPolicies(Texts.Full), new ManualTimeProvider()))
            Assert.NotNull(office.Store.Find<People.Unit>("unit-held"));
        Assert.True(Follows());

        bool Follows()
        {
            using var store = SqliteCustodyStore.Open(Path);
            var reader = new LogReader(log);
            return store.Follows(reader, reader.ReadCheckpoint()!.Checkpoint);
        }
    }

    [Fact]
    public async Task A_store_without_an_act_of_its_own_since_the_log_parted_is_told_by_the_root_that_it_noted()
    {
        // The archive's log: one more act. In its place the older folder, which was started there, has a record that is none.
        var (log, other) = (System.IO.Path.Combine(folder, "log"), System.IO.Path.Combine(folder, "archive-log"));
        Assert.True(FollowsAndNotes());
        Copy(log, System.IO.Path.Combine(folder, "older-log"));
        await AppendAsync(static draft => draft.Put(new People.Unit("unit-held", "agency-1", "三大队")), isApplied: false);
        Directory.Move(log, other);
        Directory.Move(System.IO.Path.Combine(folder, "older-log"), log);
        using (var writer = LogWriter.Open(log, key, "test", TimeProvider.System))
            writer.AppendBatch([new LogRecord("segment", "{\"type\":\"segment\"}"u8.ToArray())]);
        Assert.True(FollowsAndNotes());
        Assert.True(FollowsAndNotes());
        Directory.Delete(log, recursive: true);
        Directory.Move(other, log);
        Assert.False(FollowsAndNotes());

        // As a start does.
        bool FollowsAndNotes()
        {
            using var acts = new DiskActLog(folder, key);
            using var store = SqliteCustodyStore.Open(Path);
            var reader = new LogReader(log);
            if (!store.Follows(reader, reader.ReadCheckpoint()!.Checkpoint))
                return false;
            using var office = new Office(store, acts, new FixedPolicies(Texts.Full), new ManualTimeProvider());
            store.NoteRoot(reader);
            return true;
        }
    }

    [Fact]
    public void A_hash_that_rotted_in_a_tile_below_the_noted_root_speaks_against_no_store()
    {
        var log = System.IO.Path.Combine(folder, "log");
        using (var acts = new DiskActLog(folder, key))
        using (var store = SqliteCustodyStore.Open(Path))
        using (new Office(store, acts, new FixedPolicies(Texts.Full), new ManualTimeProvider()))
            store.NoteRoot(new LogReader(log));
        using (var writer = LogWriter.Open(log, key, "test", TimeProvider.System))
            writer.AppendBatch([.. Enumerable.Range(0, 300).Select(static _ => new LogRecord("segment", "{\"type\":\"segment\"}"u8.ToArray()))]);
        var tile = System.IO.Path.Combine(log, "tile", "0", "000");
        var bytes = File.ReadAllBytes(tile);
        bytes[5] ^= 1;
        File.SetAttributes(tile, FileAttributes.Normal);
        File.WriteAllBytes(tile, bytes);
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.True(store.Follows(new LogReader(log), new LogReader(log).ReadCheckpoint()!.Checkpoint));
        File.Delete(tile);
        Directory.CreateDirectory(tile);
        using (var store = SqliteCustodyStore.Open(Path))
            Assert.True(store.Follows(new LogReader(log), new LogReader(log).ReadCheckpoint()!.Checkpoint));
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private async Task AppendAsync<T>(Func<Draft, T> deed, bool isApplied)
        where T : class
    {
        using var log = new DiskActLog(folder, key);
        using var office = new Office(SqliteCustodyStore.Open(isApplied ? Path : ":memory:"), log, new FixedPolicies(Texts.Full), new ManualTimeProvider());
        Assert.True((await office.DoAsync(Actor.Gateway, "intake", draft => (Outcome<T>)deed(draft))).IsDone);
    }

    private void Change(string sql)
    {
        using var db = new SqliteConnection($"Data Source={Path};Pooling=False");
        db.Open();
        using var change = db.CreateCommand();
        change.CommandText = "PRAGMA journal_mode=DELETE; " + sql;
        change.ExecuteNonQuery();
    }

    /// <summary>A log on disk, alone.</summary>
    private sealed class DiskActLog(string folder, ECDsa key) : IActLog, IDisposable
    {
        private readonly LogWriter writer = LogWriter.Open(System.IO.Path.Combine(folder, "log"), key, "test", TimeProvider.System);

        public long Size => writer.Current.Checkpoint.Size;

        public ValueTask<long> AppendAsync(IReadOnlyList<LogRecord> records, CancellationToken cancel) => ValueTask.FromResult(writer.AppendBatch([.. records]).Records[0].Sequence);

        public IEnumerable<LoggedAct> ReadFrom(long sequence) => LoggedActs.Read(new LogReader(System.IO.Path.Combine(folder, "log")), sequence, writer.Current.Checkpoint);

        public void Dispose() => writer.Dispose();
    }
}
