-- A record of the log whose seal is missing, unreadable or rotten: its row waits for the seal, over starts too.
CREATE TABLE lacking (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch
    recording          INTEGER NOT NULL, -- recording, 0 = journal chain
    segment            INTEGER NOT NULL, -- segment within the recording
    state              INTEGER NOT NULL, -- ReceiptState as the log has it: 1 stored, 2 archived, 3 damaged
    seal_digest        BLOB    NOT NULL, -- of the seal that is lacking, 32 bytes
    sha256             BLOB    NOT NULL, -- of the file; zeros when no bytes came
    length_bytes       INTEGER NOT NULL, -- of the file
    stored_at_us       INTEGER NOT NULL, -- gateway-wall time of the receipt, microseconds since 1970
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'segment'
    PRIMARY KEY (device, epoch, recording, segment)
) WITHOUT ROWID;

CREATE TRIGGER segment_lacks_no_more AFTER INSERT ON segment BEGIN
    DELETE FROM lacking WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording AND segment = NEW.segment;
END;

-- The recording was begun by the segment whose record came first, also when its row comes late.
CREATE TRIGGER segment_came_late AFTER INSERT ON segment WHEN NEW.recording > 0 BEGIN
    UPDATE recording SET first_sequence = NEW.log_sequence, first_stored_us = NEW.stored_at_us
    WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording AND first_sequence > NEW.log_sequence;
END;

-- What an older version passed over is in no table: the catalog is made anew.
UPDATE meta SET value = 0 WHERE name = 'log_root';
