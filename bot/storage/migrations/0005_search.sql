-- The final negative is the same for nearly everybody, so it is kept once, under a hash of it, as long as
-- there are jobs that have it.
CREATE TABLE negatives (
    key  INTEGER PRIMARY KEY,
    text TEXT    NOT NULL,
    jobs INTEGER NOT NULL
) STRICT;

ALTER TABLE jobs ADD COLUMN negative_key INTEGER;

-- Rows of before get any numbers, which no hash of 64 bits meets.
INSERT INTO negatives (text, jobs) SELECT json_extract(prompt, '$.negative'), count(*) FROM jobs GROUP BY 1;
UPDATE jobs SET
    negative_key = (SELECT key FROM negatives WHERE text = json_extract(jobs.prompt, '$.negative')),
    prompt = json_remove(prompt, '$.negative');

-- How to edit an answer while its token lives. It is gone with the job's end, and in the job's own row it
-- would leave a hole of two hundred bytes.
CREATE TABLE replies (
    job_id     TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    token      TEXT NOT NULL,
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO replies SELECT id, reply_token, reply_expires_at FROM jobs WHERE reply_token IS NOT NULL;
ALTER TABLE jobs DROP COLUMN reply_token;
ALTER TABLE jobs DROP COLUMN reply_expires_at;

UPDATE images SET verdict = json_array(
    json_extract(verdict, '$.general'),
    json_extract(verdict, '$.sensitive'),
    json_extract(verdict, '$.questionable'),
    json_extract(verdict, '$.explicit'),
    json_extract(verdict, '$.source'),
    json_extract(verdict, '$.fault'),
    coalesce(json_extract(verdict, '$.age'), 0.0)
);

-- With the state in front, a page passes over nothing that did not end well.
DROP INDEX jobs_of_user;
CREATE INDEX jobs_of_user ON jobs (user_id, state, created_at DESC, id DESC);

-- A number for each job in the order of asking: the row ids of a table without an INTEGER PRIMARY KEY may
-- change in a VACUUM, and the search needs numbers that stay.
ALTER TABLE jobs ADD COLUMN number INTEGER;

UPDATE jobs SET number = asked.place
    FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS place FROM jobs) AS asked
    WHERE asked.id = jobs.id;

CREATE UNIQUE INDEX jobs_by_number ON jobs (number);

-- What can be searched: jobs that ended well, by whose they are, and what was typed and drawn.
CREATE VIEW searchable AS
    SELECT
        jobs.number,
        jobs.id AS job_id,
        'owner' || jobs.user_id
            || ' ' || coalesce(json_extract(jobs.request, '$.prompt'), '')
            || ' ' || coalesce(json_extract(jobs.request, '$.subject'), '')
            || ' ' || coalesce(json_extract(jobs.request, '$.character'), '')
            || ' ' || coalesce(json_extract(jobs.request, '$.series'), '')
            || ' ' || coalesce(json_extract(jobs.prompt, '$.positive'), '') AS words
    FROM jobs
    WHERE jobs.state = 'done';

-- Without positions (detail) and lengths (columnsize) it takes a quarter of the room.
CREATE VIRTUAL TABLE search USING fts5(
    words,
    content = 'searchable',
    content_rowid = 'number',
    columnsize = 0,
    detail = none,
    tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO search (search) VALUES ('rebuild');

CREATE TRIGGER jobs_inserted AFTER INSERT ON jobs BEGIN
    UPDATE jobs SET number = (SELECT coalesce(max(number), 0) + 1 FROM jobs) WHERE id = new.id;
    INSERT INTO search (rowid, words) SELECT number, words FROM searchable WHERE job_id = new.id;
END;

CREATE TRIGGER jobs_before_update BEFORE UPDATE OF state, user_id, request, prompt ON jobs
WHEN old.state = 'done' BEGIN
    INSERT INTO search (search, rowid, words)
        SELECT 'delete', number, words FROM searchable WHERE job_id = old.id;
END;

CREATE TRIGGER jobs_after_update AFTER UPDATE OF state, user_id, request, prompt ON jobs
WHEN new.state = 'done' BEGIN
    INSERT INTO search (rowid, words) SELECT number, words FROM searchable WHERE job_id = new.id;
END;

CREATE TRIGGER jobs_before_delete BEFORE DELETE ON jobs BEGIN
    INSERT INTO search (search, rowid, words)
        SELECT 'delete', number, words FROM searchable WHERE job_id = old.id;
END;

CREATE TRIGGER jobs_after_delete AFTER DELETE ON jobs BEGIN
    UPDATE negatives SET jobs = jobs - 1 WHERE key = old.negative_key;
    DELETE FROM negatives WHERE key = old.negative_key AND jobs = 0;
END;

CREATE TRIGGER jobs_after_negative AFTER UPDATE OF negative_key ON jobs BEGIN
    UPDATE negatives SET jobs = jobs - 1 WHERE key = old.negative_key;
    DELETE FROM negatives WHERE key = old.negative_key AND jobs = 0;
END;
