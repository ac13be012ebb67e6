using BodyCam.Core;
using Dapper;
using Microsoft.Data.Sqlite;

namespace BodyCam.Catalog;

/// <summary>Writes batches; what a group needs for each segment is prepared once. Used under the catalog's lock.</summary>
internal sealed class CatalogWriter : IDisposable
{
    private static readonly string[] segmentNames =
    [
        "device", "epoch", "recording", "segment", "kind", "state", "sealDigest", "previousDigest", "sha256", "length", "flags", "stop", "activity", "frames", "count", "start", "end", "startWall", "stored", "sequence",
    ];

    private readonly SqliteConnection connection;
    private readonly SqliteStatement segment;
    private readonly SqliteStatement announcement;
    private readonly SqliteStatement archived;
    private readonly SqliteStatement archivedLacking;
    private readonly SqliteStatement meta;

    public CatalogWriter(SqliteConnection connection)
    {
        this.connection = connection;
        segment = new SqliteStatement(
            connection,
            $"""
            INSERT INTO segment ({SqliteCatalog.SegmentColumns}, purged)
            VALUES (@device, @epoch, @recording, @segment, @kind, @state, @sealDigest, @previousDigest, @sha256, @length, @flags, @stop, @activity, @frames, @count, @start, @end, @startWall, @stored, @sequence,
                EXISTS (SELECT 1 FROM purge WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment))
            ON CONFLICT (device, epoch, recording, segment) DO UPDATE SET
                kind = excluded.kind, state = excluded.state, seal_digest = excluded.seal_digest, previous_digest = excluded.previous_digest, sha256 = excluded.sha256, length_bytes = excluded.length_bytes, flags = excluded.flags,
                stop_reason = excluded.stop_reason, activity = excluded.activity, frame_count = excluded.frame_count, segment_count = excluded.segment_count, start_us = excluded.start_us, end_us = excluded.end_us,
                start_wall_us = excluded.start_wall_us, stored_at_us = excluded.stored_at_us, log_sequence = excluded.log_sequence, purged = excluded.purged
            """,
            segmentNames);
        announcement = new SqliteStatement(
            connection, "INSERT OR IGNORE INTO announcement (device, epoch, recording, activity, log_sequence) VALUES (@device, @epoch, @recording, @activity, @sequence)", "device", "epoch", "recording", "activity", "sequence");
        archived = Archived("segment");
        archivedLacking = Archived("lacking");
        meta = new SqliteStatement(connection, "UPDATE meta SET value = @value WHERE name = @name", "value", "name");
    }

    /// <summary>Applies a batch whole, durably.</summary>
    public void Apply(CatalogBatch batch)
    {
        using var work = SqliteWork.Begin(connection);
        var transaction = work.Transaction;
        foreach (var row in batch.Epochs)
            connection.Execute("INSERT OR REPLACE INTO epoch VALUES (@device, @epoch, @reason, @sequence)", new { device = row.Device.Text, epoch = row.Epoch, reason = row.Reason, sequence = row.LogSequence }, transaction);
        foreach (var row in batch.Certificates)
            connection.Execute("INSERT OR IGNORE INTO certificate VALUES (@device, @epoch, @serial, @sha256, @authority, @notAfter, @sequence)", new { device = row.Device.Text, epoch = row.Epoch, serial = row.Serial, sha256 = row.Sha256, authority = row.Authority, notAfter = row.NotAfterUs, sequence = row.LogSequence }, transaction);
        foreach (var row in batch.Revocations)
            connection.Execute("INSERT OR IGNORE INTO revocation VALUES (@device, @epoch, @reason, @at, @sequence)", new { device = row.Device.Text, epoch = row.Epoch, reason = row.Reason, at = row.AtUs, sequence = row.LogSequence }, transaction);
        foreach (var row in batch.Segments)
            Insert(row, transaction);
        foreach (var row in batch.Lacking)
        {
            connection.Execute(
                "INSERT OR REPLACE INTO lacking VALUES (@device, @epoch, @recording, @segment, @state, @sealDigest, @sha256, @length, @stored, @sequence)",
                new { device = row.Key.Device.Text, epoch = row.Key.Epoch, recording = row.Key.Recording, segment = row.Key.Segment, state = (int)row.State, sealDigest = row.SealDigest, sha256 = row.Sha256, length = row.Bytes, stored = row.StoredAtUs, sequence = row.LogSequence },
                transaction);
        }

        foreach (var row in batch.Announcements)
            announcement.Run(transaction, row.Device.Text, (long)row.Epoch, (long)row.Recording, row.Activity, row.LogSequence);
        foreach (var row in batch.Manifests)
        {
            connection.Execute(
                "INSERT OR REPLACE INTO manifest VALUES (@device, @epoch, @segment, @first, @last, @complete, @lacks, @sequence)",
                new { device = row.Device.Text, epoch = row.Epoch, segment = row.Segment, first = row.FirstRecording, last = row.LastRecording, complete = row.Complete, lacks = row.Lacks, sequence = row.LogSequence },
                transaction);
        }

        foreach (var key in batch.Archived)
        {
            archived.Run(transaction, key.Device.Text, (long)key.Epoch, (long)key.Recording, (long)key.Segment);
            archivedLacking.Run(transaction, key.Device.Text, (long)key.Epoch, (long)key.Recording, (long)key.Segment);
        }

        foreach (var (key, sequence) in batch.Purges)
            connection.Execute("INSERT OR IGNORE INTO purge VALUES (@device, @epoch, @recording, @segment, @sequence, 1)", new { device = key.Device.Text, epoch = key.Epoch, recording = key.Recording, segment = key.Segment, sequence }, transaction);
        meta.Run(transaction, batch.LogSize, "log_size");
        meta.Run(transaction, batch.LogRoot, "log_root");
        work.Commit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in new[] { segment, announcement, archived, archivedLacking, meta })
            statement.Dispose();
    }

    private SqliteStatement Archived(string table) =>
        new(connection, $"UPDATE {table} SET state = 2 WHERE device = @device AND epoch = @epoch AND recording = @recording AND segment = @segment AND state = 1", "device", "epoch", "recording", "segment");

    private void Insert(SegmentRow row, SqliteTransaction transaction) =>
        segment.Run(
            transaction,
            row.Key.Device.Text, (long)row.Key.Epoch, (long)row.Key.Recording, (long)row.Key.Segment, (long)row.Kind, (long)row.State, row.SealDigest, row.PreviousDigest, row.Sha256, row.Bytes, (long)row.Flags,
            (long)row.StopReason, row.Activity, row.FrameCount, row.SegmentCount, row.StartUs, row.EndUs, row.StartDeviceWallUs, row.StoredAtUs, row.LogSequence);
}
