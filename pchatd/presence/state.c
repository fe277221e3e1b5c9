#include "pchatd/presence/internal.h"

#include "base/clock.h"
#include "base/text.h"
#include "schema/publication.h"
#include "wire/xccos/xccos.h"

/* ---- publications ---- */

struct pchat_item *
pchat_item_new(const struct pchat_publication *p, const struct pchat_sip_conn *conn)
{
	struct pchat_item *item = malloc(sizeof(*item) + p->category.n + p->content.n + p->room.n);

	if (!item)
		return NULL;
	item->p = *p;
	item->conn = conn;
	if (p->category.n)
		memcpy(item->text, p->category.p, p->category.n);
	item->p.category.p = item->text;
	if (p->content.n)
		memcpy(item->text + p->category.n, p->content.p, p->content.n);
	item->p.content.p = item->text + p->category.n;
	if (p->room.n)
		memcpy(item->text + p->category.n + p->content.n, p->room.p, p->room.n);
	item->p.room.p = item->text + p->category.n + p->content.n;
	return item;
}

void
pchat_items_clear(struct pchat_items *items)
{
	for (size_t i = 0; i < items->n; i++)
		free(items->v[i]);
	pchat_vec_release(items);
}

/* ---- users ---- */

void
pchat_presence_job_free(struct pchat_presence_job *j)
{
	if (!j)
		return;
	pchat_publish_release(&j->publish);
	pchat_items_clear(&j->touched);
	pchat_items_clear(&j->found);
	pchat_vec_release(&j->held);
	pchat_vec_release(&j->conflicts);
	free(j);
}

struct pchat_presence_user *
pchat_presence_user(struct pchatd *d, const char *uri)
{
	struct pchat_presence_user *u = pchat_hash_get(&d->presence, pchat_str(uri));

	if (u)
		return u;
	u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	u->d = d;
	u->last = &u->waiting;
	u->uri = pchat_str_dup(pchat_str(uri));
	if (!u->uri || !pchat_hash_put(&d->presence, pchat_str(u->uri), u)) {
		free(u->uri);
		free(u);
		return NULL;
	}
	return u;
}

static void
user_free(struct pchat_presence_user *u)
{
	struct pchat_presence_job *j;

	while ((j = u->waiting)) {
		u->waiting = j->next;
		pchat_presence_job_free(j);
	}
	for (size_t i = 0; i < u->selves.n; i++)
		pchat_self_free(u->selves.v[i]);
	pchat_vec_release(&u->selves);
	pchat_vec_release(&u->followed);
	pchat_items_clear(&u->items);
	free(u->uri);
	free(u);
}

void
pchat_presence_free_unused(struct pchat_presence_user *u)
{
	if (u->ties || u->jobs)
		return;
	pchat_hash_del(&u->d->presence, pchat_str(u->uri));
	user_free(u);
}

bool
pchat_presence_may_tie(const struct pchat_presence_user *u, struct pchat_sip_conn *conn)
{
	const struct pchat_signin *s = pchat_sip_conn_user(conn);

	return !pchat_needs_proof(u->d, conn) ||
	       (s && s->user && strcmp(s->user->uri, u->uri) == 0);
}

bool
pchat_presence_tie(struct pchat_presence_user *u, struct pchat_signin *s)
{
	if (!pchat_presence_may_tie(u, s->conn))
		return false;
	for (size_t i = 0; i < s->presence.n; i++)
		if (s->presence.v[i] == u)
			return true;
	if (!pchat_vec_push(&s->presence, u))
		return false;
	u->ties++;
	return true;
}

void
pchat_presence_release(struct pchatd *d)
{
	void *u;

	for (size_t i = 0; pchat_hash_next(&d->presence, &i, NULL, &u);)
		user_free(u);
	pchat_hash_release(&d->presence);
	pchat_hash_release(&d->followers);
}

/* ---- turns ---- */

