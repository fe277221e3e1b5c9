/*
 * Inside the control socket: a client, and what the commands of control_server.c and
 * control_session.c answer it with. Nobody else includes this.
 */
#pragma once

#include "base/json.h"
#include "pchatd/control.h"

struct pchat_control_client {
	struct pchat_control *control;
	int fd; /* -1: free */
	struct pchat_sip_watch *watch;
	char line[PCHAT_CONTROL_LINE];
	size_t n;
	bool deaf; /* what it still says is thrown away */
	/* What has to leave; .sent of it has. */
	struct pchat_buf out;
	size_t sent;
	int64_t moved; /* monotonic: when it last said or took something */

	bool waiting; /* for a revision; further lines wait too */
	uint64_t revision;
	int64_t until; /* monotonic */

	/* The reply that is being written, a piece at a time; further lines wait too. Returns false
	 * at its end. NULL: none. */
	bool (*more)(struct pchat_control_client *c);
	struct {
		struct pchat_session *next;    /* pchat_control_forget() moves it on */
		char user[PCHAT_CONTROL_LINE]; /* URI; "": all */
		char room[PCHAT_GUID_LEN + 1]; /* guid; "": all */
		uint64_t id;                   /* 0: all; of sign-ins: where the last one stands */
		uint64_t n;                    /* written */
	} listing;
};

struct pchat_control {
	struct pchatd *d;
	int fd;
	struct pchat_sip_watch *watch;
	char *path;
	struct pchat_control_client clients[PCHAT_CONTROL_CLIENTS];
};

/* ---- replies of records ---- */

/* The first line. */
void pchat_control_begin(struct pchat_control_client *c, const char *reply);
/* A record: begin, then keys and values, then end. */
void pchat_control_record(struct pchat_control_client *c, struct pchat_json *j);
void pchat_control_record_end(struct pchat_control_client *c, struct pchat_json *j);
/* The last line. */
void pchat_control_end(struct pchat_control_client *c, uint64_t n);
/* The last line when it did not work; also the only one. */
void pchat_control_fail(struct pchat_control_client *c, enum pchat_code code, const char *text);

void pchat_control_put_text(struct pchat_json *j, const char *key, const char *text);
void pchat_control_put_uint(struct pchat_json *j, const char *key, uint64_t v);
void pchat_control_put_time(struct pchat_json *j, const char *key, int64_t t);

/* One line in the log about what was asked for by @by (may be empty), and how many it met. */
void pchat_control_log(struct pchatd *d, const char *event, struct pchat_str by, uint64_t n);

/* ---- commands ---- */

void pchat_control_server(struct pchat_control_client *c, struct pchat_str args);
void pchat_control_metrics(struct pchat_control_client *c, struct pchat_str args);
void pchat_control_trace(struct pchat_control_client *c, struct pchat_str args);
void pchat_control_drain(struct pchat_control_client *c, struct pchat_str args);
void pchat_control_sessions(struct pchat_control_client *c, struct pchat_str args);
void pchat_control_kick(struct pchat_control_client *c, struct pchat_str args);
void pchat_control_signins(struct pchat_control_client *c, struct pchat_str args);
