#include "pchatctl/message_filter.h"

#include "base/clock.h"
#include "base/text.h"
#include "pchatctl/ctl.h"
#include "pchatctl/moment.h"
#include "pchatctl/noun.h"

/* In the order of enum pchat_match; all of them count unless something else is said. */
const char *const pchat_match_words[] = { "any", "all", "phrase", NULL };

void
pchat_filter_release(struct pchat_filter *f)
{
	for (size_t i = 0; i < f->owned.n; i++)
		free(f->owned.v[i]);
	pchat_vec_release(&f->owned);
	pchat_vec_release(&f->authors);
}

int64_t
pchat_call_moment(const struct pchat_call *call, const char *name, bool end)
{
	const char *text = pchat_call_text(call, name);
	int64_t t;

	return text && pchat_moment_parse(text, end, pchat_now(), &t) ? t : 0;
}

static enum pchat_code
is_due(void *ctx, const struct pchat_message_change *c, struct pchat_err *err)
{
	(void)c;
	(void)err;
	*(bool *)ctx = true;
	return PCHAT_DIFFERS; /* one is enough */
}

/* Whoever decided something about messages may have been ended before it was done: do it before
 * they are looked at. That it cannot be done now does not keep anybody from looking. */
static void
finish(struct pchat_ctl *ctl, struct pchat_chat *reader)
{
	PCHAT_AUTO(chat) chat = NULL;
	uint64_t reached;
	bool due = false;

	if (ctl->txn || pchat_chat_reached(reader, &reached, NULL))
		return;
	(void)pchat_store_message_changes(ctl->store, reached, 0, is_due, &due, NULL);
	if (!due)
		return;
	if (pchat_ctl_chat(ctl, true, &chat, NULL) || pchat_chat_catch_up(ctl->store, chat, NULL))
		pchat_ctl_note(ctl, "something decided about messages is not carried out yet; "
		                    "the next command about messages, or pchatd, does so");
}

enum pchat_code
pchat_ctl_chat(struct pchat_ctl *ctl, bool writer, struct pchat_chat **ret, struct pchat_err *err)
{
	PCHAT_TRY(pchat_chat_open(ctl->globals.v[PCHAT_GLOBAL_STORE].text, writer, ret, err));
	pchat_chat_set_timeout(*ret, (unsigned)ctl->globals.timeout * 1000);
	if (!writer)
		finish(ctl, *ret);
	return PCHAT_OK;
}

static enum pchat_code
add_author(struct pchat_filter *f, const char *text, struct pchat_err *err)
{
	PCHAT_AUTO_VALUE(buf) uri = { 0 };
	char *owned;

	PCHAT_TRY_WORD(text, err, pchat_noun_user(text, &uri, err));
	owned = pchat_buf_take(&uri);
	if (!owned || !pchat_vec_push(&f->owned, owned)) {
		free(owned);
		return pchat_no_memory(err);
	}
	if (!pchat_vec_push(&f->authors, pchat_str(owned)))
		return pchat_no_memory(err);
	return PCHAT_OK;
}

static enum pchat_code
read_words(const struct pchat_call *call, struct pchat_filter *f, struct pchat_err *err)
{
	const char *words = pchat_call_text(call, "--words");
	const char *match = pchat_call_text(call, "--match");

	f->filter.match = PCHAT_MATCH_ALL;
	f->filter.match_case = pchat_call_flag(call, "--match-case");
	for (unsigned i = 0; match && pchat_match_words[i]; i++)
		if (pchat_str_is(pchat_str(match), pchat_match_words[i]))
			f->filter.match = (enum pchat_match)i;
	if (words) {
		f->filter.text = pchat_str(words);
		if (!pchat_str_trim(f->filter.text).n)
			PCHAT_TRY_WORD(words, err,
			               pchat_fail(err, PCHAT_USAGE, "%s: --words is empty",
			                          call->cmd->path));
		return PCHAT_OK;
	}
	if (!match && !f->filter.match_case)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "%s: %s means nothing without --words", call->cmd->path,
	           match ? "--match" : "--match-case");
	pchat_hint(err, "leave it out, or add --words");
	return PCHAT_USAGE;
}

enum pchat_code
pchat_filter_read(const struct pchat_call *call, struct pchat_filter *ret, struct pchat_err *err)
{
	struct pchat_message_filter *f = &ret->filter;

	for (size_t i = 0; i < call->given.n; i++)
		if (pchat_str_is(pchat_str(call->given.v[i].option.name), "--author"))
			PCHAT_TRY(add_author(ret, call->given.v[i].text, err));
	PCHAT_TRY(read_words(call, ret, err));
	f->authors = ret->authors.v;
	f->n_authors = ret->authors.n;
	f->from = pchat_call_moment(call, "--since", false);
	f->to = pchat_call_moment(call, "--until", true);
	ret->narrows = f->n_authors || f->text.n || f->from || f->to;
	if (!f->from || !f->to || f->from <= f->to)
		return PCHAT_OK;
	pchat_fail(err, PCHAT_USAGE, "%s: --since is after --until", call->cmd->path);
	pchat_hint(err, "exchange them");
	return PCHAT_USAGE;
}