static bool
collect(struct pchat_presence_job *j, const struct pchat_kept_publication *k)
{
	struct pchat_publication p = {
		.category = k->category,
		.container = k->container,
		.instance = k->instance,
		.version = k->version,
		.type = k->has_expires ? PCHAT_EXPIRE_TIME : PCHAT_EXPIRE_STATIC,
		.has_expires = k->has_expires,
		.expires = k->expires,
		.content = k->content,
		.room = k->room,
		.time = k->time,
	};
	struct pchat_item *item = pchat_item_new(&p, NULL);

	if (item && pchat_vec_push(&j->found, item))
		return true;
	free(item);
	return false;
}

static enum pchat_code
on_found(void *ctx, const struct pchat_kept_publication *k, struct pchat_err *err)
{
	return collect(ctx, k) ? PCHAT_OK : pchat_no_memory(err);
}

static enum pchat_code
read_back(struct pchat_presence_job *j, struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	pchat_items_clear(&j->found);
	if (j->touched.n == 0)
		return pchat_chat_publications(chat, j->user->uri, (struct pchat_str){ 0 }, j->now,
		                               on_found, j, err);
	for (size_t i = 0; !code && i < j->touched.n; i++)
		code = pchat_chat_publications(chat, j->user->uri, j->touched.v[i]->p.category,
		                               j->now, on_found, j, err);
	return code;
}

/* ---- writing ---- */

static bool
goes(const struct pchat_publication *p)
{
	return p->has_expires && p->expires == 0;
}

static bool
is_kept(const struct pchat_publication *p)
{
	return p->type == PCHAT_EXPIRE_STATIC || p->type == PCHAT_EXPIRE_TIME;
}

static struct pchat_kept_publication
kept(const struct pchat_presence_job *j, const struct pchat_publication *p, char *guid)
{
	struct pchat_kept_publication k = {
		.category = p->category,
		.container = p->container,
		.instance = p->instance,
		.version = p->version + 1,
		.has_expires = p->type == PCHAT_EXPIRE_TIME,
		.expires = p->expires,
		.until = p->type == PCHAT_EXPIRE_TIME ? j->now + p->expires * PCHAT_SECOND : 0,
		.time = j->now,
		.content = p->content,
	};
	struct pchat_str domain, value;

	if (p->room.n && pchat_xccos_uri_split(p->room, &domain, &value) &&
	    pchat_guid_parse(value, guid))
		k.room = pchat_str(guid);
	return k;
}

static enum pchat_code
check_versions(struct pchat_presence_job *j, struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; !code && i < j->publish.items.n; i++) {
		const struct pchat_publication *p = &j->publish.items.v[i];
		char guid[PCHAT_GUID_LEN + 1];
		const struct pchat_kept_publication k = kept(j, p, guid);
		struct pchat_publish_conflict c = { .index = (unsigned)i + 1,
			                            .version = j->held.v[i] };

		if (c.version == 0)
			code = pchat_chat_publication_version(chat, j->user->uri, &k, j->now,
			                                      &c.version, err);
		if (!code && c.version != p->version && !pchat_vec_push(&j->conflicts, c))
			code = pchat_no_memory(err);
	}
	return code;
}

static enum pchat_code
write_one(struct pchat_presence_job *j, struct pchat_chat *chat, const struct pchat_publication *p,
          struct pchat_err *err)
{
	char guid[PCHAT_GUID_LEN + 1];
	const struct pchat_kept_publication k = kept(j, p, guid);

	if (is_kept(p) && !goes(p))
		return pchat_chat_publication_put(chat, j->user->uri, &k, err);
	return pchat_chat_publication_drop(chat, j->user->uri, &k, err);
}

static enum pchat_code
write_all(struct pchat_presence_job *j, struct pchat_chat *chat, struct pchat_err *err)
{
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; !code && i < j->publish.items.n; i++)
		code = write_one(j, chat, &j->publish.items.v[i], err);
	return code;
}

/* What the user would have, counted before anything is written. */
struct sums {
	const struct pchat_presence_job *job;
	size_t octets;
	PCHAT_VEC(unsigned) n; /* of each category that is published to, by its first item */
};

static bool
same_key(const struct pchat_publication *a, struct pchat_str category, uint32_t container,
         uint32_t instance)
{
	return a->container == container && a->instance == instance &&
	       pchat_str_eq(a->category, category);
}

