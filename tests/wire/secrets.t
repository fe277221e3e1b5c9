#!/usr/bin/env python3
"""What a password is made into, and what is sent to prove it, is found nowhere it may be read."""
import hashlib
import json
import os
import re
import resource
import sqlite3
import subprocess
import time

from sipscript import AMY, BOB, DOMAIN, LIMIT, PCHATCTL, Daemon, Suite, expect

suite = Suite()
SECRETS = {AMY: "Tr0ub4dor-and-3", BOB: "correct-horse-battery"}
WRONG = "hunter2-is-no-password"
# What that stores is as good as the password.
NTLM = [] if "without NTLM" in subprocess.run(
    [PCHATCTL, "version"], capture_output=True, text=True).stdout else ["--ntlm"]


class World(Daemon):
    def __init__(self):
        self.sent = set()  # what was sent as proof
        super().__init__("digest")
        for user, secret in SECRETS.items():
            self.ctl("user", "passwd", user, "--password-stdin", *NTLM, stdin=secret + "\n")

    def prove(self, c, strong=False):
        m = c.request("REGISTER", f"sip:{DOMAIN}")
        line = c.credentials(m, strong=strong)
        self.sent.add(re.search(r'response="([0-9a-f]+)"', line)[1])
        return c.request("REGISTER", f"sip:{DOMAIN}", line)

    def stored(self):
        """All that the store keeps instead of passwords."""
        with sqlite3.connect(f"file:{self.store.path}/policy.db?mode=ro", uri=True) as db:
            rows = db.execute("SELECT * FROM credential").fetchall()
        values = set()
        for value in (v for row in rows for v in row):
            if isinstance(value, bytes) and len(value) >= 8:
                values |= {value, value.hex().encode(), value.hex().upper().encode()}
            elif isinstance(value, str) and re.fullmatch("[0-9a-fA-F]{16,}", value):
                values |= {value.encode(), value.upper().encode(), bytes.fromhex(value)}
        return values

    def secrets(self):
        texts = {*SECRETS.values(), WRONG, *self.sent}
        for user, secret in SECRETS.items():
            for kind in (hashlib.md5, hashlib.sha256):
                texts.add(kind(f"{user[4:]}:{DOMAIN}:{secret}".encode()).hexdigest())
        return {t.encode() for t in texts} | self.stored()

    def look(self, where, data):
        for secret in self.secrets():
            expect(secret not in data, f"{secret!r} in {where}")


def read(path):
    with open(path, "rb") as f:
        return f.read()


@suite.test
def the_store_keeps_what_it_needs(d):
    values = d.stored()
    for user, secret in SECRETS.items():
        for kind in (hashlib.md5, hashlib.sha256):
            ha1 = kind(f"{user[4:]}:{DOMAIN}:{secret}".encode()).hexdigest()
            expect(ha1.encode() in values, f"this test looks for other than what is stored: {values}")
    if NTLM:  # user, domain, two for Digest, when, one for NTLM
        with sqlite3.connect(f"file:{d.store.path}/policy.db?mode=ro", uri=True) as db:
            for row in db.execute("SELECT nt_hash FROM credential"):
                expect(len(row[0]) == 32 and row[0].encode() in values, f"{row}")


@suite.test
def signing_in_rightly_and_wrongly_leaves_nothing_in_the_log(d):
    d.ctl("server", "trace", "1000")
    for user in SECRETS:
        for agent, strong in (("Sipe/1.25.0", False), ("Sofa/1.0", False), ("Sofa/1.0", True)):
            for password, status in ((SECRETS[user], 200), (WRONG, 403)):
                c = d.connect(user, password=password, agent=agent)
                m = d.prove(c, strong)
                expect(m.status == status, f"{m}")
    amy = d.connect(AMY, password=SECRETS[AMY])
    expect(d.prove(amy).status == 200, "sign-in")
    amy.invite()
    amy.tell(amy.envelope('<cmd id="cmd:frob" seqid="1"><data/></cmd>'))  # is dumped
    amy.expect("rpl:frob", 501)
    m = amy.request("REGISTER", f"sip:{DOMAIN}", "Proxy-Authorization: Digest username=\"amy\", "
                    f"realm=\"{DOMAIN}\", password=\"{WRONG}\", response=\"{WRONG}\"")
    expect(m.status in (400, 407), f"{m}")
    d.log.flush()
    log = read(d.log_path)
    expect(b"event=trace" in log and b'event="sign-in failed"' in log, "the log has nothing in it")
    expect(len(d.sent) > 10, "nothing was proved")
    d.look("the log", log)
    for word in (b"response=", b"nonce=", b"cnonce", b"uthorization:"):
        expect(word not in log, f"{word} in the log")
    for question in (("session", "list", "-o", "json"), ("session", "show", "1", "-o", "json"),
                     ("server", "status", "-o", "json"), ("server", "metrics", "-o", "csv"),
                     ("report", "sign-ins", "-o", "json")):
        if question[1] == "show":
            question = ("session", "show", str(json.loads(
                d.ctl("session", "list", "-o", "json"))[0]["id"]), "-o", "json")
        out = d.ctl(*question)
        expect(len(out) > 10, f"{question}: {out}")
        d.look(" ".join(question), out.encode())


