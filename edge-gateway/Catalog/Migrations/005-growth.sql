-- No question may read all rows: what is asked again and again is kept beside them, by triggers.
ALTER TABLE segment ADD COLUMN purged INTEGER NOT NULL DEFAULT 0; -- 1 when its bytes go by certificate
ALTER TABLE announcement ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0; -- 1 once a segment of the recording is here

CREATE TABLE recording (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch
    recording          INTEGER NOT NULL, -- recording, >= 1
    activity           INTEGER NOT NULL, -- activity within the epoch
    segments           INTEGER NOT NULL, -- segments stored or archived
    damaged            INTEGER NOT NULL, -- segments damaged or lost
    segment_count      INTEGER NOT NULL, -- what the final seal says, 0 until it came
    stop_reason        INTEGER NOT NULL, -- StopReason of the final seal
    frame_count        INTEGER NOT NULL, -- complete frames
    recorded_us        INTEGER NOT NULL, -- sum of the segments' intervals, device-monotonic, microseconds
    length_bytes       INTEGER NOT NULL, -- of the files
    first_sequence     INTEGER NOT NULL, -- leaf of the segment that came first
    first_stored_us    INTEGER NOT NULL, -- gateway-wall time of its receipt, microseconds since 1970
    PRIMARY KEY (device, epoch, recording)
) WITHOUT ROWID;

CREATE TABLE state_count (
    state              INTEGER NOT NULL PRIMARY KEY, -- ReceiptState
    segments           INTEGER NOT NULL              -- segments in that state
);

CREATE TABLE open_link (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch
    previous_digest    BLOB    NOT NULL, -- seal digest of the predecessor in the chain, which is not here
    recording          INTEGER NOT NULL, -- recording of the segment that names it
    segment            INTEGER NOT NULL, -- that segment
    log_sequence       INTEGER NOT NULL, -- leaf of its record
    PRIMARY KEY (device, epoch, previous_digest, recording, segment)
) WITHOUT ROWID;

-- Rows that stand already. TOTAL: a recorder's times may be any numbers, and SUM fails where they exceed 2^63.
INSERT INTO recording
SELECT device, epoch, recording, MAX(activity), SUM(state < 3), SUM(state = 3), MAX(segment_count), MAX(stop_reason), SUM(frame_count), CAST(TOTAL(end_us - start_us) AS INTEGER), SUM(length_bytes), MIN(log_sequence), MIN(stored_at_us)
FROM segment WHERE recording > 0 GROUP BY device, epoch, recording;
INSERT INTO state_count SELECT state, COUNT(*) FROM segment GROUP BY state;
UPDATE announcement SET arrived = 1
WHERE EXISTS (SELECT 1 FROM recording r WHERE r.device = announcement.device AND r.epoch = announcement.epoch AND r.recording = announcement.recording);
UPDATE segment SET purged = 1
WHERE EXISTS (SELECT 1 FROM purge p WHERE p.device = segment.device AND p.epoch = segment.epoch AND p.recording = segment.recording AND p.segment = segment.segment);
INSERT INTO open_link
SELECT device, epoch, previous_digest, recording, segment, log_sequence FROM segment s WHERE previous_digest <> zeroblob(32)
AND NOT EXISTS (SELECT 1 FROM segment p WHERE p.seal_digest = s.previous_digest AND p.device = s.device AND p.epoch = s.epoch);

-- An index by digest takes each row at a place by chance: with the rows grow the pages that a commit writes.
DROP INDEX segment_by_digest;
DROP INDEX segment_not_archived;
CREATE INDEX segment_not_archived ON segment (log_sequence) WHERE state = 1 AND purged = 0;
CREATE INDEX open_link_by_sequence ON open_link (log_sequence);
CREATE INDEX announcement_missing ON announcement (log_sequence) WHERE arrived = 0;
CREATE INDEX manifest_incomplete ON manifest (device, epoch, last_recording) WHERE complete = 0;
CREATE INDEX manifest_incomplete_by_sequence ON manifest (log_sequence) WHERE complete = 0;
CREATE INDEX manifest_by_sequence ON manifest (log_sequence);
CREATE INDEX recording_by_sequence ON recording (first_sequence);
CREATE INDEX recording_by_stored ON recording (first_stored_us);
DROP INDEX purge_unfinished;
CREATE INDEX purge_certified ON purge (log_sequence, recording, segment) WHERE state = 1;
CREATE INDEX purge_gone ON purge (log_sequence, recording, segment) WHERE state = 2;

