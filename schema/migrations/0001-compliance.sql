-- compliance.db, schema 1: events the adapter has not taken yet, who is or was in
-- which room, and how far the adapter is.

CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	guid TEXT NOT NULL
) STRICT;

CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	entered INTEGER NOT NULL,
	type INTEGER NOT NULL CHECK (type BETWEEN 1 AND 4 OR type BETWEEN 9 AND 11),
	time INTEGER NOT NULL,
	room TEXT NOT NULL,
	chat_id INTEGER,
	uri TEXT NOT NULL,
	content TEXT NOT NULL
) STRICT;

CREATE TABLE participant (
	room TEXT NOT NULL,
	uri TEXT NOT NULL,
	joined INTEGER NOT NULL,
	parted INTEGER,
	session INTEGER NOT NULL,
	PRIMARY KEY (room, uri, joined)
) STRICT, WITHOUT ROWID;

CREATE TABLE state (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	last_event INTEGER NOT NULL,
	holder TEXT,
	held_until INTEGER NOT NULL
) STRICT;
INSERT INTO state (id, last_event, held_until) VALUES (1, 0, 0);
