ALTER TABLE jobs ADD COLUMN age_context INTEGER NOT NULL DEFAULT 0;

-- The channel of a thread in which a job was asked for; NULL elsewhere.
ALTER TABLE jobs ADD COLUMN parent_id INTEGER;

-- What an admin set for a server or one of its channels (channel_id 0: the server); NULL leaves it to the
-- next wider place.
CREATE TABLE place_settings (
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL DEFAULT 0,
    ceiling    INTEGER CHECK (ceiling BETWEEN 0 AND 3),
    strict     INTEGER CHECK (strict IN (0, 1)),
    PRIMARY KEY (guild_id, channel_id)
) STRICT;

-- Who changed what, in plain words; rows are only ever added.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY,
    at         REAL    NOT NULL,
    guild_id   INTEGER,
    channel_id INTEGER,
    user_id    INTEGER NOT NULL,
    action     TEXT    NOT NULL,
    before     TEXT,
    after      TEXT
) STRICT;

CREATE INDEX audit_of_guild ON audit (guild_id, at DESC, id DESC);

-- Requests that the floor refused: the rule and a keyed hash, never the text.
CREATE TABLE strikes (
    user_id INTEGER NOT NULL,
    at      REAL    NOT NULL,
    rule    TEXT    NOT NULL,
    hash    BLOB    NOT NULL
) STRICT;

CREATE INDEX strikes_of_user ON strikes (user_id, at DESC);

-- Tags that the owner imported beside the hand-written ones.
CREATE TABLE tags (
    name     TEXT    PRIMARY KEY,
    category TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    rating   INTEGER CHECK (rating BETWEEN 0 AND 3),
    aliases  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
