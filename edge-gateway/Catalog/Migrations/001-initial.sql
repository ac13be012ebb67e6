-- The catalog is derived: every row can be made again from files, records and the log.
CREATE TABLE epoch (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- number, >= 1, never given twice
    reason             TEXT    NOT NULL, -- why it was given: provisioned, card_changed, reissued
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'epoch'
    PRIMARY KEY (device, epoch)
) WITHOUT ROWID;

CREATE TABLE segment (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch of the recorder
    recording          INTEGER NOT NULL, -- recording, 0 = journal chain
    segment            INTEGER NOT NULL, -- segment within the recording, >= 1
    kind               INTEGER NOT NULL, -- SegmentKind
    state              INTEGER NOT NULL, -- ReceiptState: 1 stored, 2 archived, 3 damaged
    seal_digest        BLOB    NOT NULL, -- 32 bytes
    previous_digest    BLOB    NOT NULL, -- 32 bytes, zeros at the start of the chain
    sha256             BLOB    NOT NULL, -- of the file; zeros when no bytes came
    length_bytes       INTEGER NOT NULL, -- of the file
    flags              INTEGER NOT NULL, -- SealFlags
    stop_reason        INTEGER NOT NULL, -- StopReason, 0 unless final
    activity           INTEGER NOT NULL, -- enforcement activity within the epoch
    frame_count        INTEGER NOT NULL, -- complete frames
    segment_count      INTEGER NOT NULL, -- segments of the recording if final, else 0
    start_us           INTEGER NOT NULL, -- device-monotonic start, microseconds
    end_us             INTEGER NOT NULL, -- device-monotonic end, microseconds
    start_wall_us      INTEGER NOT NULL, -- device-wall start, microseconds since 1970
    stored_at_us       INTEGER NOT NULL, -- gateway-wall time of the receipt, microseconds since 1970
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'segment'
    PRIMARY KEY (device, epoch, recording, segment)
) WITHOUT ROWID;
CREATE INDEX segment_by_digest ON segment (seal_digest);
CREATE INDEX segment_not_archived ON segment (log_sequence) WHERE state = 1;

CREATE TABLE announcement (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch
    recording          INTEGER NOT NULL, -- recording that was announced
    activity           INTEGER NOT NULL, -- its activity
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'announced'
    PRIMARY KEY (device, epoch, recording)
) WITHOUT ROWID;

CREATE TABLE manifest (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch
    segment            INTEGER NOT NULL, -- segment of the journal chain that holds it
    first_recording    INTEGER NOT NULL, -- first recording it speaks of
    last_recording     INTEGER NOT NULL, -- last one
    complete           INTEGER NOT NULL, -- 1 when everything it names was stored when it came
    lacks              TEXT    NOT NULL, -- what was not, for people
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'manifest'
    PRIMARY KEY (device, epoch, segment)
) WITHOUT ROWID;

CREATE TABLE meta (
    name               TEXT    NOT NULL PRIMARY KEY, -- 'log_size': leaves that are in the catalog
    value              INTEGER NOT NULL              -- number
) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('log_size', 0);
