CREATE TABLE jobs (
    id               TEXT    PRIMARY KEY,
    user_id          INTEGER NOT NULL,
    guild_id         INTEGER,
    channel_id       INTEGER NOT NULL,
    age_restricted   INTEGER NOT NULL,
    request          TEXT    NOT NULL,
    prompt           TEXT    NOT NULL,
    seed             INTEGER NOT NULL,
    state            TEXT    NOT NULL
        CHECK (state IN ('queued', 'running', 'done', 'withheld', 'failed', 'cancelled')),
    created_at       REAL    NOT NULL,
    finished_at      REAL,
    reply_token      TEXT,
    reply_expires_at REAL,
    message_id       INTEGER,
    model            TEXT,
    error            TEXT
) STRICT;

CREATE INDEX jobs_of_user ON jobs (user_id, created_at DESC, id DESC);
CREATE INDEX jobs_unfinished ON jobs (created_at, id) WHERE state IN ('queued', 'running');

CREATE TABLE images (
    job_id   TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    seed     INTEGER NOT NULL,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    sha256   TEXT    NOT NULL,
    verdict  TEXT    NOT NULL,
    PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;

-- What the bot itself remembers from one start to the next, such as the hash of the commands it synced.
CREATE TABLE memory (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
