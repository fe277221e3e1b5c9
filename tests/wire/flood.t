#!/usr/bin/env python3
"""Thousands of connections that say little or nothing: users sign in all the same."""
import re
import resource
import shutil
import socket
import time

from sipscript import AMY, BOB, LIMIT, POOL, Control, Failed, Suite, TlsUsers, expect

suite = Suite()
SECRETS = {AMY: "Secret1", BOB: "Secret2"}
MANY = 2000
HELLO = bytes.fromhex("1603010200010001fc0303") + 40 * b"r"  # a ClientHello, as far as it goes


class World(TlsUsers):
    def __init__(self):
        super().__init__(SECRETS)

    def signs_in(self, user, tls=True):
        """As clients do: who is refused comes back. Seconds from the first try to the session."""
        began, tries = time.monotonic(), 0
        others, why = list(self.clients), None
        while time.monotonic() < began + LIMIT:
            tries += 1
            try:
                c = self.connect(user, password=SECRETS[user],
                                 address=self.tls_address if tls else None,
                                 tls=self.context() if tls else None)
                c.register()
                c.invite()
                c.barrier()
                return c, time.monotonic() - began, tries
            except (OSError, Failed) as e:
                if "closed" not in str(e) and not isinstance(e, OSError):
                    raise
                why = e
                for c in self.clients[len(others):]:
                    c.close()
                self.clients = list(others)
        raise Failed(f"not signed in after {tries} tries: {why}")

    def connections(self):
        with Control(self) as c:
            return int(re.search(r"connections=(\d+)", c.ask("status"))[1])

    def log_of(self):
        self.log.flush()
        with open(self.log_path, errors="replace") as f:
            return f.read()


def options(n):
    return (f"OPTIONS {POOL} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKo{n}\r\n"
            f"From: <{BOB}>;tag={n}\r\nTo: <{POOL}>\r\nCall-ID: o{n}\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode()


KINDS = {
    "half a TLS handshake": (True, lambda n: HELLO),
    "half a head": (False, lambda n: options(n)[:100]),
    "a request without sign-in": (False, options),
    "nothing": (False, lambda n: b""),
}


def attack(d):
    """MANY connections of all kinds, left open."""
    kinds, attackers = list(KINDS.values()), []
    for n in range(MANY):
        tls, say = kinds[n % len(kinds)]
        s = socket.socket()
        s.settimeout(LIMIT)
        try:
            s.connect(d.tls_address if tls else d.address)
            s.sendall(say(n))
        except OSError:
            pass  # refused; it will do without
        attackers.append(s)
    return attackers


def drip(attackers):
    """One more octet of each that is still there; how many are."""
    left = 0
    for s in attackers:
        try:
            left += s.send(b"x") == 1
        except OSError:
            pass
    return left


def memory(d):
    with open(f"/proc/{d.process.pid}/status") as f:
        return int([line.split()[1] for line in f if line.startswith("VmRSS:")][0]) >> 10


def users_get_through(d, text):
    before = memory(d)
    witness, _, _ = d.signs_in(BOB)
    attackers = attack(d)
    try:
        lobby = d.room("Lobby")
        witness.join(lobby)
        for tls in (True, False):
            c, took, tries = d.signs_in(AMY, tls)
            c.join(lobby)
            witness.expect("ntc:join")
            c.say(lobby, "among thousands")
            witness.hears(lobby, AMY, "among thousands")
            print(f"# {text}, {'TLS' if tls else 'TCP'}: in after {took:.2f} s, {tries} tries")
            c.bye()
            witness.expect("ntc:part")
            drip(attackers)
        witness.barrier()
        print(f"# {text}: memory {before} MiB, then {memory(d)} MiB; {drip(attackers)} of {MANY} left")
    finally:
        for s in attackers:
            s.close()
        d.hang_up()
    while d.connections():
        pass


@suite.test
def two_thousand_slow_ones_do_not_keep_a_user_out(d):
    users_get_through(d, "usual limits")


@suite.test
def nor_when_there_is_room_for_few(d):
    d.ctl("config", "set", "global", "--max-unauthenticated", "200", "--wait")
    users_get_through(d, "room for 200")
    log = d.log_of()
    expect("too many that have not signed in" in log, "refusals are not logged")
    expect(log.count('event="connection refused"') < 100, "a line for each")
    metrics = d.ctl("server", "metrics", "-o", "csv")
    expect(re.search(r"pchat_connections_refused_total,reason=made way for others.*,[1-9]", metrics),
           metrics)


@suite.test
def nor_when_there_is_room_for_few_connections_at_all(d):
    d.ctl("config", "set", "global", "--max-connections", "100", "--max-unauthenticated", "4096",
          "--wait")
    users_get_through(d, "100 connections in all")
    d.ctl("config", "reset", "global", "--yes", "--wait")


@suite.test
def nor_without_descriptors(d):
    old = resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, (200, 20000))
    try:
        users_get_through(d, "200 descriptors")
    finally:
        resource.prlimit(d.process.pid, resource.RLIMIT_NOFILE, old)


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl, which makes the certificates, is not there")
        raise SystemExit(0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * MANY:
        print(f"1..0 # SKIP {hard} descriptors are too few")
        raise SystemExit(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, hard))
    raise SystemExit(suite.run(World))
