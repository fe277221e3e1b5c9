-- chat.db, schema 1: what chatting leaves behind. Rooms and users stand here by
-- guid and URI; policy.db knows the rest.

CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	guid TEXT NOT NULL,
	reached INTEGER NOT NULL -- revision of policy.db carried out here
) STRICT;

-- Counters of a room: the number of its last message (never given twice, so the
-- row outlives the room), when that was, and how many messages are kept.
CREATE TABLE room (
	id INTEGER PRIMARY KEY CHECK (id < 134217728),
	guid TEXT NOT NULL UNIQUE,
	last_id INTEGER NOT NULL,
	last_time INTEGER NOT NULL,
	kept INTEGER NOT NULL
) STRICT;

-- Who wrote, as named at that time. Rows stay for ever, so that messages need no
-- foreign key (which would look for messages of each new author).
CREATE TABLE author (
	id INTEGER PRIMARY KEY,
	uri TEXT NOT NULL,
	display TEXT NOT NULL,
	UNIQUE (uri, display)
) STRICT;

-- The key is room.id * 2^36 + number of the message: the messages of a room stand
-- together and in order, and one integer names a message for full-text search.
CREATE TABLE message (
	key INTEGER PRIMARY KEY,
	time INTEGER NOT NULL,
	author INTEGER NOT NULL, -- author.id
	alert INTEGER NOT NULL CHECK (alert IN (0, 1)),
	text TEXT NOT NULL,
	extra TEXT NOT NULL
) STRICT;

-- Invitations of a user, numbered for him; a room once.
CREATE TABLE invitation (
	uri TEXT NOT NULL,
	number INTEGER NOT NULL,
	room TEXT NOT NULL,
	created INTEGER NOT NULL,
	PRIMARY KEY (uri, number),
	UNIQUE (uri, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitation_room ON invitation (room);
CREATE TABLE invitation_counter (
	uri TEXT PRIMARY KEY,
	last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Named settings clients keep on the server.
CREATE TABLE preference (
	uri TEXT NOT NULL,
	label TEXT NOT NULL,
	version INTEGER NOT NULL,
	content TEXT NOT NULL,
	updated INTEGER NOT NULL,
	PRIMARY KEY (uri, label)
) STRICT, WITHOUT ROWID;

-- One row per upload or download; pinned until compliance has taken the data.
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
CREATE INDEX file_token_expires ON file_token (expires);
CREATE INDEX file_token_room ON file_token (room);

-- Events written in the transaction of what they record, until compliance.db has them.
CREATE TABLE compliance_outbox (
	id INTEGER PRIMARY KEY,
	type INTEGER NOT NULL,
	time INTEGER NOT NULL,
	room TEXT NOT NULL,
	chat_id INTEGER,
	uri TEXT NOT NULL,
	content TEXT NOT NULL
) STRICT;
