-- Ended jobs whose end has not reached their asker yet ('owed'), and those whose end could be shown nowhere
-- and is told to them at the next chance ('kept'). The row is written with the job's end and goes when its
-- asker has read of it. sent_at is the beginning of a send of which nobody knows whether it took effect.
CREATE TABLE deliveries (
    job_id   TEXT    PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    state    TEXT    NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'kept')),
    owed_at  REAL    NOT NULL,
    sent_at  REAL,
    attempts INTEGER NOT NULL DEFAULT 1,
    seconds  REAL    NOT NULL,
    note     TEXT    NOT NULL,
    again    INTEGER NOT NULL CHECK (again IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_kept ON deliveries (owed_at, job_id) WHERE state = 'kept';

-- How often a job was handed to a worker by a run of the bot.
ALTER TABLE jobs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;

-- Whether the file of a picture was found to be gone.
ALTER TABLE images ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;

-- Servers that the bot is in, and when it was removed from others, whose data goes some time after that.
CREATE TABLE guilds (
    guild_id INTEGER PRIMARY KEY,
    left_at  REAL
) STRICT;
