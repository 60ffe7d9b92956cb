-- Settings that people keep under a name of their own. ``name_key`` is the name without regard to case,
-- ``draft`` a JSON object of those values of a request that were given.
CREATE TABLE presets (
    user_id  INTEGER NOT NULL,
    name_key TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    draft    TEXT    NOT NULL,
    saved_at REAL    NOT NULL,
    PRIMARY KEY (user_id, name_key)
) STRICT, WITHOUT ROWID;

-- Settings where nothing else is asked for: a person's own (user_id), a server's (guild_id), or those of one
-- of its channels (guild_id, channel_id); 0 stands for what a row is not about.
CREATE TABLE defaults (
    user_id    INTEGER NOT NULL DEFAULT 0,
    guild_id   INTEGER NOT NULL DEFAULT 0,
    channel_id INTEGER NOT NULL DEFAULT 0,
    draft      TEXT    NOT NULL,
    PRIMARY KEY (user_id, guild_id, channel_id),
    CHECK ((user_id = 0) != (guild_id = 0))
) STRICT, WITHOUT ROWID;

CREATE INDEX defaults_of_guild ON defaults (guild_id);
