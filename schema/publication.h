/*
 * What clients keep in chat.db about their users: presence publications. Those that live as long
 * as a registration never come here. sip.md section 2.5.
 */
#pragma once

#include "schema/chat.h"

/* Named limits of one user. */
#define PCHAT_PUBLICATIONS_PER_CATEGORY 200
#define PCHAT_PUBLICATIONS_OCTETS       (2u << 20)

/* Texts are borrowed. A publication is told by user, category, container and instance. */
struct pchat_kept_publication {
	struct pchat_str category;
	uint32_t container;
	uint32_t instance;
	uint32_t version;
	bool has_expires;
	uint32_t expires;      /* seconds, as published */
	int64_t until;         /* microseconds UTC it ends at; 0: it stays */
	int64_t time;          /* microseconds UTC it was published at */
	struct pchat_str room; /* guid of the room it follows; empty: none */
	struct pchat_str content;
};

typedef enum pchat_code (*pchat_publication_fn)(void *ctx, const struct pchat_kept_publication *p,
                                                struct pchat_err *err);

/* Version that is stored; 0 if there is none, or it has ended. @p: only what tells it. */
enum pchat_code pchat_chat_publication_version(struct pchat_chat *chat, const char *uri,
                                               const struct pchat_kept_publication *p, int64_t now,
                                               uint32_t *ret, struct pchat_err *err);
/* Store it in the place of what is there. Inside pchat_chat_begin() or a job of the writer. */
enum pchat_code pchat_chat_publication_put(struct pchat_chat *chat, const char *uri,
                                           const struct pchat_kept_publication *p,
                                           struct pchat_err *err);
enum pchat_code pchat_chat_publication_drop(struct pchat_chat *chat, const char *uri,
                                            const struct pchat_kept_publication *p,
                                            struct pchat_err *err);
/* Those of a user that have not ended, by category, container and instance; of one category if
 * that is not empty. */
enum pchat_code pchat_chat_publications(struct pchat_chat *chat, const char *uri,
                                        struct pchat_str category, int64_t now,
                                        pchat_publication_fn each, void *ctx,
                                        struct pchat_err *err);
