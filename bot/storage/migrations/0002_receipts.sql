-- The row counts that drew a picture: a JSON list, empty for pictures from before they were kept.
ALTER TABLE images ADD COLUMN rows TEXT NOT NULL DEFAULT '[]';

-- The asker's share of the engine when the job was accepted, so that a restart keeps it.
ALTER TABLE jobs ADD COLUMN weight REAL NOT NULL DEFAULT 1.0;
