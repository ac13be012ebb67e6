CREATE TABLE certificate (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- epoch that it is for; one certificate each
    serial             TEXT    NOT NULL, -- serial number, upper-case hex
    sha256             TEXT    NOT NULL, -- of its DER, lower-case hex
    authority          TEXT    NOT NULL, -- SHA-256 of the DER of the CA that issued it, lower-case hex
    not_after_us       INTEGER NOT NULL, -- last moment of its validity, microseconds since 1970
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'certificate'
    PRIMARY KEY (device, epoch)
) WITHOUT ROWID;

CREATE TABLE revocation (
    device             TEXT    NOT NULL, -- recorder
    epoch              INTEGER NOT NULL, -- this epoch and all before it come in no more, by link key or certificate
    reason             TEXT    NOT NULL, -- why, in words
    at_us              INTEGER NOT NULL, -- gateway-wall time, microseconds since 1970
    log_sequence       INTEGER NOT NULL, -- leaf of the record 'revoked'
    PRIMARY KEY (device, epoch)
) WITHOUT ROWID;
