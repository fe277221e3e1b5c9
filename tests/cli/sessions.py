#!/usr/bin/env python3
"""Hold chat sessions while a command runs: sessions.py tcp:HOST:PORT USER[=ROOM]... -- COMMAND...

Each USER opens a session, in this order, and joins the room with the guid ROOM if one is given.
Exit status of the command.
"""
import os
import sys
import subprocess

sys.path.insert(0, os.path.join(os.environ["PCHAT_SOURCE"], "tests/wire"))
from sipscript import Client  # noqa: E402

_, host, port = sys.argv[1].split(":")
end = sys.argv.index("--")


class Nowhere:
    """What a client asks its daemon for, of which only the address is known here."""
    address = (host, int(port))

    @staticmethod
    def tail():
        return ""


clients = []
for word in sys.argv[2:end]:
    user, _, room = word.partition("=")
    clients.append(Client(Nowhere, user))
    clients[-1].invite()
    if room:
        clients[-1].join("/" + room)
raise SystemExit(subprocess.run(sys.argv[end + 1:]).returncode)
