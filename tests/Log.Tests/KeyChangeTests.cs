using System.Security.Cryptography;

namespace Log.Tests;

/// <summary>A log that goes over from one key to the next says so in a record that verification can follow.</summary>
public sealed class KeyChangeTests : IDisposable
{
    private readonly MemoryFiles files = new();
    private readonly ECDsa second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa third = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        second.Dispose();
        third.Dispose();
    }

    [Fact]
    public void Each_record_is_checked_under_the_key_that_signed_when_it_was_written()
    {
        Begin(5);
        Change(Samples.Key, second, isOldLost: false);
        Append(second, 3);
        Change(second, third, isOldLost: false);
        var history = Read();
        Assert.Equal(2, history.Changes.Count);
        Assert.Equal(Samples.PublicKey.KeyId, history.KeyAt(0, LogPublicKey.From(third)).KeyId);
        Assert.Equal(Samples.PublicKey.KeyId, history.KeyAt(4, LogPublicKey.From(third)).KeyId);
        Assert.Equal(LogPublicKey.From(second).KeyId, history.KeyAt(5, LogPublicKey.From(third)).KeyId);
        Assert.Equal(LogPublicKey.From(second).KeyId, history.KeyAt(8, LogPublicKey.From(third)).KeyId);
        Assert.Equal(LogPublicKey.From(third).KeyId, history.KeyAt(9, LogPublicKey.From(third)).KeyId);
        Assert.Equal(Samples.PublicKey.KeyId, history.Find(KeyChange.IdOf(Samples.PublicKey))!.KeyId);
        Assert.Null(history.Find("0000000000000000"));
    }

    [Fact]
    public void An_old_key_vouches_for_the_newest_only_over_changes_that_each_old_key_signed()
    {
        Begin(2);
        Change(Samples.Key, second, isOldLost: false);
        Assert.True(Read().Vouches(Samples.PublicKey, LogPublicKey.From(second)));
        Assert.False(Read().Vouches(LogPublicKey.From(third), LogPublicKey.From(second)));
        Change(second, third, isOldLost: true);
        Assert.False(Read().Vouches(Samples.PublicKey, LogPublicKey.From(third)));
        Assert.True(Read().Vouches(LogPublicKey.From(third), LogPublicKey.From(third)));
        Assert.Equal("lost", Read().Changes[1].Reason);
    }

    [Fact]
    public void A_change_that_is_signed_for_another_place_or_by_another_key_is_no_change()
    {
        Begin(2);
        var elsewhere = KeyChange.Record(new Checkpoint(Samples.Origin, 1, MerkleHash.EmptyRoot()), Samples.PublicKey, Samples.Key, second, 1);
        Append(Samples.Key, elsewhere);
        Assert.Empty(Read().Changes);
        var text = System.Text.Encoding.UTF8.GetString(KeyChange.Record(Current(), Samples.PublicKey, Samples.Key, second, 1).Utf8Json);
        Append(Samples.Key, new LogRecord(KeyChange.Type, System.Text.Encoding.UTF8.GetBytes(text.Replace(Convert.ToBase64String(LogPublicKey.From(second).ToSpki()), Convert.ToBase64String(LogPublicKey.From(third).ToSpki()), StringComparison.Ordinal))));
        Append(Samples.Key, new LogRecord(KeyChange.Type, "{}"u8.ToArray()));
        Append(Samples.Key, new LogRecord(KeyChange.Type, "[]"u8.ToArray()));
        Append(Samples.Key, new LogRecord(KeyChange.Type, "nonsense"u8.ToArray()));
        Assert.Empty(Read().Changes);
    }

    private void Begin(int count) => Append(Samples.Key, Samples.Records(0, count));

    private void Append(ECDsa key, int count) => Append(key, Samples.Records(0, count));

    private void Append(ECDsa key, params LogRecord[] records)
    {
        using var writer = LogWriter.Open("", key, Samples.Origin, new ManualTimeProvider(), files);
        writer.AppendBatch(records);
    }

    private void Change(ECDsa old, ECDsa next, bool isOldLost)
    {
        using var writer = LogWriter.Open("", next, Samples.Origin, new ManualTimeProvider(), files, [LogPublicKey.From(old)]);
        writer.AppendBatch([KeyChange.Record(writer.Current.Checkpoint, LogPublicKey.From(old), isOldLost ? null : old, next, 1)]);
    }

    private Checkpoint Current() => new LogReader("", files).ReadCheckpoint()!.Checkpoint;

    private KeyHistory Read() => KeyHistory.Read(new LogReader("", files), Current());
}
