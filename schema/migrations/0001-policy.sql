-- policy.db, schema 1: everything an administrator decides, and the journal of it.
--
-- Every object has a number of its own (never given twice, also after deletion),
-- a guid, its name as written and folded (what makes it unique), the revision of
-- its last change, and who made and changed it when (microseconds UTC).
-- Column names are the field names of policy/fields.def.
--
-- Conditions avoid IN with more than two values: SQLite would build a table of them
-- for every row that is written, at twice the cost of the insertion.

CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	guid TEXT NOT NULL,
	revision INTEGER NOT NULL,     -- of the last change
	next_id INTEGER NOT NULL,      -- number the next object gets
	next_journal INTEGER NOT NULL, -- number the next journal row gets
	created INTEGER NOT NULL
) STRICT;

CREATE TABLE pool (
	id INTEGER PRIMARY KEY,
	one INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (one = 1),
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"uri" TEXT NOT NULL,
	"displayName" TEXT NOT NULL,
	"state" TEXT NOT NULL CHECK ("state" IN ('normal', 'failed-over'))
) STRICT;

CREATE TABLE site (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"description" TEXT NOT NULL
) STRICT;

-- Users (5), domains (8), groups (9) and units (10) in one flat list, so that a
-- list entry points to any of them. The folded form has the prefix of the
-- principal: 'sip:', 'domain:', 'group:', 'ou:'.
CREATE TABLE principal (
	id INTEGER PRIMARY KEY,
	kind INTEGER NOT NULL CHECK (kind = 5 OR kind BETWEEN 8 AND 10),
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"displayName" TEXT NOT NULL DEFAULT '',
	"email" TEXT NOT NULL DEFAULT '',
	"company" TEXT NOT NULL DEFAULT '',
	"site" INTEGER REFERENCES site (id),
	"unit" INTEGER REFERENCES principal (id),
	"principal" TEXT NOT NULL DEFAULT '',
	"disabled" INTEGER NOT NULL DEFAULT 0 CHECK ("disabled" IN (0, 1)),
	"description" TEXT NOT NULL DEFAULT '',
	CHECK (kind = 5 OR ("site" IS NULL AND "principal" = '' AND "disabled" = 0)),
	CHECK (kind IN (5, 9) OR "unit" IS NULL)
) STRICT;
CREATE INDEX principal_site ON principal ("site") WHERE "site" IS NOT NULL;
CREATE INDEX principal_unit ON principal ("unit") WHERE "unit" IS NOT NULL;
CREATE INDEX principal_kerberos ON principal ("principal") WHERE "principal" <> '';

