#include "pchatd/channel/principal.h"

static uint64_t
type_of(enum pchat_kind kind)
{
	switch (kind) {
	case PCHAT_KIND_USER:
		return PCHAT_PRINCIPAL_USER;
	case PCHAT_KIND_DOMAIN:
		return PCHAT_PRINCIPAL_DOMAIN;
	case PCHAT_KIND_GROUP:
		return PCHAT_PRINCIPAL_GROUP;
	case PCHAT_KIND_UNIT:
		return PCHAT_PRINCIPAL_UNIT;
	default:
		return 0;
	}
}

static bool
user_uib(struct pchatd *d, pchat_id id, struct pchat_xccos_uib *ret)
{
	const struct pchat_user *user = pchat_view_user_of(d->view, id);
	struct pchat_user_view facts;

	if (!user || !pchat_org_user_view(pchat_view_org(d->view), id, &facts))
		return false;
	*ret = pchat_speaker_uib(user);
	ret->disabled = pchat_xccos_flag(facts.disabled);
	ret->email = pchat_str(facts.email);
	ret->company = pchat_str(facts.company);
	return true;
}

bool
pchat_principal_uib(struct pchatd *d, pchat_id id, struct pchat_principal_uri *keep,
                    struct pchat_xccos_uib *ret)
{
	const struct pchat_object *o = pchat_org_facts(pchat_view_org(d->view), id);

	if (!o)
		return false;
	if (o->kind == PCHAT_KIND_USER)
		return user_uib(d, id, ret);
	snprintf(keep->text, sizeof(keep->text), "ma-grp:%s@u.g", o->guid);
	*ret = (struct pchat_xccos_uib){
		.uri = pchat_str(keep->text),
		.guid = pchat_str(o->guid),
		.type = type_of(o->kind),
		.uname = pchat_str(pchat_object_key(o)),
		.dispname = pchat_str(pchat_object_key(o)),
	};
	return true;
}

pchat_id
pchat_principal_named(struct pchatd *d, struct pchat_str uri)
{
	struct pchat_org *org = pchat_view_org(d->view);
	PCHAT_AUTO_VALUE(buf) canonical = { 0 };
	struct pchat_str rest;
	char guid[PCHAT_GUID_LEN + 1];

	uri = pchat_str_trim(uri);
	if (pchat_str_istarts(uri, "ma-grp:")) {
		pchat_str_cut(uri, ':', &rest);
		return pchat_guid_parse(pchat_str_cut(rest, '@', &rest), guid)
		               ? pchat_org_principal_by_guid(org, guid)
		               : PCHAT_NO_ID;
	}
	if (pchat_principal_canonical(uri, &canonical, NULL))
		return PCHAT_NO_ID;
	return pchat_org_principal(org, pchat_buf_cstr(&canonical), NULL);
}
