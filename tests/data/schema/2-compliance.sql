-- A store of schema 2. Brought to the present schema by tests/unit/schema/test_sql.c.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
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
INSERT INTO "state" VALUES(1,0,NULL,0);
CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	guid TEXT NOT NULL
) STRICT;
INSERT INTO "store" VALUES(1,'7a976bc4-fff4-469b-85fa-96bc45c0752e');
COMMIT;