static void
count_category(struct sums *s, struct pchat_str category)
{
	for (size_t i = 0; i < s->n.n; i++) {
		if (pchat_str_eq(s->job->publish.items.v[i].category, category)) {
			s->n.v[i]++;
			return;
		}
	}
}

static enum pchat_code
count_kept(void *ctx, const struct pchat_kept_publication *k, struct pchat_err *err)
{
	struct sums *s = ctx;

	(void)err;
	for (size_t i = 0; i < s->n.n; i++) /* it will be replaced, or go */
		if (same_key(&s->job->publish.items.v[i], k->category, k->container, k->instance))
			return PCHAT_OK;
	s->octets += k->content.n;
	count_category(s, k->category);
	return PCHAT_OK;
}

static enum pchat_code
check_sums(struct pchat_presence_job *j, struct pchat_chat *chat, struct pchat_err *err)
{
	struct sums s = { .job = j, .octets = j->held_octets };
	enum pchat_code code = PCHAT_OK;

	for (size_t i = 0; i < j->publish.items.n; i++)
		if (!pchat_vec_push(&s.n, 0u))
			code = pchat_no_memory(err);
	for (size_t i = 0; !code && i < j->publish.items.n; i++) {
		if (goes(&j->publish.items.v[i]))
			continue;
		s.octets += j->publish.items.v[i].content.n;
		count_category(&s, j->publish.items.v[i].category);
	}
	if (!code)
		code = pchat_chat_publications(chat, j->user->uri, (struct pchat_str){ 0 }, j->now,
		                               count_kept, &s, err);
	j->over = s.octets > PCHAT_PUBLICATIONS_OCTETS;
	for (size_t i = 0; i < s.n.n; i++)
		j->over |= s.n.v[i] > PCHAT_PUBLICATIONS_PER_CATEGORY;
	pchat_vec_release(&s.n);
	return code;
}

static enum pchat_code
run(struct pchat_write *write, struct pchat_chat *chat, struct pchat_err *err)
{
	struct pchat_presence_job *j = (struct pchat_presence_job *)write; /* the first member */
	enum pchat_code code = PCHAT_OK;

	j->conflicts.n = 0;
	if (j->publish.items.n) {
		code = check_versions(j, chat, err);
		if (!code && j->conflicts.n == 0)
			code = check_sums(j, chat, err);
		if (!code && (j->conflicts.n || j->over))
			return PCHAT_OK;
		if (!code)
			code = write_all(j, chat, err);
	}
	return code ? code : read_back(j, chat, err);
}

/* ---- on the loop ---- */

struct pchat_presence_job *
pchat_presence_job(struct pchat_presence_user *u, struct pchat_sip_txn *txn,
                   void (*finish)(struct pchat_presence_job *j))
{
	struct pchat_presence_job *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	j->user = u;
	j->txn = txn;
	j->finish = finish;
	return j;
}

bool
pchat_presence_touch(struct pchat_presence_job *j, struct pchat_str category)
{
	const struct pchat_publication p = { .category = category };
	struct pchat_item *item;

	for (size_t i = 0; i < j->touched.n; i++)
		if (pchat_str_eq(j->touched.v[i]->p.category, category))
			return true;
	item = pchat_item_new(&p, NULL);
	if (item && pchat_vec_push(&j->touched, item))
		return true;
	free(item);
	return false;
}

/* As it stands in memory now: another turn may have changed it while this one waited. */
static bool
note_held(struct pchat_presence_job *j)
{
	for (size_t i = 0; i < j->publish.items.n; i++) {
		const struct pchat_publication *p = &j->publish.items.v[i];
		uint32_t version = 0;

		for (size_t k = 0; k < j->user->items.n; k++)
			if (same_key(&j->user->items.v[k]->p, p->category, p->container,
			             p->instance))
				version = j->user->items.v[k]->p.version;
		if (!pchat_vec_push(&j->held, version))
			return false;
	}
	for (size_t k = 0; k < j->user->items.n; k++)
		j->held_octets += j->user->items.v[k]->p.content.n;
	return true;
}

static void job_done(void *ctx, struct pchat_letter *letter);

