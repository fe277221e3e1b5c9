#include "pchatd/mailbox.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/str.h"

enum pchat_code
pchat_mailbox_init(struct pchat_mailbox *m, size_t max, bool polled, struct pchat_err *err)
{
	*m = (struct pchat_mailbox){ .max = max, .fd = -1 };
	m->last = &m->first;
	if (polled) {
		m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (m->fd < 0)
			return pchat_fail(err, PCHAT_UNAVAILABLE, "cannot make an eventfd: %s",
			                  strerror(errno));
	}
	/* With default attributes neither can fail (glibc). */
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->filled, NULL);
	return PCHAT_OK;
}

void
pchat_mailbox_release(struct pchat_mailbox *m)
{
	if (!m->last)
		return;
	if (m->fd >= 0)
		close(m->fd);
	pthread_cond_destroy(&m->filled);
	pthread_mutex_destroy(&m->lock);
	*m = (struct pchat_mailbox){ .fd = -1 };
}

/* Under the lock: somebody is to be told of the first letter. True if that is left to ring(),
 * without the lock, for who wakes up wants it. */
static bool
must_ring(struct pchat_mailbox *m)
{
	static const uint64_t one = 1;

	if (m->fd < 0)
		return m->sleepers > 0;
	if (!m->awake && !m->rung)
		m->rung = write(m->fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
	return false;
}

static void
ring(struct pchat_mailbox *m, bool rings)
{
	if (rings)
		pthread_cond_signal(&m->filled);
}

bool
pchat_mailbox_put(struct pchat_mailbox *m, struct pchat_letter *letter)
{
	bool fits, rings = false;

	pthread_mutex_lock(&m->lock);
	fits = !m->closed && (m->max == 0 || m->n < m->max);
	if (fits) {
		letter->next = NULL;
		letter->put = pchat_monotonic();
		letter->kind = m->kind;
		*m->last = letter;
		m->last = &letter->next;
		if (m->n++ == 0)
			rings = must_ring(m);
	}
	pthread_mutex_unlock(&m->lock);
	ring(m, rings);
	return fits;
}

void
pchat_mailbox_return(struct pchat_mailbox *m, struct pchat_letter *letters)
{
	bool rings = false;

	if (!letters)
		return;
	pthread_mutex_lock(&m->lock);
	if (m->n == 0)
		rings = must_ring(m);
	*m->last = letters;
	for (; letters; letters = letters->next) {
		m->last = &letters->next;
		m->n++;
	}
	pthread_mutex_unlock(&m->lock);
	ring(m, rings);
}

void
pchat_mailbox_close(struct pchat_mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	m->closed = true;
	pthread_cond_broadcast(&m->filled);
	pthread_mutex_unlock(&m->lock);
}

/* Under the lock. */
static struct pchat_letter *
take(struct pchat_mailbox *m, bool one)
{
	struct pchat_letter *letters = m->first;

	if (!letters || !one || !letters->next) {
		m->first = NULL;
		m->last = &m->first;
		m->n = 0;
		return letters;
	}
	m->first = letters->next;
	letters->next = NULL;
	m->n--;
	if (m->sleepers)
		pthread_cond_signal(&m->filled); /* for the next reader */
	return letters;
}

struct pchat_letter *
pchat_mailbox_take(struct pchat_mailbox *m)
{
	struct pchat_letter *letters;
	uint64_t count;

	pthread_mutex_lock(&m->lock);
	letters = take(m, false);
	m->awake = true;
	if (m->rung && read(m->fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		m->rung = false;
	pthread_mutex_unlock(&m->lock);
	return letters;
}

bool
pchat_mailbox_rest(struct pchat_mailbox *m)
{
	bool empty;

	pthread_mutex_lock(&m->lock);
	empty = m->n == 0;
	m->awake = !empty;
	pthread_mutex_unlock(&m->lock);
	return empty;
}

struct pchat_letter *
pchat_mailbox_wait(struct pchat_mailbox *m, bool one)
{
	struct pchat_letter *letters;

	pthread_mutex_lock(&m->lock);
	while (!m->first && !m->closed) {
		m->sleepers++;
		pthread_cond_wait(&m->filled, &m->lock);
		m->sleepers--;
	}
	letters = take(m, one);
	pthread_mutex_unlock(&m->lock);
	return letters;
}

size_t
pchat_mailbox_count(struct pchat_mailbox *m)
{
	size_t n;

	pthread_mutex_lock(&m->lock);
	n = m->n;
	pthread_mutex_unlock(&m->lock);
	return n;
}
