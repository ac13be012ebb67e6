CREATE TABLE purge (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch
    recording          INTEGER NOT NULL, -- recording
    segment            INTEGER NOT NULL, -- segment whose bytes go by certificate
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'purge'
    state              INTEGER NOT NULL, -- 1 certified, 2 bytes gone here, 3 gone from the archive too; made again it starts at 1
    PRIMARY KEY (device, epoch, recording, segment)
) WITHOUT ROWID;
CREATE INDEX purge_unfinished ON purge (state) WHERE state < 3;