static bool
hand_to_writer(struct pchat_presence_job *j)
{
	struct pchatd *d = j->user->d;

	j->now = pchat_now();
	j->write.letter.done = job_done;
	j->write.run = run;
	if (!d->writer || !note_held(j) || !pchat_writer_put(d->writer, &j->write))
		return false;
	d->in_flight++;
	j->user->busy = true;
	return true;
}

static void
next_turn(struct pchat_presence_user *u)
{
	struct pchat_presence_job *j;

	while (!u->busy && (j = u->waiting)) {
		u->waiting = j->next;
		if (!u->waiting)
			u->last = &u->waiting;
		if (hand_to_writer(j))
			return;
		j->write.code = PCHAT_BUSY;
		j->finish(j);
		u->jobs--;
		pchat_presence_job_free(j);
	}
}

static void
job_done(void *ctx, struct pchat_letter *letter)
{
	struct pchat_presence_job *j = (struct pchat_presence_job *)letter; /* the first member */
	struct pchat_presence_user *u = j->user;
	struct pchatd *d = ctx;

	d->in_flight--;
	u->busy = false;
	j->finish(j);
	pchat_presence_job_free(j);
	u->jobs--;
	next_turn(u);
	pchat_presence_free_unused(u);
}

bool
pchat_presence_start(struct pchat_presence_job *j)
{
	struct pchat_presence_user *u = j->user;
	bool taken = u->jobs < PCHAT_PRESENCE_WAITING;

	if (taken && !u->busy)
		taken = hand_to_writer(j);
	else if (taken) {
		*u->last = j;
		u->last = &j->next;
	}
	if (taken) {
		u->jobs++;
		return true;
	}
	pchat_presence_job_free(j);
	return false;
}

/* ---- what has been read, and what is in memory ---- */

static bool
is_touched(const struct pchat_presence_job *j, struct pchat_str category)
{
	for (size_t i = 0; i < j->touched.n; i++)
		if (pchat_str_eq(j->touched.v[i]->p.category, category))
			return true;
	return j->touched.n == 0;
}

/* Those of one category, wherever they are. Returns their number. */
static size_t
put_category(const struct pchat_presence_job *j, struct pchat_str category, struct pchat_buf *out)
{
	const struct pchat_items *const places[] = { &j->found, &j->user->items };
	size_t n = 0;

	for (size_t i = 0; i < PCHAT_N(places); i++) {
		for (size_t k = 0; k < places[i]->n; k++) {
			if (!pchat_str_eq(places[i]->v[k]->p.category, category))
				continue;
			pchat_roaming_category(out, &places[i]->v[k]->p);
			n++;
		}
	}
	return n;
}

static bool
seen_before(const struct pchat_items *items, size_t at, const struct pchat_items *others,
            size_t n_others)
{
	struct pchat_str category = items->v[at]->p.category;

	for (size_t i = 0; i < at; i++)
		if (pchat_str_eq(items->v[i]->p.category, category))
			return true;
	for (size_t i = 0; i < n_others; i++)
		if (pchat_str_eq(others->v[i]->p.category, category))
			return true;
	return false;
}

void
pchat_presence_document(const struct pchat_presence_job *j, bool whole, struct pchat_buf *out)
{
	const struct pchat_items *items = &j->user->items;

	pchat_roaming_open(out, j->user->uri);
	for (size_t i = 0; i < j->found.n; i++)
		if (!seen_before(&j->found, i, NULL, 0))
			put_category(j, j->found.v[i]->p.category, out);
	for (size_t i = 0; i < items->n; i++)
		if (is_touched(j, items->v[i]->p.category) &&
		    !seen_before(items, i, &j->found, j->found.n))
			put_category(j, items->v[i]->p.category, out);
	/* Nothing is left of these, which must be said. */
	for (size_t i = 0; i < j->touched.n; i++) {
		struct pchat_buf none = { 0 };

		if (put_category(j, j->touched.v[i]->p.category, &none) == 0)
			pchat_roaming_none(out, j->touched.v[i]->p.category);
		pchat_buf_release(&none);
	}
	pchat_roaming_close(out, whole);
}
