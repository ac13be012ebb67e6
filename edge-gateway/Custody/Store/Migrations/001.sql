-- Everything here is derived: it can be made again from the custody records of the log.
CREATE TABLE entity (
    kind      TEXT    NOT NULL, -- kind, such as 'assignment'
    id        TEXT    NOT NULL, -- id within the kind
    body      TEXT    NOT NULL, -- JSON, as the last act left it
    sequence  INTEGER NOT NULL, -- leaf of that act
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE TABLE entity_key (
    kind      TEXT    NOT NULL, -- kind of the entity
    name      TEXT    NOT NULL, -- name of the key, such as 'unit'
    value     TEXT    NOT NULL, -- its value
    id        TEXT    NOT NULL, -- the entity
    PRIMARY KEY (kind, name, value, id)
) WITHOUT ROWID;
CREATE INDEX entity_key_by_id ON entity_key (kind, id);

CREATE TABLE act (
    sequence  INTEGER NOT NULL PRIMARY KEY, -- leaf of the log
    body      TEXT    NOT NULL              -- JSON of the act
);

CREATE TABLE act_thing (
    thing     TEXT    NOT NULL, -- 'kind/id' that the act speaks of
    sequence  INTEGER NOT NULL, -- leaf of the act
    PRIMARY KEY (thing, sequence)
) WITHOUT ROWID;

CREATE TABLE meta (
    name      TEXT    NOT NULL PRIMARY KEY, -- 'next_sequence': leaf from which on nothing is applied; 'root_size', 'root': state of the log that was applied whole at the last start
    value     INTEGER NOT NULL              -- number; of 'root' 32 bytes
) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('next_sequence', 0);
