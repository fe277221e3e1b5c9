/* Before base/, which poisons names that its headers mention. */
#include "wire/xccos/xml.h"

#include "wire/docs/provisioning.h"

#include "base/text.h"

/* Foreign elements are legal anywhere, but not without end. */
#define DEPTH_MAX    32
#define ELEMENTS_MAX 1000

#define NS_ANSWER    "http://schemas.microsoft.com/2006/09/sip/provisiongrouplist-notification"

struct group {
	const char *name;
	enum pchat_provisioning_group bit;
};

static const struct group groups[] = {
	{ "ServerConfiguration", PCHAT_PROVISIONING_SERVER },
	{ "persistentChatConfiguration", PCHAT_PROVISIONING_CHAT },
};

static unsigned
group_bit(struct pchat_str name)
{
	for (size_t i = 0; i < PCHAT_N(groups); i++)
		if (pchat_str_iis(name, groups[i].name))
			return groups[i].bit;
	return 0;
}

static enum pchat_code
refuse(const xmlNode *node, enum pchat_code code, const char *why, struct pchat_err *err)
{
	pchat_fail(err, code, "%s", why);
	pchat_err_at(err, NULL, (unsigned)xmlGetLineNo(node), 0);
	return code;
}

static enum pchat_code
read_groups(struct pchat_xml *x, const xmlNode *root, struct pchat_provisioning_request *ret,
            struct pchat_err *err)
{
	for (const xmlNode *n = pchat_xml_first(root); n; n = pchat_xml_next(n)) {
		struct pchat_str name;

		if (!pchat_xml_is(n, "provisioningGroup", NULL))
			continue;
		name = pchat_str_trim(pchat_xml_attr(x, n, "name"));
		if (name.n == 0)
			return refuse(n, PCHAT_INVALID, "a provisioning group has no name", err);
		if (++ret->n_groups > PCHAT_PROVISIONING_GROUPS_MAX)
			return refuse(n, PCHAT_LIMIT, "too many provisioning groups", err);
		ret->groups |= group_bit(name);
	}
	return PCHAT_OK;
}

static enum pchat_code
read_root(struct pchat_xml *x, const xmlNode *root, struct pchat_provisioning_request *ret,
          struct pchat_err *err)
{
	size_t elements;
	unsigned depth;

	if (!pchat_xml_is(root, "provisioningGroupList", NULL))
		return refuse(root, PCHAT_INVALID, "root element is no 'provisioningGroupList'",
		              err);
	pchat_xml_measure(root, &elements, &depth);
	if (depth > DEPTH_MAX || elements > ELEMENTS_MAX)
		return refuse(root, PCHAT_INVALID, "too many elements or nested too deep", err);
	return read_groups(x, root, ret, err);
}

enum pchat_code
pchat_provisioning_parse(struct pchat_str body, struct pchat_provisioning_request *ret,
                         struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(xml) x = { 0 };
	struct pchat_provisioning_request request = { 0 };
	const xmlNode *root;
	enum pchat_code code;

	code = pchat_xml_init(&x, err);
	if (!code)
		code = pchat_xml_read(&x, body, PCHAT_PROVISIONING_BODY_MAX, &root, err);
	if (!code)
		code = read_root(&x, root, &request, err);
	if (!code && x.arena.failed)
		code = pchat_no_memory(err);
	if (!code)
		*ret = request;
	return code;
}

/* No blanks around the value: clients compare it literally. */
static void
put_property(struct pchat_buf *out, const char *name, struct pchat_str value)
{
	pchat_buf_lit(out, "<property name=\"");
	pchat_buf_text(out, name);
	pchat_buf_lit(out, "\">");
	pchat_quote_xml(out, value);
	pchat_buf_lit(out, "</property>");
}

static void
put_pools(struct pchat_buf *out, const struct pchat_provisioning *p)
{
	pchat_buf_lit(out, "<property name=\"PersistentChatPoolUris\">");
	if (p->n_pool_uris == 0)
		pchat_quote_xml(out, p->default_pool_uri);
	for (size_t i = 0; i < p->n_pool_uris; i++) {
		if (i > 0)
			pchat_buf_char(out, ' ');
		pchat_quote_xml(out, p->pool_uris[i]);
	}
	pchat_buf_lit(out, "</property>");
}

static void
put_chat(struct pchat_buf *out, const struct pchat_provisioning *p)
{
	pchat_buf_lit(out, "<provisionGroup name=\"persistentChatConfiguration\">"
	                   "<propertyEntryList>");
	put_property(out, "EnablePersistentChat",
	             p->enabled ? PCHAT_STR("true") : PCHAT_STR("false"));
	if (p->enabled) {
		put_property(out, "DefaultPersistentChatPoolUri", p->default_pool_uri);
		put_pools(out, p);
		if (p->web_manager_int.n > 0)
			put_property(out, "PersistentChatWebManagerUriInt", p->web_manager_int);
		if (p->web_manager_ext.n > 0)
			put_property(out, "PersistentChatWebManagerUriExt", p->web_manager_ext);
	}
	pchat_buf_lit(out, "</propertyEntryList></provisionGroup>");
}

void
pchat_provisioning_build(struct pchat_buf *out, unsigned wanted, const struct pchat_provisioning *p)
{
	pchat_buf_lit(out, "<provisionGroupList xmlns=\"" NS_ANSWER "\">");
	/* What stands in a real one makes clients call services we do not have. */
	if (wanted & PCHAT_PROVISIONING_SERVER)
		pchat_buf_lit(out, "<provisionGroup name=\"ServerConfiguration\"/>");
	if (wanted & PCHAT_PROVISIONING_CHAT)
		put_chat(out, p);
	pchat_buf_lit(out, "</provisionGroupList>");
}