-- Lists of principals: whose list (owner), which list (role), who is in it.
-- An entry goes with its owner; a principal that is still listed cannot go.
CREATE TABLE group_member (
	owner INTEGER NOT NULL
		REFERENCES principal (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role = 1), -- 1 member
	principal INTEGER NOT NULL REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_member_principal ON group_member (principal, owner);

CREATE TABLE policy (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"enabled" INTEGER NOT NULL CHECK ("enabled" IN (0, 1)),
	"description" TEXT NOT NULL
) STRICT;

-- A principal has at most one policy.
CREATE TABLE policy_grant (
	owner INTEGER NOT NULL
		REFERENCES policy (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role = 1), -- 1 granted
	principal INTEGER NOT NULL UNIQUE
		REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;

CREATE TABLE addin (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"url" TEXT NOT NULL
) STRICT;

CREATE TABLE category (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"description" TEXT NOT NULL,
	"invitations" INTEGER NOT NULL CHECK ("invitations" IN (0, 1)),
	"fileUpload" INTEGER NOT NULL CHECK ("fileUpload" IN (0, 1)),
	"history" INTEGER NOT NULL CHECK ("history" IN (0, 1))
) STRICT;

CREATE TABLE category_role (
	owner INTEGER NOT NULL
		REFERENCES category (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role BETWEEN 4 AND 6), -- 4 creator, 5 allowed, 6 denied
	principal INTEGER NOT NULL REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
CREATE INDEX category_role_principal ON category_role (principal, owner);
-- A principal is allowed or denied, not both.
CREATE UNIQUE INDEX category_scope ON category_role (owner, principal) WHERE role IN (5, 6);

-- Rooms and categories share one space of names. No constraint can say so; whoever
-- writes looks into the other table first, under the write lock. (A trigger would,
-- at four times the cost of the insertion.)
CREATE TABLE room (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"description" TEXT NOT NULL,
	"category" INTEGER NOT NULL REFERENCES category (id),
	"type" TEXT NOT NULL CHECK ("type" IN ('normal', 'auditorium')),
	"privacy" TEXT NOT NULL
		CHECK ("privacy" = 'open' OR "privacy" = 'closed' OR "privacy" = 'secret'),
	"invitations" TEXT NOT NULL CHECK ("invitations" IN ('inherit', 'false')),
	"addin" INTEGER REFERENCES addin (id),
	"disabled" INTEGER NOT NULL CHECK ("disabled" IN (0, 1))
) STRICT;
CREATE INDEX room_category ON room ("category");
CREATE INDEX room_addin ON room ("addin") WHERE "addin" IS NOT NULL;

CREATE TABLE room_role (
	owner INTEGER NOT NULL
		REFERENCES room (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3), -- 1 member, 2 manager, 3 presenter
	principal INTEGER NOT NULL REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_role_principal ON room_role (principal, owner);

-- Service and compliance settings by scope: 'global', 'site:NAME', 'service:NAME'.
CREATE TABLE settings (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"defaultChatHistory" INTEGER NOT NULL CHECK ("defaultChatHistory" BETWEEN 1 AND 500),
	"maxFileSizeKB" INTEGER NOT NULL,
	"participantUpdateLimit" INTEGER NOT NULL,
	"roomManagementUrl" TEXT NOT NULL,
	"messageSizeLimit" INTEGER NOT NULL,
	"storySizeLimit" INTEGER NOT NULL,
	"searchLimit" INTEGER NOT NULL,
	"sessionTimer" INTEGER NOT NULL,
	"authentication" TEXT NOT NULL CHECK ("authentication" IN ('digest', 'none'))
) STRICT;

CREATE TABLE compliance (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"adapter" TEXT NOT NULL CHECK ("adapter" IN ('none', 'xml')),
	"adapterName" TEXT NOT NULL,
	"outputDirectory" TEXT NOT NULL,
	"customConfiguration" TEXT NOT NULL,
	"addRoomDetails" INTEGER NOT NULL CHECK ("addRoomDetails" IN (0, 1)),
	"addUserDetails" INTEGER NOT NULL CHECK ("addUserDetails" IN (0, 1)),
	"createFileAttachmentsManifest" INTEGER NOT NULL
		CHECK ("createFileAttachmentsManifest" IN (0, 1)),
	"oneRoomPerOutputFile" INTEGER NOT NULL CHECK ("oneRoomPerOutputFile" IN (0, 1)),
	"runInterval" INTEGER NOT NULL
) STRICT;

CREATE TABLE server (
	id INTEGER PRIMARY KEY,
	guid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	fold TEXT NOT NULL UNIQUE,
	revision INTEGER NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	created_by TEXT,
	updated_by TEXT,
	"active" INTEGER NOT NULL CHECK ("active" IN (0, 1))
) STRICT;

-- What a user signs in with by Digest: H(A1), never a password.
CREATE TABLE credential (
	principal INTEGER PRIMARY KEY
		REFERENCES principal (id) ON DELETE CASCADE,
	realm TEXT NOT NULL,
	ha1_md5 TEXT NOT NULL,
	ha1_sha256 TEXT NOT NULL,
	updated INTEGER NOT NULL
) STRICT;

-- The journal: one revision per transaction, one row per object changed, numbered
-- without gaps from revision.first on. before and after are JSON; secrets never.
CREATE TABLE revision (
	revision INTEGER PRIMARY KEY,
	first INTEGER NOT NULL,
	time INTEGER NOT NULL,
	actor TEXT NOT NULL,
	source TEXT NOT NULL
) STRICT;

CREATE TABLE journal (
	id INTEGER PRIMARY KEY,
	revision INTEGER NOT NULL, -- revision.revision
	op TEXT NOT NULL CHECK (op = 'create' OR op = 'update' OR op = 'delete'),
	cause TEXT NOT NULL CHECK (cause = 'asked' OR cause = 'purge' OR cause = 'cascade'),
	kind TEXT NOT NULL,
	object INTEGER NOT NULL, -- its number, of what is gone, too
	guid TEXT NOT NULL,
	name TEXT NOT NULL,
	before TEXT,
	after TEXT
) STRICT;
-- By number and not by guid: an index that only grows at its end costs little.
CREATE INDEX journal_object ON journal (object);

-- Numbers of what was deleted: its history is still found by guid.
CREATE TABLE gone (
	guid TEXT NOT NULL,
	object INTEGER NOT NULL,
	PRIMARY KEY (guid, object)
) STRICT, WITHOUT ROWID;