@suite.test
def nor_in_the_process_list(d):
    for name in ("cmdline", "environ"):
        try:
            d.look(name, read(f"/proc/{d.process.pid}/{name}"))
        except PermissionError:
            expect(name == "environ", "who owns the command line?")
    # What may not be dumped belongs to root, memory and all.
    for name in ("environ", "mem", "maps"):
        expect(os.stat(f"/proc/{d.process.pid}/{name}").st_uid == 0, f"{name} may be read")
    with open(f"/proc/{d.process.pid}/limits") as f:
        core = [line.split() for line in f if line.startswith("Max core file size")][0]
    expect(core[4:6] == ["0", "0"], f"core files: {core}")


@suite.test
def nor_in_what_administrators_are_shown(d):
    for question in (("audit", "list", "-o", "jsonl"), ("history", "-o", "json"),
                     ("user", "show", AMY, "-o", "json"), ("user", "list", "-o", "csv"),
                     ("export",), ("store", "info", "-o", "json"), ("check", "-o", "json")):
        out = subprocess.run([PCHATCTL, "--store", d.store.path, *question], capture_output=True,
                             timeout=LIMIT, stdin=subprocess.DEVNULL)
        expect(len(out.stdout) > 10, f"{question}: {out}")
        d.look(" ".join(question), out.stdout + out.stderr)
    # Not only what is shown of the journal.
    with sqlite3.connect(f"file:{d.store.path}/policy.db?mode=ro", uri=True) as db:
        tables = [t for t, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        expect("credential" in tables and len(tables) > 10, f"{tables}")
        for table in tables:
            if table != "credential":
                for row in db.execute(f"SELECT * FROM {table}"):
                    d.look(f"table {table}", repr(row).encode())


@suite.test
def files_with_secrets_are_their_owners(d):
    backup = os.path.join(d.store.work, "backup")
    d.ctl("store", "backup", backup)
    d.look("the list of a backup", "\n".join(os.listdir(backup)).encode())
    for base, names in ((d.store.path, os.listdir(d.store.path)), (backup, os.listdir(backup))):
        for name in names:
            mode = os.lstat(os.path.join(base, name)).st_mode & 0o077
            expect(mode == 0 or not name.startswith("policy"), f"{base}/{name}: {mode:o}")


@suite.test
def no_command_takes_a_password_as_an_argument(d):
    """Those are for all to see in the process list."""
    table = json.loads(d.ctl("help", "-o", "json"))
    found = {}
    for owner in [*table["commands"], {"options": table["globals"]}]:
        for option in [*owner.get("options", []), *owner.get("arguments", [])]:
            if re.search("pass(w|ph)|secret|token", option["name"]):
                found[option["name"]] = option.get("value")
    expect(set(found) == {"--password-stdin", "--password-file"}, f"{found}")
    expect(not found["--password-stdin"], f"{found}")
    r = subprocess.run([PCHATCTL, "--store", d.store.path, "user", "passwd", AMY, WRONG],
                       capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
    expect(r.returncode == 2 and WRONG not in r.stdout, f"{r}")


@suite.test
def who_asks_for_a_password_cannot_be_looked_into(d):
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if not hard:
        return  # nobody may leave a core here, so this would show nothing
    p = subprocess.Popen([PCHATCTL, "--store", d.store.path, "user", "passwd", AMY,
                          "--password-stdin"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
    try:
        limits, end = "", time.monotonic() + LIMIT
        # It waits for the password, once it is ready to take one.
        while not re.search(r"Max core file size +0 +0 ", limits):
            expect(p.poll() is None and time.monotonic() < end, f"{p.returncode} {limits}")
            with open(f"/proc/{p.pid}/limits") as f:
                limits = f.read()
    finally:
        p.communicate((SECRETS[AMY] + "\n").encode(), LIMIT)
    expect(p.returncode == 0, f"status {p.returncode}")


if __name__ == "__main__":
    raise SystemExit(suite.run(World))
