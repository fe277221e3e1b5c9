-- A store of schema 2. Brought to the present schema by tests/unit/schema/test_sql.c.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
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
INSERT INTO "addin" VALUES(14,'532f6870-9293-47f2-a048-75e921a52b6b','Prices','prices',2,1795247866258955,1795247866258955,'root','root','https://prices.contoso.example/');
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
INSERT INTO "category" VALUES(15,'44c1f48f-8ec8-463d-8828-fb697ab43101','Finance','finance',2,1795247866258955,1795247866258955,'root','root','',0,0,1);
CREATE TABLE category_role (
	owner INTEGER NOT NULL
		REFERENCES category (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role BETWEEN 4 AND 6), -- 4 creator, 5 allowed, 6 denied
	principal INTEGER NOT NULL REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
INSERT INTO "category_role" VALUES(15,4,8);
INSERT INTO "category_role" VALUES(15,5,11);
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
INSERT INTO "compliance" VALUES(5,'e72c30cf-b4be-40ef-b3c1-7adfdf017331','global','global',1,1795247866204677,1795247866204677,'root','root','none','','','',0,0,0,0,900);
INSERT INTO "compliance" VALUES(19,'96f3e3a8-24f7-4f7e-acfa-fba3de58339c','site:Leeds','site:leeds',2,1795247866258955,1795247866258955,'root','root','xml','','','',0,0,0,0,3600);
CREATE TABLE credential (
	principal INTEGER PRIMARY KEY
		REFERENCES principal (id) ON DELETE CASCADE,
	realm TEXT NOT NULL,
	ha1_md5 TEXT NOT NULL,
	ha1_sha256 TEXT NOT NULL,
	updated INTEGER NOT NULL
) STRICT;
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
CREATE TABLE gone (
	guid TEXT NOT NULL,
	object INTEGER NOT NULL,
	PRIMARY KEY (guid, object)
) STRICT, WITHOUT ROWID;
CREATE TABLE group_member (
	owner INTEGER NOT NULL
		REFERENCES principal (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role = 1), -- 1 member
	principal INTEGER NOT NULL REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
INSERT INTO "group_member" VALUES(11,1,2);
INSERT INTO "group_member" VALUES(10,1,7);
INSERT INTO "group_member" VALUES(10,1,8);
INSERT INTO "group_member" VALUES(11,1,10);
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
INSERT INTO "journal" VALUES(1,1,'create','asked','pool',1,'f0209c14-271c-4c75-b7ac-9e320e6e30df','contoso.example',NULL,'{"domain":"contoso.example","uri":"sip:GC-1-PersistentChatService-1@contoso.example","displayName":"Persistent Chat","state":"normal"}');
INSERT INTO "journal" VALUES(2,1,'create','asked','domain',2,'7fa76b5a-6739-4fb6-a90a-e423092bb1b4','contoso.example',NULL,'{"name":"contoso.example"}');
INSERT INTO "journal" VALUES(3,1,'create','asked','policy',3,'6e18d411-bc10-4e4b-affc-5a4b870d3ff6','global',NULL,'{"name":"global"}');
INSERT INTO "journal" VALUES(4,1,'create','asked','config',4,'31872322-b032-438b-be4e-e688de2354a3','global',NULL,'{"scope":"global","defaultChatHistory":30,"maxFileSizeKB":20000,"participantUpdateLimit":75,"messageSizeLimit":8000,"storySizeLimit":65536,"searchLimit":999,"sessionTimer":"30m","authentication":"digest"}');
INSERT INTO "journal" VALUES(5,1,'create','asked','compliance',5,'e72c30cf-b4be-40ef-b3c1-7adfdf017331','global',NULL,'{"scope":"global","adapter":"none","runInterval":"15m"}');
INSERT INTO "journal" VALUES(6,2,'create','asked','site',6,'237febdd-1420-4b0a-bed4-5893aaf7d108','Leeds',NULL,'{"name":"Leeds","description":"North"}');
INSERT INTO "journal" VALUES(7,2,'create','asked','unit',7,'d39c1417-c4e0-4cff-9705-c66b02066473','Trading',NULL,'{"name":"Trading"}');
INSERT INTO "journal" VALUES(8,2,'create','asked','user',8,'2f095369-d89e-486c-8580-0dc6c79943ab','sip:amy@contoso.example',NULL,'{"uri":"sip:amy@contoso.example","displayName":"Amy Jones","site":"leeds","unit":"trading"}');
INSERT INTO "journal" VALUES(9,2,'create','asked','user',9,'a0a36660-38ba-474d-bba2-344186cba3e4','sip:bob@contoso.example',NULL,'{"uri":"sip:bob@contoso.example","displayName":"Bob Small"}');
INSERT INTO "journal" VALUES(10,2,'create','asked','group',10,'0df2843f-d24a-4619-9f7f-1caacfe44241','Sales',NULL,'{"name":"Sales","unit":"Trading","members":["ou:Trading","sip:amy@contoso.example"]}');
INSERT INTO "journal" VALUES(11,2,'create','asked','group',11,'b072d147-6527-4dba-8322-c404b502381c','All',NULL,'{"name":"All","members":["domain:contoso.example","group:Sales"]}');
INSERT INTO "journal" VALUES(12,2,'create','asked','policy',12,'6c0772a4-179b-4f0a-a62a-ee945bda116f','traders',NULL,'{"name":"traders","enabled":true,"grantedTo":["group:Sales"]}');
INSERT INTO "journal" VALUES(13,2,'create','asked','policy',13,'c2a9ecef-b9ad-4a9b-b4f7-63d107f262ed','site:Leeds',NULL,'{"name":"site:Leeds"}');
INSERT INTO "journal" VALUES(14,2,'create','asked','addin',14,'532f6870-9293-47f2-a048-75e921a52b6b','Prices',NULL,'{"name":"Prices","url":"https://prices.contoso.example/"}');
INSERT INTO "journal" VALUES(15,2,'create','asked','category',15,'44c1f48f-8ec8-463d-8828-fb697ab43101','Finance',NULL,'{"name":"Finance","allowed":["group:All"],"creators":["sip:amy@contoso.example"],"history":true}');
INSERT INTO "journal" VALUES(16,2,'create','asked','room',16,'11111111-1111-4111-8111-111111111111','Rates desk',NULL,'{"name":"Rates desk","category":"Finance","type":"normal","privacy":"closed","invitations":"inherit","addin":"prices","members":["group:Sales","sip:amy@contoso.example"],"managers":["sip:amy@contoso.example"]}');
INSERT INTO "journal" VALUES(17,2,'create','asked','room',17,'4b36abd0-5375-475c-a861-61b7178f79e4','Town hall',NULL,'{"name":"Town hall","category":"finance","type":"auditorium","privacy":"closed","invitations":"inherit","members":["group:All","sip:amy@contoso.example"],"presenters":["sip:amy@contoso.example"]}');
INSERT INTO "journal" VALUES(18,2,'create','asked','config',18,'d89363ca-f847-4bfa-8730-11eebfd36bab','site:Leeds',NULL,'{"scope":"site:Leeds","defaultChatHistory":50,"maxFileSizeKB":20000,"participantUpdateLimit":75,"messageSizeLimit":8000,"storySizeLimit":65536,"searchLimit":999,"sessionTimer":"30m","authentication":"digest"}');
INSERT INTO "journal" VALUES(19,2,'create','asked','compliance',19,'96f3e3a8-24f7-4f7e-acfa-fba3de58339c','site:Leeds',NULL,'{"scope":"site:Leeds","adapter":"xml","runInterval":"1h"}');
INSERT INTO "journal" VALUES(20,2,'create','asked','server',20,'2d73f023-1c9e-4043-8d9a-5d2bf0f08579','chat1.contoso.example',NULL,'{"name":"chat1.contoso.example","active":true}');
INSERT INTO "journal" VALUES(21,3,'update','asked','room',17,'4b36abd0-5375-475c-a861-61b7178f79e4','Town hall','{"name":"Town hall","category":"Finance","type":"auditorium","privacy":"closed","invitations":"inherit","members":["group:All","sip:amy@contoso.example"],"presenters":["sip:amy@contoso.example"],"guid":"4b36abd0-5375-475c-a861-61b7178f79e4","revision":2,"created":"2026-11-21T07:57:46.258955Z","createdBy":"root","updated":"2026-11-21T07:57:46.258955Z","updatedBy":"root"}','{"name":"Town hall","description":"Everybody","category":"Finance","type":"auditorium","privacy":"closed","invitations":"inherit","members":["group:All","sip:amy@contoso.example"],"presenters":["sip:amy@contoso.example"]}');
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
INSERT INTO "policy" VALUES(3,'6e18d411-bc10-4e4b-affc-5a4b870d3ff6','global','global',1,1795247866204677,1795247866204677,'root','root',0,'');
INSERT INTO "policy" VALUES(12,'6c0772a4-179b-4f0a-a62a-ee945bda116f','traders','traders',2,1795247866258955,1795247866258955,'root','root',1,'');
INSERT INTO "policy" VALUES(13,'c2a9ecef-b9ad-4a9b-b4f7-63d107f262ed','site:Leeds','site:leeds',2,1795247866258955,1795247866258955,'root','root',0,'');
CREATE TABLE policy_grant (
	owner INTEGER NOT NULL
		REFERENCES policy (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role = 1), -- 1 granted
	principal INTEGER NOT NULL UNIQUE
		REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
INSERT INTO "policy_grant" VALUES(12,1,10);
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
INSERT INTO "pool" VALUES(1,1,'f0209c14-271c-4c75-b7ac-9e320e6e30df','contoso.example','contoso.example',1,1795247866204677,1795247866204677,'root','root','sip:GC-1-PersistentChatService-1@contoso.example','Persistent Chat','normal');
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
INSERT INTO "principal" VALUES(2,8,'7fa76b5a-6739-4fb6-a90a-e423092bb1b4','contoso.example','domain:contoso.example',1,1795247866204677,1795247866204677,'root','root','','','',NULL,NULL,'',0,'');
INSERT INTO "principal" VALUES(7,10,'d39c1417-c4e0-4cff-9705-c66b02066473','Trading','ou:trading',2,1795247866258955,1795247866258955,'root','root','','','',NULL,NULL,'',0,'');
INSERT INTO "principal" VALUES(8,5,'2f095369-d89e-486c-8580-0dc6c79943ab','sip:amy@contoso.example','sip:amy@contoso.example',2,1795247866258955,1795247866258955,'root','root','Amy Jones','','',6,7,'',0,'');
INSERT INTO "principal" VALUES(9,5,'a0a36660-38ba-474d-bba2-344186cba3e4','sip:bob@contoso.example','sip:bob@contoso.example',2,1795247866258955,1795247866258955,'root','root','Bob Small','','',NULL,NULL,'',0,'');
INSERT INTO "principal" VALUES(10,9,'0df2843f-d24a-4619-9f7f-1caacfe44241','Sales','group:sales',2,1795247866258955,1795247866258955,'root','root','','','',NULL,7,'',0,'');
INSERT INTO "principal" VALUES(11,9,'b072d147-6527-4dba-8322-c404b502381c','All','group:all',2,1795247866258955,1795247866258955,'root','root','','','',NULL,NULL,'',0,'');
CREATE TABLE revision (
	revision INTEGER PRIMARY KEY,
	first INTEGER NOT NULL,
	time INTEGER NOT NULL,
	actor TEXT NOT NULL,
	source TEXT NOT NULL
, command TEXT, comment TEXT) STRICT;
INSERT INTO "revision" VALUES(1,1,1795247866204677,'root','command',NULL,NULL);
INSERT INTO "revision" VALUES(2,6,1795247866258955,'root','command',NULL,NULL);
INSERT INTO "revision" VALUES(3,21,1795247866295910,'root','command',NULL,NULL);
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
INSERT INTO "room" VALUES(16,'11111111-1111-4111-8111-111111111111','Rates desk','rates desk',2,1795247866258955,1795247866258955,'root','root','',15,'normal','closed','inherit',14,0);
INSERT INTO "room" VALUES(17,'4b36abd0-5375-475c-a861-61b7178f79e4','Town hall','town hall',3,1795247866258955,1795247866295910,'root','root','Everybody',15,'auditorium','closed','inherit',NULL,0);
CREATE TABLE room_role (
	owner INTEGER NOT NULL
		REFERENCES room (id) ON DELETE CASCADE,
	role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3), -- 1 member, 2 manager, 3 presenter
	principal INTEGER NOT NULL REFERENCES principal (id),
	PRIMARY KEY (owner, role, principal)
) STRICT, WITHOUT ROWID;
INSERT INTO "room_role" VALUES(16,1,8);
INSERT INTO "room_role" VALUES(16,2,8);
INSERT INTO "room_role" VALUES(17,1,8);
INSERT INTO "room_role" VALUES(17,3,8);
INSERT INTO "room_role" VALUES(16,1,10);
INSERT INTO "room_role" VALUES(17,1,11);
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
INSERT INTO "server" VALUES(20,'2d73f023-1c9e-4043-8d9a-5d2bf0f08579','chat1.contoso.example','chat1.contoso.example',2,1795247866258955,1795247866258955,'root','root',1);
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
INSERT INTO "settings" VALUES(4,'31872322-b032-438b-be4e-e688de2354a3','global','global',1,1795247866204677,1795247866204677,'root','root',30,20000,75,'',8000,65536,999,1800,'digest');
INSERT INTO "settings" VALUES(18,'d89363ca-f847-4bfa-8730-11eebfd36bab','site:Leeds','site:leeds',2,1795247866258955,1795247866258955,'root','root',50,20000,75,'',8000,65536,999,1800,'digest');
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
INSERT INTO "site" VALUES(6,'237febdd-1420-4b0a-bed4-5893aaf7d108','Leeds','leeds',2,1795247866258955,1795247866258955,'root','root','North');
CREATE TABLE store (
	id INTEGER PRIMARY KEY CHECK (id = 1),
	guid TEXT NOT NULL,
	revision INTEGER NOT NULL,     -- of the last change
	next_id INTEGER NOT NULL,      -- number the next object gets
	next_journal INTEGER NOT NULL, -- number the next journal row gets
	created INTEGER NOT NULL
) STRICT;
INSERT INTO "store" VALUES(1,'7a976bc4-fff4-469b-85fa-96bc45c0752e',3,21,22,1795247865983070);
CREATE INDEX principal_site ON principal ("site") WHERE "site" IS NOT NULL;
CREATE INDEX principal_unit ON principal ("unit") WHERE "unit" IS NOT NULL;
CREATE INDEX principal_kerberos ON principal ("principal") WHERE "principal" <> '';
CREATE INDEX group_member_principal ON group_member (principal, owner);
CREATE INDEX category_role_principal ON category_role (principal, owner);
CREATE UNIQUE INDEX category_scope ON category_role (owner, principal) WHERE role IN (5, 6);
CREATE INDEX room_category ON room ("category");
CREATE INDEX room_addin ON room ("addin") WHERE "addin" IS NOT NULL;
CREATE INDEX room_role_principal ON room_role (principal, owner);
CREATE INDEX journal_object ON journal (object);
COMMIT;
