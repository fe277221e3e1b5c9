-- chat.db, schema 2: further attributes of a message are kept; rooms a user follows.

ALTER TABLE message ADD COLUMN attributes TEXT NOT NULL DEFAULT '';

CREATE TABLE followed (
	uri TEXT NOT NULL,
	room TEXT NOT NULL,
	position INTEGER NOT NULL,
	PRIMARY KEY (uri, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX followed_room ON followed (room);
