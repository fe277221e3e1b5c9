-- policy.db, schema 2: further SIP URIs of the pool; the journal keeps the command
-- and the comment of a change.

CREATE TABLE endpoint (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"displayName" TEXT NOT NULL
) STRICT;

ALTER TABLE revision ADD COLUMN command TEXT;
ALTER TABLE revision ADD COLUMN comment TEXT;
