/*
 * kill-at N COMMAND [ARGUMENT...]: runs the command and kills it (SIGKILL) right before the Nth
 * system call by which it changes a file or a folder, so that nothing from there on happens.
 * Prints nothing. Exit status 137 if it was killed, else that of the command: it ended before.
 * 70 if it cannot be traced.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CANNOT 70
#define KILLED 137

static bool
changes_files(unsigned long long nr)
{
	static const long numbers[] = {
		SYS_write,     SYS_pwrite64, SYS_writev,   SYS_fsync,     SYS_fdatasync,
		SYS_ftruncate, SYS_unlink,   SYS_unlinkat, SYS_rename,    SYS_renameat2,
		SYS_openat,    SYS_mkdir,    SYS_mkdirat,  SYS_fallocate, SYS_link,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (nr == (unsigned long long)numbers[i])
			return true;
	return false;
}

/* Of those that open a file only what may make it; of those that write not what is printed. */
static bool
counts(const struct __ptrace_syscall_info *info)
{
	const uint64_t *args = info->entry.args;

	if (info->op != PTRACE_SYSCALL_INFO_ENTRY || !changes_files(info->entry.nr))
		return false;
	if (info->entry.nr == SYS_openat)
		return args[2] & 0100; /* O_CREAT */
	if (info->entry.nr == SYS_write)
		return args[0] > STDERR_FILENO;
	return true;
}

/* One stop of the traced process; false once it is over: *ret_status. */
static bool
step(pid_t pid, long n, long *count, int *ret_status)
{
	struct __ptrace_syscall_info info;
	int status, deliver = 0;

	if (waitpid(pid, &status, 0) < 0)
		exit(CANNOT);
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		return false;
	}
	if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		    counts(&info) && ++*count == n)
			kill(pid, SIGKILL);
	} else if (WSTOPSIG(status) != SIGTRAP) {
		deliver = WSTOPSIG(status);
	}
	/* Fails if it was killed just now; waiting then tells so. */
	ptrace(PTRACE_SYSCALL, pid, 0, deliver);
	return true;
}

int
main(int argc, char **argv)
{
	long n = argc > 2 ? strtol(argv[1], NULL, 10) : 0, count = 0;
	int status = CANNOT;
	pid_t pid;

	if (n < 1) {
		fprintf(stderr, "usage: kill-at N COMMAND [ARGUMENT...]\n");
		return CANNOT;
	}
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			_exit(CANNOT);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) {
		fprintf(stderr, "kill-at: cannot trace: %s\n", strerror(errno));
		return CANNOT;
	}
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	while (step(pid, n, &count, &status))
		;
	return status;
}
