#include "pchatctl/manifest_schema.h"

#include "pchatctl/manifest.h"

#define GUID_PATTERN "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
/* The forms of pchat_duration_parse(): plain seconds, "1d2h30m", "hh:mm:ss". */
#define DURATION_PATTERN  "^([0-9]+|([0-9]+[dhms])+|[0-9]+:[0-9]{2}:[0-9]{2})$"
#define PRINCIPAL_PATTERN "^(group:.+|ou:.+|domain:.+|(sips?:)?[^:@]+@.+)$"

static void
pair(struct pchat_json *j, const char *key, const char *text)
{
	pchat_json_key(j, key);
	pchat_json_text(j, text);
}

static void
number(struct pchat_json *j, const char *key, uint64_t v)
{
	pchat_json_key(j, key);
	pchat_json_uint(j, v);
}

static void
additional(struct pchat_json *j, bool v)
{
	pchat_json_key(j, "additionalProperties");
	pchat_json_bool(j, v);
}

/* ---- one field ---- */

static void
text_field(struct pchat_json *j, const struct pchat_field *f)
{
	pair(j, "type", "string");
	/* An optional text may be emptied, whatever its least length. */
	if (f->flags & PCHAT_REQUIRED)
		number(j, "minLength", f->min);
	number(j, "maxLength", f->max);
	if (f->type == PCHAT_TYPE_HTTP_URL)
		pair(j, "pattern", f->flags & PCHAT_REQUIRED ? "^https?://" : "^(https?://|$)");
}

static void
enum_field(struct pchat_json *j, const struct pchat_field *f)
{
	bool falsehood = false;

	pchat_json_key(j, "enum");
	pchat_json_begin_array(j);
	for (size_t i = 0; f->words[i]; i++) {
		pchat_json_text(j, f->words[i]);
		falsehood |= !strcmp(f->words[i], "false");
	}
	/* Without quotes the word is a truth value in YAML, and understood as well. */
	if (falsehood)
		pchat_json_bool(j, false);
	pchat_json_end_array(j);
}

static void
duration_field(struct pchat_json *j, const struct pchat_field *f)
{
	pchat_json_key(j, "type");
	pchat_json_begin_array(j);
	pchat_json_text(j, "string");
	pchat_json_text(j, "integer");
	pchat_json_end_array(j);
	pair(j, "pattern", DURATION_PATTERN);
	number(j, "minimum", f->min);
	number(j, "maximum", f->max);
}

static void
principals_field(struct pchat_json *j, const struct pchat_field *f)
{
	pair(j, "type", "array");
	number(j, "maxItems", f->max);
	pchat_json_key(j, "items");
	pchat_json_begin_object(j);
	pair(j, "$ref", "#/$defs/principal");
	pchat_json_end_object(j);
}

static void
field_type(struct pchat_json *j, const struct pchat_field *f)
{
	switch (f->type) {
	case PCHAT_TYPE_TEXT:
	case PCHAT_TYPE_NAME:
	case PCHAT_TYPE_SIP_URI:
	case PCHAT_TYPE_HTTP_URL:
		text_field(j, f);
		return;
	case PCHAT_TYPE_REF:
		pair(j, "type", "string");
		return;
	case PCHAT_TYPE_BOOL:
		pair(j, "type", "boolean");
		return;
	case PCHAT_TYPE_UINT:
		pair(j, "type", "integer");
		number(j, "minimum", f->min);
		number(j, "maximum", f->max);
		return;
	case PCHAT_TYPE_DURATION:
		duration_field(j, f);
		return;
	case PCHAT_TYPE_ENUM:
		enum_field(j, f);
		return;
	case PCHAT_TYPE_PRINCIPALS:
		principals_field(j, f);
		return;
	}
}

static void
field_default(struct pchat_json *j, const struct pchat_field *f)
{
	uint64_t n;

	if (!f->preset[0] || (f->flags & PCHAT_REQUIRED))
		return;
	pchat_json_key(j, "default");
	if (f->type == PCHAT_TYPE_BOOL)
		pchat_json_bool(j, !strcmp(f->preset, "true"));
	else if (f->type == PCHAT_TYPE_UINT && pchat_str_uint(pchat_str(f->preset), UINT64_MAX, &n))
		pchat_json_uint(j, n);
	else
		pchat_json_text(j, f->preset);
}

static void
field(struct pchat_json *j, const struct pchat_field *f)
{
	pchat_json_key(j, f->name);
	pchat_json_begin_object(j);
	pair(j, "description", f->help);
	field_type(j, f);
	field_default(j, f);
	pchat_json_end_object(j);
}

