-- Jobs that somebody marked to find them again: their own, or another's whose pictures they saw.
CREATE TABLE favourites (
    user_id INTEGER NOT NULL,
    job_id  TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    at      REAL    NOT NULL,
    PRIMARY KEY (user_id, job_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX favourites_of_job ON favourites (job_id);
