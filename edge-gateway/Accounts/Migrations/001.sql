-- Lies in the keys folder, never in the data folder.
CREATE TABLE account (
    id              TEXT    NOT NULL PRIMARY KEY, -- user id, never given again
    name            TEXT    NOT NULL UNIQUE,      -- what is typed at sign-in, lower case
    display_name    TEXT    NOT NULL,             -- name for people
    officer_id      TEXT,                         -- officer that the user is
    unit_id         TEXT,                         -- unit
    roles           TEXT    NOT NULL,             -- roles, comma between
    rank            TEXT    NOT NULL,             -- Rank
    state           TEXT    NOT NULL,             -- Active, Disabled
    password_hash   TEXT    NOT NULL,             -- ASP.NET Core Identity, version 3
    must_change     INTEGER NOT NULL,             -- 1 after somebody else set the password
    totp_secret     BLOB,                         -- sealed with a key of the keys folder; null without a second factor
    totp_step       INTEGER NOT NULL,             -- newest time step that was accepted; a code counts once
    recovery_hashes TEXT    NOT NULL,             -- SHA-256 of recovery codes that are left, comma between
    failures        INTEGER NOT NULL,             -- wrong attempts since the last right one
    locked_until    INTEGER NOT NULL,             -- Unix seconds; 0 = not locked
    subject         TEXT    UNIQUE                -- 'issuer subject' of OpenID Connect, or null
) WITHOUT ROWID;
CREATE TABLE setup (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), -- one row
    code_hash       TEXT    NOT NULL,             -- SHA-256 of the set-up code, hex
    expires         INTEGER NOT NULL              -- Unix seconds
);
