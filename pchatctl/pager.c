#include "pchatctl/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

/* Words of a command that is started without a shell. */
#define WORDS_MAX 16

bool
pchat_pager_suits(const struct pchat_cmd *cmd)
{
	return !(cmd->flags &
	         (PCHAT_CMD_WRITES | PCHAT_CMD_URGES | PCHAT_CMD_PRESETS | PCHAT_CMD_ENDLESS));
}

void
pchat_pager_choose(struct pchat_pager *p, int fd)
{
	const char *term = getenv("TERM"), *command = getenv("PCHAT_PAGER");
	struct pchat_str text;

	if (!isatty(fd))
		return;
	if (!command) {
		if (!term || strcmp(term, "dumb") == 0)
			return;
		command = getenv("PAGER");
	}
	if (!command)
		command = "less";
	text = pchat_str_trim(pchat_str(command));
	if (text.n && !pchat_str_is(text, "cat"))
		p->command = command;
}

/* Signals that are ignored here mean something to the pager. */
static int
spawn(pid_t *pid, int input, char *const *argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t usual;
	int e;

	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGINT);
	sigaddset(&usual, SIGQUIT);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	e = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (!e)
		e = posix_spawnattr_setsigdefault(&attr, &usual);
	if (!e)
		e = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	if (!e)
		e = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return e;
}

/* A few plain words need no shell, and what cannot be started is known at once. */
static int
spawn_command(pid_t *pid, int input, const char *command)
{
	char *copy = pchat_str_dup(pchat_str(command)), *argv[WORDS_MAX + 1], *rest = NULL;
	char sh[] = "sh", option[] = "-c", *const shell[] = { sh, option, copy, NULL };
	size_t n = 0;
	int e;

	if (!copy)
		return ENOMEM;
	if (strpbrk(command, "|&;<>()$`\\\"'*?[#~=%{}!\n")) {
		e = spawn(pid, input, shell);
	} else {
		argv[n] = strtok_r(copy, " \t", &rest);
		while (argv[n] && n < WORDS_MAX)
			argv[++n] = strtok_r(NULL, " \t", &rest);
		e = !n || argv[n] ? E2BIG : spawn(pid, input, argv);
	}
	free(copy);
	return e;
}

static bool
start(struct pchat_pager *p)
{
	int ends[2], e;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	/* Of less: leave if one page is enough, let colours through, do not clear the screen. */
	setenv("LESS", "FRX", 0);
	e = spawn_command(&p->pid, ends[0], p->command);
	close(ends[0]);
	if (e) {
		p->pid = 0;
		close(ends[1]);
		return false;
	}
	p->fd = ends[1];
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	return true;
}

int
pchat_pager_fd(struct pchat_pager *p, int fd)
{
	if (p->command && !p->pid && !start(p))
		p->command = NULL;
	return p->pid ? p->fd : fd;
}

void
pchat_pager_finish(struct pchat_pager *p)
{
	if (!p->pid)
		return;
	close(p->fd);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*p = (struct pchat_pager){ 0 };
}
