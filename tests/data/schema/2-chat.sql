-- A store of schema 2. Brought to the present schema by tests/unit/schema/test_sql.c.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE author (
	id INTEGER PRIMARY KEY,
	uri TEXT NOT NULL,
	display TEXT NOT NULL,
	UNIQUE (uri, display)
) STRICT;
INSERT INTO "author" VALUES(1,'sip:amy@contoso.example','Amy Jones');
CREATE TABLE compliance_outbox (
	id INTEGER PRIMARY KEY,
	type INTEGER NOT NULL,
	time INTEGER NOT NULL,
	room TEXT NOT NULL,
	chat_id INTEGER,
	uri TEXT NOT NULL,
	content TEXT NOT NULL
) STRICT;
CREATE TABLE file_token (
	token TEXT PRIMARY KEY,
	uri TEXT NOT NULL,
	room TEXT NOT NULL,
	upload INTEGER NOT NULL CHECK (upload IN (0, 1)),
	name TEXT NOT NULL,
	size INTEGER NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	pinned INTEGER NOT NULL CHECK (pinned IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE TABLE followed (
	uri TEXT NOT NULL,
	room TEXT NOT NULL,
	position INTEGER NOT NULL,
	PRIMARY KEY (uri, room)
) STRICT, WITHOUT ROWID;
CREATE TABLE invitation (
	uri TEXT NOT NULL,
	number INTEGER NOT NULL,
	room TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (uri, number),
	UNIQUE (uri, room)
) STRICT, WITHOUT ROWID;
CREATE TABLE invitation_counter (
	uri TEXT PRIMARY KEY,
	last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
	key INTEGER PRIMARY KEY,
	time INTEGER NOT NULL,
	author INTEGER NOT NULL, -- author.id
	alert INTEGER NOT NULL CHECK (alert IN (0, 1)),
	text TEXT NOT NULL,
	extra TEXT NOT NULL
, attributes TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "message" VALUES(68719476737,1795247866308250,1,0,'<chat>before</chat>','',' a="b"');
INSERT INTO "message" VALUES(68719476738,1795247866308639,1,0,'<chat>the upgrade</chat>','<rtf>{\rtf1 formatted}</rtf>','');
CREATE TABLE preference (
	uri TEXT NOT NULL,
	label TEXT NOT NULL,
	version INTEGER NOT NULL,
	content TEXT NOT NULL,
	updated INTEGER NOT NULL,
	PRIMARY KEY (uri, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE room (
	id INTEGER PRIMARY KEY CHECK (id < 134217728),
	guid TEXT NOT NULL UNIQUE,
	last_id INTEGER NOT NULL,
	last_time INTEGER NOT NULL,
	kept INTEGER NOT NULL
) STRICT;
INSERT INTO "room" VALUES(1,'11111111-1111-4111-8111-111111111111',2,1795247866308639,2);
CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	guid TEXT NOT NULL,
	reached INTEGER NOT NULL -- revision of policy.db carried out here
) STRICT;
INSERT INTO "store" VALUES(1,'7a976bc4-fff4-469b-85fa-96bc45c0752e',0);
CREATE INDEX invitation_room ON invitation (room);
CREATE INDEX file_token_expires ON file_token (expires);
CREATE INDEX file_token_room ON file_token (room);
CREATE INDEX followed_room ON followed (room);
COMMIT;