/* ---- one kind ---- */

static void
object(struct pchat_json *j, const struct pchat_kind_info *info)
{
	pair(j, "description", info->help);
	pair(j, "type", "object");
	additional(j, false);
	pchat_json_key(j, "required");
	pchat_json_begin_array(j);
	pchat_json_text(j, info->fields[0].name);
	pchat_json_end_array(j);
	pchat_json_key(j, "properties");
	pchat_json_begin_object(j);
	for (size_t i = 0; i < info->n_fields; i++)
		field(j, &info->fields[i]);
	pchat_json_key(j, "guid");
	pchat_json_begin_object(j);
	pair(j, "description", "identity that survives a renaming");
	pair(j, "type", "string");
	pair(j, "pattern", GUID_PATTERN);
	pchat_json_end_object(j);
	pchat_json_end_object(j);
}

static void
definition(struct pchat_json *j, enum pchat_kind kind)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);

	pchat_json_key(j, info->word);
	pchat_json_begin_object(j);
	if (!pchat_manifest_short_form(kind)) {
		object(j, info);
		pchat_json_end_object(j);
		return;
	}
	pchat_json_key(j, "anyOf");
	pchat_json_begin_array(j);
	pchat_json_begin_object(j);
	pair(j, "description", info->fields[0].help);
	text_field(j, &info->fields[0]);
	pchat_json_end_object(j);
	pchat_json_begin_object(j);
	object(j, info);
	pchat_json_end_object(j);
	pchat_json_end_array(j);
	pchat_json_end_object(j);
}

static void
reference(struct pchat_json *j, const struct pchat_kind_info *info)
{
	PCHAT_AUTO_TEXT target = pchat_text("#/$defs/%s", info->word);

	if (!target)
		j->out->failed = true;
	pair(j, "$ref", target);
}

static void
section(struct pchat_json *j, enum pchat_kind kind)
{
	const struct pchat_kind_info *info = pchat_kind_info(kind);

	pchat_json_key(j, info->section);
	pchat_json_begin_object(j);
	if (info->singleton) {
		reference(j, info);
	} else {
		pair(j, "type", "array");
		pchat_json_key(j, "items");
		pchat_json_begin_object(j);
		reference(j, info);
		pchat_json_end_object(j);
	}
	pchat_json_end_object(j);
}

/* ---- the whole ---- */

static void
top(struct pchat_json *j)
{
	pchat_json_key(j, "pchat");
	pchat_json_begin_object(j);
	pair(j, "description", "version of the format");
	number(j, "const", PCHAT_MANIFEST_VERSION);
	pchat_json_end_object(j);
	pchat_json_key(j, "absent");
	pchat_json_begin_object(j);
	pair(j, "description",
	     "what a field that is left out means for an object that is there: "
	     "it stays as it is, or gets its default");
	pchat_json_key(j, "enum");
	pchat_json_begin_array(j);
	pchat_json_text(j, "keep");
	pchat_json_text(j, "default");
	pchat_json_end_array(j);
	pair(j, "default", "keep");
	pchat_json_end_object(j);
	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		section(j, (enum pchat_kind)k);
}

static void
definitions(struct pchat_json *j)
{
	pchat_json_key(j, "principal");
	pchat_json_begin_object(j);
	pair(j, "description", "sip:user@domain, group:Name, ou:Path/Of/Units or domain:name");
	pair(j, "type", "string");
	pair(j, "pattern", PRINCIPAL_PATTERN);
	pchat_json_end_object(j);
	for (size_t k = 0; k < PCHAT_N_KINDS; k++)
		definition(j, (enum pchat_kind)k);
}

void
pchat_manifest_schema(struct pchat_buf *out)
{
	struct pchat_json j;

	pchat_json_init(&j, out, true);
	pchat_json_begin_object(&j);
	pair(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	pair(&j, "title", "pchat manifest");
	pair(&j, "description",
	     "what a store of pchat should hold; a section that is left out is "
	     "not managed");
	pair(&j, "type", "object");
	additional(&j, false);
	pchat_json_key(&j, "required");
	pchat_json_begin_array(&j);
	pchat_json_text(&j, "pchat");
	pchat_json_end_array(&j);
	pchat_json_key(&j, "properties");
	pchat_json_begin_object(&j);
	top(&j);
	pchat_json_end_object(&j);
	pchat_json_key(&j, "$defs");
	pchat_json_begin_object(&j);
	definitions(&j);
	pchat_json_end_object(&j);
	pchat_json_end_object(&j);
	pchat_buf_char(out, '\n');
}
