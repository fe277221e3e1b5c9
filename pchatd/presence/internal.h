/*
 * What the files of presence share. Inside pchatd/presence/ only.
 */
#pragma once

#include "pchatd/presence/presence.h"
#include "pchatd/signin.h"
#include "pchatd/writer.h"
#include "wire/docs/publication.h"

struct pchat_followers;

/* A self-subscription. */
struct pchat_self {
	struct pchat_presence_user *user;
	struct pchat_sip_subscription *way;
	struct pchat_sip_timer timer;
	char *epid;  /* of the endpoint */
	bool missed; /* something, while its peer was away */
};

/* A publication with its texts, one allocation. */
struct pchat_item {
	struct pchat_publication p;
	const struct pchat_sip_conn *conn; /* in memory: dropped with it. Only compared */
	char text[];
};
struct pchat_item *pchat_item_new(const struct pchat_publication *p,
                                  const struct pchat_sip_conn *conn);
struct pchat_items {
	struct pchat_item **v;
	size_t n;
	size_t cap;
};
/* Free them; the list is empty then. */
void pchat_items_clear(struct pchat_items *items);

struct pchat_presence_user {
	struct pchatd *d;
	char *uri;
	PCHAT_VEC(struct pchat_self *) selves;
	struct pchat_items items; /* those in memory */
	/* Rooms he follows, known while a session of his is to hear of them: followed.c. */
	PCHAT_VEC(struct pchat_followers *) followed;
	unsigned sessions; /* of these */
	unsigned ties;     /* connections that list it (struct pchat_signin), and these sessions */
	unsigned jobs;     /* waiting, and with the writer */
	bool busy;         /* one is with the writer */
	struct pchat_presence_job *waiting, **last;
};

/* One turn for a user: read what is asked for, after writing what is published. */
struct pchat_presence_job {
	struct pchat_write write;
	struct pchat_presence_job *next;
	struct pchat_presence_user *user;
	struct pchat_sip_txn *txn; /* to be answered; NULL: only others are told */
	void (*finish)(struct pchat_presence_job *j);
	struct pchat_publish publish; /* empty: only read */
	struct pchat_items touched;   /* one of each category that is read; none: all of them */
	int64_t now;
	/* As it stood in memory when the turn began; by index of publish.items. */
	PCHAT_VEC(uint32_t) held; /* version; 0: not in memory */
	size_t held_octets;
	/* Results. */
	struct pchat_items found; /* in the order of their keys */
	PCHAT_VEC(struct pchat_publish_conflict) conflicts;
	bool over; /* too much */
};

/* The record of @uri, made when first asked for; NULL without memory. */
struct pchat_presence_user *pchat_presence_user(struct pchatd *d, const char *uri);
/* Is the user signed in on @conn, where that is asked for? He may have signed out since he asked.
 */
bool pchat_presence_may_tie(const struct pchat_presence_user *u, struct pchat_sip_conn *conn);
/* It has something on the connection of @s, and must hear of its end. False: no memory,
 * or he is not signed in there any more. */
bool pchat_presence_tie(struct pchat_presence_user *u, struct pchat_signin *s);
void pchat_presence_free_unused(struct pchat_presence_user *u);

/* A job for @u, { 0 } but for what is named. NULL: no memory. */
struct pchat_presence_job *pchat_presence_job(struct pchat_presence_user *u,
                                              struct pchat_sip_txn *txn,
                                              void (*finish)(struct pchat_presence_job *j));
void pchat_presence_job_free(struct pchat_presence_job *j); /* NULL is allowed */
/* The category is one of those it reads. False: no memory. */
bool pchat_presence_touch(struct pchat_presence_job *j, struct pchat_str category);
/* Let it have its turn: j->finish is called on the loop afterwards, then it is freed. False: too
 * many wait; the job has been freed then, its request is the caller's. */
bool pchat_presence_start(struct pchat_presence_job *j);

/* Append the document of the categories @j has read, together with what is in memory. */
void pchat_presence_document(const struct pchat_presence_job *j, bool whole, struct pchat_buf *out);
/* Tell all self-subscriptions but that of @except_conn and @except_epid (NULL: all). */
void pchat_presence_tell(struct pchat_presence_user *u, struct pchat_str body,
                         const struct pchat_sip_conn *except_conn, struct pchat_str except_epid);
void pchat_self_free(struct pchat_self *self);
/* What @j has found of the rooms its user follows is what counts now. */
void pchat_followed_take(struct pchat_presence_job *j);