CREATE TRIGGER segment_added AFTER INSERT ON segment BEGIN
    INSERT INTO state_count VALUES (NEW.state, 1) ON CONFLICT (state) DO UPDATE SET segments = segments + 1;
    INSERT INTO recording
    SELECT NEW.device, NEW.epoch, NEW.recording, NEW.activity, NEW.state < 3, NEW.state = 3, NEW.segment_count, NEW.stop_reason, NEW.frame_count, NEW.end_us - NEW.start_us, NEW.length_bytes, NEW.log_sequence, NEW.stored_at_us
    WHERE NEW.recording > 0
    ON CONFLICT (device, epoch, recording) DO UPDATE SET
        activity = MAX(activity, excluded.activity), segments = segments + excluded.segments, damaged = damaged + excluded.damaged, segment_count = MAX(segment_count, excluded.segment_count),
        stop_reason = MAX(stop_reason, excluded.stop_reason), frame_count = frame_count + excluded.frame_count, recorded_us = recorded_us + excluded.recorded_us, length_bytes = length_bytes + excluded.length_bytes;
    DELETE FROM open_link WHERE device = NEW.device AND epoch = NEW.epoch AND previous_digest = NEW.seal_digest;
    -- The predecessor is nearly always the segment before. Chains are in the order of sealing: an announcement is sealed while the journal segment with the number before it is open, so it may lie a little to either side.
    INSERT INTO open_link
    SELECT NEW.device, NEW.epoch, NEW.previous_digest, NEW.recording, NEW.segment, NEW.log_sequence
    WHERE NEW.previous_digest <> zeroblob(32) AND CASE
        WHEN NEW.previous_digest IS (
            SELECT seal_digest FROM segment WHERE device = NEW.device AND epoch = NEW.epoch AND recording >= MIN(1, NEW.recording) AND (recording, segment) < (NEW.recording, NEW.segment)
            ORDER BY recording DESC, segment DESC LIMIT 1) THEN 0
        ELSE NEW.previous_digest NOT IN (
            SELECT seal_digest FROM segment WHERE device = NEW.device AND epoch = NEW.epoch AND recording >= MIN(1, NEW.recording) AND (recording, segment) < (NEW.recording, NEW.segment)
            ORDER BY recording DESC, segment DESC LIMIT 64)
        AND NEW.previous_digest NOT IN (
            SELECT seal_digest FROM segment WHERE device = NEW.device AND epoch = NEW.epoch AND recording <= CASE NEW.recording WHEN 0 THEN 0 ELSE 4294967295 END AND (recording, segment) > (NEW.recording, NEW.segment)
            ORDER BY recording, segment LIMIT 64) END;
END;

CREATE TRIGGER segment_state_changed AFTER UPDATE OF state ON segment WHEN OLD.state <> NEW.state BEGIN
    UPDATE state_count SET segments = segments - 1 WHERE state = OLD.state;
    INSERT INTO state_count VALUES (NEW.state, 1) ON CONFLICT (state) DO UPDATE SET segments = segments + 1;
END;

-- A row that is written anew, which the log has no reason for: its recording is summed again.
CREATE TRIGGER segment_changed AFTER UPDATE OF seal_digest ON segment WHEN OLD.seal_digest <> NEW.seal_digest OR (OLD.state = 3) <> (NEW.state = 3) BEGIN
    UPDATE recording SET (activity, segments, damaged, segment_count, stop_reason, frame_count, recorded_us, length_bytes) =
        (SELECT MAX(activity), SUM(state < 3), SUM(state = 3), MAX(segment_count), MAX(stop_reason), SUM(frame_count), SUM(end_us - start_us), SUM(length_bytes)
         FROM segment s WHERE s.device = NEW.device AND s.epoch = NEW.epoch AND s.recording = NEW.recording)
    WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording;
    DELETE FROM open_link WHERE device = NEW.device AND epoch = NEW.epoch AND previous_digest = NEW.seal_digest;
END;

CREATE TRIGGER recording_begun AFTER INSERT ON recording BEGIN
    UPDATE announcement SET arrived = 1 WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording AND arrived = 0;
END;

CREATE TRIGGER announcement_added AFTER INSERT ON announcement BEGIN
    UPDATE announcement SET arrived = 1
    WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording AND arrived = 0
    AND EXISTS (SELECT 1 FROM recording r WHERE r.device = NEW.device AND r.epoch = NEW.epoch AND r.recording = NEW.recording);
END;

CREATE TRIGGER purge_added AFTER INSERT ON purge BEGIN
    UPDATE segment SET purged = 1 WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording AND segment = NEW.segment;
END;
