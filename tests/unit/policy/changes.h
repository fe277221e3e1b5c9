/*
 * Plans for tests, on an organization that is whole and on one that loads on demand. Changes are
 * written "+ room name=New;category=Finance", "~ room Rates|members=" and "- room Rates".
 */
#pragma once

#include "shelf.h"

static const char *const store[] = {
	"pool domain=contoso.example",
	"domain name=contoso.example",
	"site name=leeds",
	"site name=york",
	"site name=bath",
	"unit name=London",
	"unit name=London/Trading",
	"unit name=York",
	"unit name=York/Floor",
	"unit name=York/Floor/Desk",
	"user uri=" AMY ";site=leeds;unit=London/Trading",
	"user uri=" BOB ";site=leeds",
	"user uri=" CAROL,
	"user uri=sip:dan@contoso.example",
	"group name=Sales;members=" AMY "," BOB,
	"group name=Traders;members=group:Sales," CAROL,
	"group name=Idle",
	"group name=Londoners;unit=London;members=ou:London",
	"policy name=global",
	"policy name=site:leeds;enabled=true",
	"policy name=traders;enabled=true;grantedTo=group:Sales",
	"policy name=visitors",
	"config scope=global",
	"config scope=site:leeds",
	"compliance scope=global",
	"addin name=Prices;url=https://prices.contoso.example/",
	"addin name=Spare;url=https://spare.contoso.example/",
	"endpoint uri=sip:old@contoso.example",
	"category name=Finance;allowed=group:Traders;creators=group:Sales",
	"category name=Public;allowed=domain:contoso.example",
	"category name=Narrow;allowed=" AMY,
	"room name=Rates;category=Finance;members=group:Sales," CAROL ";managers=" AMY
	";addin=Prices",
	"room name=Hall;category=Finance;type=auditorium;members=" AMY "," BOB ";presenters=" AMY,
	"room name=Stage;category=Finance;type=auditorium;privacy=secret;members=group:Sales;"
	"presenters=" AMY,
	"room name=Lobby;category=Public;privacy=open;managers=" BOB,
};

/* ---- running ---- */

static inline void
add_change(struct pchat_plan *p, const struct shelf *s, const char *text)
{
	struct pchat_str rest, key, word, fields;
	struct pchat_object *before = NULL, *after = NULL;
	enum pchat_kind kind;
	char name[300];

	if (text[0] == '+') {
		assert_int_equal(
			pchat_plan_add_take(p, PCHAT_OP_CREATE, NULL, object(text + 2), NULL),
			PCHAT_OK);
		return;
	}
	word = pchat_str_cut(pchat_str(text + 2), ' ', &rest);
	key = pchat_str_cut(rest, '|', &fields);
	assert_true(pchat_kind_by_word(word, &kind));
	(void)snprintf(name, sizeof(name), "%.*s", PCHAT_STR_ARG(key));
	before = shelf_find(s, kind, name);
	if (before) {
		before = pchat_object_copy(before);
	} else {
		before = pchat_object_new(kind);
		assert_int_equal(pchat_object_set(before, 0, key, NULL), PCHAT_OK);
	}
	if (text[0] == '~') {
		after = pchat_object_copy(before);
		after->set = 0; /* as a store gives it */
		change(after, fields.n ? fields.p : "");
		after->guid[0] = before->guid[0] ? after->guid[0] : '\0';
	}
	assert_int_equal(pchat_plan_add_take(p, after ? PCHAT_OP_UPDATE : PCHAT_OP_DELETE, before,
	                                     after, NULL),
	                 PCHAT_OK);
}

static inline void
add_changes(struct pchat_plan *p, const struct shelf *s, const char *const *changes, size_t max)
{
	for (size_t i = 0; i < max && changes[i]; i++)
		add_change(p, s, changes[i]);
}

static inline void
fill(struct shelf *s)
{
	for (size_t i = 0; i < PCHAT_N(store); i++)
		shelf_add(s, store[i]);
}
