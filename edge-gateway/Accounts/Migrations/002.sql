ALTER TABLE account ADD COLUMN rights_version INTEGER NOT NULL DEFAULT 0; -- raised with every change of password, second factor, rights or state: sessions begun under another are over
CREATE TABLE stranger (
    name_key        TEXT    NOT NULL PRIMARY KEY, -- HMAC of a name that is nobody's, as people type passwords there too
    failures        INTEGER NOT NULL,             -- wrong attempts, counted as for an account, so that nobody can tell the two apart
    locked_until    INTEGER NOT NULL,             -- Unix seconds; 0 = not locked
    at              INTEGER NOT NULL              -- Unix seconds of the last attempt; the oldest gives way
) WITHOUT ROWID;
CREATE INDEX stranger_at ON stranger (at);
CREATE TABLE pending_event (
    id              INTEGER NOT NULL PRIMARY KEY, -- order
    name            TEXT    NOT NULL,             -- event
    user_id         TEXT    NOT NULL,             -- whose account
    done_by         TEXT    NOT NULL,             -- who did it, at the command line
    detail          TEXT    NOT NULL,             -- in words; never a secret
    at              INTEGER NOT NULL              -- Unix seconds; the log's own time is that of forwarding
);
