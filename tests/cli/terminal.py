#!/usr/bin/env python3
"""Run a command on a terminal and answer its questions.

    terminal.py [--size COLUMNSxROWS] [--between SCRIPT] ANSWER... -- COMMAND...

Each ANSWER is typed when the command has written something that ends in a blank after the last
answer; SCRIPT runs before the first. What the terminal shows goes to standard output; exit status of the command.
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

TIMEOUT = 30


def main():
    args = sys.argv[1:]
    size = (80, 24)
    if args[0] == "--size":
        size = tuple(int(n) for n in args[1].split("x"))
        args = args[2:]
    between = None
    if args[0] == "--between":
        between = args[1]
        args = args[2:]
    cut = args.index("--")
    answers, command = args[:cut], args[cut + 1:]
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.execvp(command[0], command)
    shown, waiting, deadline = b"", b"", time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        ready, _, _ = select.select([fd], [], [], 0.1)
        if ready:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
            waiting += data
        if answers and waiting.endswith(b" "):
            waiting = b""
            if between:
                subprocess.run(between, shell=True, check=True)
                between = None
            os.write(fd, answers.pop(0).encode() + b"\n")
    _, status = os.waitpid(pid, 0)
    sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
    sys.exit(os.waitstatus_to_exitcode(status))


main()
