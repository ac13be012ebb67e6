-- A recorder's times may be any numbers: SUM fails where they exceed 2^63, TOTAL does not, and the cast ends at the highest number.
DROP TRIGGER segment_changed;

-- A row that is written anew, which the log has no reason for: its recording is summed again.
CREATE TRIGGER segment_changed AFTER UPDATE OF seal_digest ON segment WHEN OLD.seal_digest <> NEW.seal_digest OR (OLD.state = 3) <> (NEW.state = 3) BEGIN
    UPDATE recording SET (activity, segments, damaged, segment_count, stop_reason, frame_count, recorded_us, length_bytes) =
        (SELECT MAX(activity), SUM(state < 3), SUM(state = 3), MAX(segment_count), MAX(stop_reason), SUM(frame_count), CAST(TOTAL(end_us - start_us) AS INTEGER), SUM(length_bytes)
         FROM segment s WHERE s.device = NEW.device AND s.epoch = NEW.epoch AND s.recording = NEW.recording)
    WHERE device = NEW.device AND epoch = NEW.epoch AND recording = NEW.recording;
    DELETE FROM open_link WHERE device = NEW.device AND epoch = NEW.epoch AND previous_digest = NEW.seal_digest;
END;
