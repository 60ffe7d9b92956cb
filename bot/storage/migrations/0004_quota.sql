-- What each job takes of its asker's and its server's quota: held until the job ends, then spent for what was
-- delivered, or refunded. A refunded row stays for the cooldown, with nothing in it.
CREATE TABLE leases (
    job_id      TEXT    PRIMARY KEY,
    user_id     INTEGER NOT NULL,
    guild_id    INTEGER,
    state       TEXT    NOT NULL CHECK (state IN ('held', 'spent', 'refunded')),
    pictures    INTEGER NOT NULL CHECK (pictures >= 0),
    gpu_seconds REAL    NOT NULL CHECK (gpu_seconds >= 0),
    taken_at    REAL    NOT NULL,
    settled_at  REAL
) STRICT, WITHOUT ROWID;

CREATE INDEX leases_of_user ON leases (user_id, taken_at, pictures, gpu_seconds);
CREATE INDEX leases_of_guild ON leases (guild_id, taken_at, pictures, gpu_seconds);
CREATE INDEX leases_held ON leases (user_id) WHERE state = 'held';
CREATE INDEX leases_held_in_guild ON leases (guild_id) WHERE state = 'held';

-- Jobs that were accepted before there were leases.
INSERT INTO leases (job_id, user_id, guild_id, state, pictures, gpu_seconds, taken_at)
    SELECT id, user_id, guild_id, 'held', coalesce(json_extract(request, '$.count'), 1), 0, created_at
    FROM jobs WHERE state IN ('queued', 'running');
