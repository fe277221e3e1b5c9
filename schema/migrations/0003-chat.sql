-- chat.db, schema 3: the words of messages, for full-text search. SQLite's own form of an index:
-- another engine has another. Rows are named by the key of their message, words are made by the
-- program (schema/words.h), so that they are the same for every engine. No positions and no text
-- are kept: whoever looks for a phrase looks at the messages that have all its words.

CREATE VIRTUAL TABLE message_words USING fts5 (
	words,
	content = '',
	columnsize = 0,
	detail = none,
	tokenize = "ascii tokenchars '_'"
);

INSERT INTO message_words (rowid, words)
	SELECT key, pchat_message_words(author, text, extra) FROM message ORDER BY key;

-- Presence publications. A room a user follows is one of them (category roomSetting), so the
-- table made for these, which nothing ever wrote to, goes.
CREATE TABLE publication (
	id INTEGER PRIMARY KEY,
	uri TEXT NOT NULL,
	category TEXT NOT NULL,
	container INTEGER NOT NULL,
	instance INTEGER NOT NULL,
	version INTEGER NOT NULL,
	expires INTEGER NOT NULL, -- seconds, as published; -1: none
	until INTEGER NOT NULL, -- microseconds it ends at; 0: it stays
	time INTEGER NOT NULL,
	room TEXT NOT NULL, -- guid of the room that is followed; empty: none
	content TEXT NOT NULL,
	UNIQUE (uri, category, container, instance)
) STRICT;

DROP TABLE followed;

CREATE INDEX file_token_uri ON file_token (uri);
