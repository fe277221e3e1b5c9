#!/usr/bin/env python3
"""Play pchatd on a control socket: control.py SOCKET ANSWER COMMAND...

Runs the command and answers the line it sends with ANSWER (nothing and a hangup if that is
empty). Prints what was asked, if anything. Exit status of the command.
"""
import os
import socket
import subprocess
import sys

path, answer, command = sys.argv[1], sys.argv[2], sys.argv[3:]
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(1)
server.settimeout(1)
process = subprocess.Popen(command)
try:
    peer, _ = server.accept()
    peer.settimeout(30)
    print("asked:", peer.makefile().readline().strip(), flush=True)
    if answer:
        peer.sendall(answer.encode() + b"\n")
    peer.close()
except socket.timeout:
    pass
status = process.wait(timeout=60)
os.unlink(path)
sys.exit(status)
