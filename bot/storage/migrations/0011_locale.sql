-- The language in which an answer goes on after its interaction: Discord's name of it.
ALTER TABLE jobs ADD COLUMN locale TEXT NOT NULL DEFAULT 'en-US';
