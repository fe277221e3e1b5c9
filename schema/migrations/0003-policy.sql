-- policy.db, schema 3: what an administrator decided about messages, carried out in chat.db;
-- further settings.

-- changes that wait for confirmation.

CREATE TABLE message_change (
	id INTEGER PRIMARY KEY, -- of its journal row
	revision INTEGER NOT NULL,
	decided INTEGER NOT NULL,
	op TEXT NOT NULL CHECK (op IN ('clear', 'remove', 'replace')),
	room TEXT NOT NULL, -- guid
	"text" TEXT NOT NULL, -- words looked for; empty: any
	"match" INTEGER NOT NULL CHECK ("match" IN (0, 1, 2)), -- any, all, phrase
	match_case INTEGER NOT NULL CHECK (match_case IN (0, 1)),
	authors TEXT NOT NULL, -- URIs, separated by blanks; empty: everybody
	"from" INTEGER NOT NULL, -- times, 0: no bound
	"to" INTEGER NOT NULL,
	"after" INTEGER NOT NULL, -- numbers of messages, 0: no bound
	"before" INTEGER NOT NULL,
	replacement TEXT NOT NULL
) STRICT;
CREATE INDEX message_change_revision ON message_change (revision);

-- New content in followed rooms is told where it is wanted.
ALTER TABLE settings ADD COLUMN "newContentNotices" INTEGER NOT NULL DEFAULT 0;

-- What clients are told, for those of several generations.
ALTER TABLE settings ADD COLUMN "permissionMasks" TEXT NOT NULL DEFAULT 'legacy';
ALTER TABLE settings ADD COLUMN "postAcknowledgements" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE settings ADD COLUMN "postEchoes" INTEGER NOT NULL DEFAULT 1;

-- How much a server takes from its clients.
ALTER TABLE settings ADD COLUMN "maxSessionsPerUser" INTEGER NOT NULL DEFAULT 8;
ALTER TABLE settings ADD COLUMN "sessionMessageRate" INTEGER NOT NULL DEFAULT 1000;
ALTER TABLE settings ADD COLUMN "maxConnections" INTEGER NOT NULL DEFAULT 131072;
ALTER TABLE settings ADD COLUMN "maxConnectionsPerAddress" INTEGER NOT NULL DEFAULT 65536;
ALTER TABLE settings ADD COLUMN "maxUnauthenticated" INTEGER NOT NULL DEFAULT 4096;
ALTER TABLE settings ADD COLUMN "connectionRate" INTEGER NOT NULL DEFAULT 100;

-- Where files are sent to.
ALTER TABLE settings ADD COLUMN "fileTransferUrl" TEXT NOT NULL DEFAULT '';

-- Changes that are taken back unless somebody confirms them.
CREATE TABLE confirmation (
	revision INTEGER PRIMARY KEY, -- revision.revision
	within INTEGER NOT NULL,      -- seconds it was given
	deadline INTEGER NOT NULL,
	state TEXT NOT NULL
		CHECK (state IN ('waiting', 'confirmed', 'taken-back', 'stuck')),
	settled INTEGER, -- when it ceased to wait
	actor TEXT,      -- who confirmed it
	undone INTEGER,  -- the revision that took it back
	reason TEXT      -- why it could not be
) STRICT;
-- At most one waits.
CREATE UNIQUE INDEX confirmation_waiting ON confirmation (state) WHERE state = 'waiting';

-- Sign-in by Kerberos and NTLM.
ALTER TABLE settings ADD COLUMN widened TEXT NOT NULL DEFAULT 'digest'
	CHECK (widened IN ('digest', 'none', 'kerberos', 'ntlm', 'kerberos+ntlm'));
UPDATE settings SET widened = "authentication";
ALTER TABLE settings DROP COLUMN "authentication";
ALTER TABLE settings RENAME COLUMN widened TO "authentication";
ALTER TABLE settings ADD COLUMN "realmIsDomain" INTEGER NOT NULL DEFAULT 0;
-- NT hash, where it was asked for; empty: none. It is as good as the password.
ALTER TABLE credential ADD COLUMN nt_hash TEXT NOT NULL DEFAULT ''
	CHECK (length(nt_hash) IN (0, 32));
