/* Before base/, which poisons names that its headers mention. */
#include "wire/xccos/xml.h"

#include "wire/docs/answer.h"
#include "wire/docs/provisioning.h"

#define DEPTH_MAX    32
#define ELEMENTS_MAX 1000

void
pchat_provisioning_answer_release(struct pchat_provisioning_answer *a)
{
	free(a->default_pool);
	*a = (struct pchat_provisioning_answer){ 0 };
}

static enum pchat_code
read_property(struct pchat_xml *x, const xmlNode *node, struct pchat_provisioning_answer *a,
              struct pchat_err *err)
{
	struct pchat_str name = pchat_xml_attr(x, node, "name"), text = pchat_xml_text(x, node);

	if (pchat_str_is(name, "EnablePersistentChat"))
		a->enabled = pchat_str_is(text, "true");
	if (!pchat_str_is(name, "DefaultPersistentChatPoolUri") || !text.n || a->default_pool)
		return PCHAT_OK;
	a->default_pool = pchat_str_dup(text);
	return a->default_pool ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
read_group(struct pchat_xml *x, const xmlNode *group, struct pchat_provisioning_answer *a,
           struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (const xmlNode *l = pchat_xml_first(group); l; l = pchat_xml_next(l)) {
		if (!pchat_xml_is(l, "propertyEntryList", NULL))
			continue;
		for (const xmlNode *p = pchat_xml_first(l); p && !code; p = pchat_xml_next(p))
			if (pchat_xml_is(p, "property", NULL))
				code = read_property(x, p, a, err);
	}
	return code;
}

static enum pchat_code
read_root(struct pchat_xml *x, const xmlNode *root, struct pchat_provisioning_answer *a,
          struct pchat_err *err)
{
	size_t elements;
	unsigned depth;

	if (!pchat_xml_is(root, "provisionGroupList", NULL))
		return pchat_fail(err, PCHAT_INVALID, "root element is no 'provisionGroupList'");
	pchat_xml_measure(root, &elements, &depth);
	if (depth > DEPTH_MAX || elements > ELEMENTS_MAX)
		return pchat_fail(err, PCHAT_INVALID, "too many elements or nested too deep");
	for (const xmlNode *g = pchat_xml_first(root); g; g = pchat_xml_next(g))
		if (pchat_xml_is(g, "provisionGroup", NULL) &&
		    pchat_str_is(pchat_xml_attr(x, g, "name"), "persistentChatConfiguration"))
			return read_group(x, g, a, err);
	return pchat_fail(err, PCHAT_INVALID, "there is no group 'persistentChatConfiguration'");
}

enum pchat_code
pchat_provisioning_answer_parse(struct pchat_str body, struct pchat_provisioning_answer *ret,
                                struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(xml) x = { 0 };
	PCHAT_AUTO_VALUE(provisioning_answer) a = { 0 };
	const xmlNode *root;
	enum pchat_code code;

	code = pchat_xml_init(&x, err);
	if (!code)
		code = pchat_xml_read(&x, body, PCHAT_PROVISIONING_BODY_MAX, &root, err);
	if (!code)
		code = read_root(&x, root, &a, err);
	if (!code && x.arena.failed)
		code = pchat_no_memory(err);
	if (code)
		return code;
	*ret = a;
	a = (struct pchat_provisioning_answer){ 0 };
	return PCHAT_OK;
}
