#!/usr/bin/env python3
"""Two real clients (the distribution's SIPE plugin in sipe-client) against pchatd.

Sign-in, room list, join, history, chat both ways, a refused join, a lost right,
a dropped and resumed connection, leave and sign-off: once without
authentication, with Digest, and with Kerberos by password (kerberos) and from a
credential cache (cache), over TCP on loopback; with NTLM over TLS, alone (ntlm) and
beside Kerberos for clients that have no realm (fallback). Prints TAP.
"""
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ["PCHAT_BUILD"]
SOURCE = os.environ["PCHAT_SOURCE"]
PCHATCTL = os.path.join(BUILD, "pchatctl/pchatctl")
PCHATD = os.path.join(BUILD, "pchatd/pchatd")
CLIENT = os.path.join(BUILD, "tests/e2e/sipe-client")
sys.path.insert(0, os.path.join(SOURCE, "tests/wire"))
import kdc  # noqa: E402
from sipscript import make_certificate  # noqa: E402

LIMIT = 30.0  # seconds an event may take; never waited for when it comes earlier

ROOM = "Rates desk"
AMY, BOB, OSCAR = (f"sip:{n}@contoso.example" for n in ("amy", "bob", "oscar"))
SECRETS = {AMY: "Secret1", BOB: "Secret2", OSCAR: "Secret4"}


class Failed(Exception):
    pass


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def step(self, name, action, *args):
        self.n += 1
        try:
            result = action(*args)
        except Failed as e:
            self.bad += 1
            print(f"not ok {self.n} - {name}\n# {e}", flush=True)
            raise
        print(f"ok {self.n} - {name}", flush=True)
        return result


def unescape(part):
    out, i = [], 0
    while i < len(part):
        if part[i] == "\\" and i + 1 < len(part):
            out.append({"t": "\t", "n": "\n", "\\": "\\"}[part[i + 1]])
            i += 2
        else:
            out.append(part[i])
            i += 1
    return "".join(out)


class Client:
    """One sipe-client process; its events in order of arrival."""

    def __init__(self, name, user, server, work):
        realm = server.realm if server.mode != "fallback" else None
        home = os.path.join(work, name)
        os.mkdir(home)
        if server.certificate:
            # As if somebody had looked at it and accepted it.
            peers = os.path.join(home, "certificates/x509/tls_peers")
            os.makedirs(peers)
            shutil.copy(server.certificate, os.path.join(peers, "127.0.0.1"))
        self.name, self.user = name, user
        self.seen = []
        self.events = queue.Queue()
        self.errors = open(os.path.join(work, name + ".err"), "w")
        # Sanitizer options of the daemon under test are not for libpurple.
        env = {k: v for k, v in os.environ.items() if not k.endswith("SAN_OPTIONS")}
        secret = SECRETS[user]
        if realm:
            env.update(realm.env)
        if server.mode == "fallback":
            env["KRB5_CONFIG"] = os.path.join(home, "none")
            env["KRB5CCNAME"] = os.path.join(home, "none")
        if server.mode == "cache":
            env["KRB5CCNAME"] = realm.ccache(user[4:].split("@")[0], secret, "cc-" + name)
            secret = ""
        self.process = subprocess.Popen(
            [CLIENT, server.address, user[4:], home, os.path.join(work, name + ".log"),
             "auto" if server.mode == "fallback" else "krb5" if realm else "ntlm"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=env,
            text=True, encoding="utf-8")
        threading.Thread(target=self._read, daemon=True).start()
        self._line(secret)
        self.expect("ready")

    def _read(self):
        for line in self.process.stdout:
            self.events.put([unescape(p) for p in line.rstrip("\n").split("\t")])
        self.events.put(None)

    def _line(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def do(self, *parts):
        self._line("\t".join(p.replace("\\", "\\\\").replace("\n", "\\n") for p in parts))

    def expect(self, *want, avoid=None):
        """The next event that begins with these parts; None in @want matches anything.
        Others are kept in .seen. An event named @avoid fails."""
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                event = self.events.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(f"{self.name}: no event {want} within {LIMIT:.0f} s; "
                             f"last were {self.seen[-6:]}")
            if event is None:
                raise Failed(f"{self.name}: ended; wanted {want}; last were {self.seen[-6:]}")
            self.seen.append(event)
            if avoid and event[0] == avoid:
                raise Failed(f"{self.name}: {event} instead of {want}")
            if len(event) >= len(want) and all(w is None or w == e for w, e in zip(want, event)):
                return event

    def stop(self):
        self.do("quit")
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        return self.process.returncode


class Server:
    """A store with the example organization and a pchatd that serves it."""

    def __init__(self, mode, work, auth=()):
        """@auth: how to listen, if not in the plain way of @mode."""
        self.mode, self.realm, self.certificate = mode, None, None
        self.store = os.path.join(work, "store")
        self.ctl("store", "init", "--domain", "contoso.example")
        self.ctl("apply", "-f", os.path.join(SOURCE, "docs/examples/contoso.yaml"), "--yes")
        if mode == "digest":
            for user, secret in SECRETS.items():
                self.ctl("user", "passwd", user, "--password-stdin", stdin=secret + "\n")
        if mode in ("ntlm", "fallback"):
            for user, secret in SECRETS.items():
                self.ctl("user", "passwd", user, "--password-stdin", "--ntlm", stdin=secret + "\n")
            make_certificate(work, "pchat")
            self.certificate = os.path.join(work, "cafile.pem")
            words = {"ntlm": "ntlm", "fallback": "kerberos+ntlm"}
            auth = ["--listen", "tls:127.0.0.1:0,auth=" + words[mode], "--cert", work]
        insecure = ["--insecure"] if mode in ("digest", "kerberos", "cache") else []
        env = None
        if mode in ("kerberos", "cache", "fallback"):
            users = {u[4:].split("@")[0]: s for u, s in SECRETS.items()}
            self.realm = kdc.Kdc(work, users)
            # The others by their realm.
            self.ctl("user", "set", AMY, "--principal", "amy@" + kdc.REALM)
            self.ctl("config", "set", "global", "--realm-is-domain")
            insecure += ["--server", kdc.HOST, "--keytab", self.realm.keytab]
            env = {**os.environ, **{k: v for k, v in self.realm.env.items() if "KRB5" in k}}
            mode = "kerberos"
        ready = os.path.join(work, "ready")
        self.log = open(os.path.join(work, "pchatd.log"), "w")
        self.process = subprocess.Popen(
            [PCHATD, "--store", self.store,
             *(auth or ["--listen", "tcp:127.0.0.1:0", "--auth", mode]),
             "--ready-file", ready, *insecure], stdout=self.log, stderr=self.log,
            env=env)
        deadline = time.monotonic() + LIMIT
        while not (os.path.exists(ready) and os.path.getsize(ready)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.flush()
                raise Failed("pchatd did not start: " + open(self.log.name).read()[-2000:])
            time.sleep(0.02)
        with open(ready) as f:
            self.address = f.readline().split()[-1].removeprefix("tcp:")

    def ctl(self, *args, stdin=None):
        r = subprocess.run([PCHATCTL, "--store", self.store, *args], input=stdin,
                           stdin=None if stdin else subprocess.DEVNULL,
                           capture_output=True, text=True, timeout=LIMIT)
        if r.returncode:
            raise Failed(f"pchatctl {' '.join(args)}: status {r.returncode}: {r.stderr.strip()}")
        return r.stdout

    def stop(self):
        self.process.terminate()
        try:
            status = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.log.close()
        if self.realm:
            self.realm.stop()
        return status


def sign_in(client):
    client.do("signon")
    client.expect("signed-on", avoid="failed")
    client.expect("chat-up", avoid="chat-down")


def rooms_of(client):
    client.do("rooms")
    client.expect("rooms-end")
    return {e[1]: e[2] for e in client.seen if e[0] == "room"}


def join(client, uri, room):
    client.do("join", uri)
    client.expect("joined", room, avoid="error")


def conversation(tap, server, work):
    say = "grüße <b>&amp;</b> \"quoted\" 'single' \\ back 日本"
    amy = Client("amy", AMY, server, work)
    bob = Client("bob", BOB, server, work)
    oscar = Client("oscar", OSCAR, server, work)
    clients = [amy, bob, oscar]
    try:
        tap.step("amy signs in", sign_in, amy)
        rooms = tap.step("amy lists the rooms", rooms_of, amy)

        def listed():
            if ROOM not in rooms:
                raise Failed(f"no '{ROOM}' in {sorted(rooms)}")
        tap.step("the room is in the list", listed)
        uri = rooms[ROOM]
        tap.step("amy joins", join, amy, uri, ROOM)
        tap.step("amy sees herself in the room", amy.expect, "member", ROOM, AMY, "listed")
        amy.do("send", ROOM, "written before bob came")
        tap.step("amy's message comes back", amy.expect, "message", ROOM, AMY, None,
                 "written before bob came")

        tap.step("bob signs in", sign_in, bob)
        tap.step("bob lists the rooms", rooms_of, bob)
        tap.step("bob joins", join, bob, uri, ROOM)
        tap.step("bob sees amy", bob.expect, "member", ROOM, AMY, "listed")
        tap.step("bob reads the history", bob.expect, "message", ROOM, AMY, None,
                 "written before bob came")
        tap.step("amy sees bob arrive", amy.expect, "member", ROOM, BOB, "arrived")
        amy.do("send", ROOM, say)
        tap.step("bob receives amy's text whole", bob.expect, "message", ROOM, AMY, None, say)
        tap.step("and amy her own", amy.expect, "message", ROOM, AMY, None, say)
        bob.do("send", ROOM, "line one\nline two")
        tap.step("amy receives both of bob's lines", amy.expect, "message", ROOM, BOB, None,
                 "line one\nline two")

        refused_join(tap, server, bob)
        tap.step("oscar, whose policy is off, gets no chat", refused_user, oscar)
        lost_right(tap, server, amy, bob, uri)
        dropped(tap, amy, bob, uri)

        bob.do("leave", ROOM)
        tap.step("bob leaves", bob.expect, "left", ROOM)
        tap.step("amy sees bob leave", amy.expect, "parted", ROOM, BOB)
        for c in (bob, amy):
            c.do("signoff")
            tap.step(f"{c.name} signs off", c.expect, "signed-off")
    finally:
        status = {c.name: c.stop() for c in clients}

    def unhurt():
        if any(status.values()):
            raise Failed(f"exit statuses {status}")
    tap.step("no client crashed", unhurt)


def refused_join(tap, server, bob):
    server.ctl("room", "create", "Not for bob", "--category", "Trading", "--privacy", "closed",
               "--add-member", AMY)
    uri = "ma-chan://contoso.example/" + server.ctl(
        "room", "show", "Not for bob", "--fields", "guid", "-o", "csv").split("\n")[1].strip()
    bob.do("join", uri)
    event = tap.step("bob's join of amy's room is refused", bob.expect, "error")

    def says_why():
        if "403" not in " ".join(event) and "ERROR_PERMISSION" not in " ".join(event):
            raise Failed(f"the reason is missing in {event}")
    tap.step("and the client is told why", says_why)


def refused_user(oscar):
    oscar.do("signon")
    oscar.expect("signed-on")
    oscar.expect("chat-down", avoid="chat-up")


def lost_right(tap, server, amy, bob, uri):
    """A room disabled under its participants parts them; enabled again it takes them back."""
    server.ctl("room", "set", ROOM, "--disabled", "--yes")
    tap.step("disabling the room parts bob", amy.expect, "parted", ROOM, BOB)
    server.ctl("room", "set", ROOM, "--no-disabled")
    for c in (amy, bob):
        c.do("leave", ROOM)
        tap.step(f"{c.name} closes the dead window", c.expect, "left", ROOM)
        tap.step(f"{c.name} joins the enabled room again", join, c, uri, ROOM)
    tap.step("amy sees bob arrive again", amy.expect, "member", ROOM, BOB, "arrived")


def dropped(tap, amy, bob, uri):
    """Bob's connection goes without a word to the room; he comes back to what he missed."""
    bob.do("signoff")
    tap.step("bob drops", bob.expect, "signed-off")
    tap.step("amy sees bob go", amy.expect, "parted", ROOM, BOB)
    amy.do("send", ROOM, "while bob was away")
    tap.step("amy writes meanwhile", amy.expect, "message", ROOM, AMY, None, "while bob was away")
    tap.step("bob returns", sign_in, bob)
    bob.do("join", uri)  # raises the window if the client has rejoined by itself
    tap.step("bob reads what he missed", bob.expect, "message", ROOM, AMY, None,
             "while bob was away")
    tap.step("amy sees bob return", amy.expect, "member", ROOM, BOB, "arrived")


def run(tap, mode, make=None, talk=conversation):
    """@make(work): what is served by, if not a Server of @mode; @talk: what is done there."""
    work = tempfile.mkdtemp(prefix=f"sipe-{mode}-")
    server = None
    try:
        server = make(work) if make else Server(mode, work)
        talk(tap, server, work)
    except Failed as e:
        print(f"# {mode}: {e}")
        for name in ("pchatd.log", "kamailio.log", "amy.log", "bob.log"):
            path = os.path.join(work, name)
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    for line in f.readlines()[-40:]:
                        print(f"# {name}: {line.rstrip()}")
        if not tap.bad:
            tap.n += 1
            tap.bad += 1
            print(f"not ok {tap.n} - {mode}: {e}")
    finally:
        if server:
            def clean():
                status = server.stop()
                if status:
                    raise Failed(f"exit status {status}")

            def believed():
                with open(os.path.join(work, "pchatd.log"), errors="replace") as f:
                    refused = [line for line in f if "message refused" in line]
                if refused:
                    raise Failed("".join(refused[:3]))
            try:
                tap.step(f"pchatd ({mode}) ends cleanly", clean)
                tap.step(f"and believed all its clients said ({mode})", believed)
            except Failed:
                pass
        shutil.rmtree(work, ignore_errors=True)


def main():
    tap = Tap()
    built = subprocess.run([PCHATD, "--version"], capture_output=True, text=True).stdout
    for mode in sys.argv[1:] or ("none", "digest", "kerberos", "cache", "ntlm", "fallback"):
        if mode in ("ntlm", "fallback") and "without NTLM" in built:
            print(f"# {mode}: built without NTLM")
            continue
        print(f"# authentication: {mode}")
        if mode in ("kerberos", "cache") and kdc.missing():
            tap.n += 1
            print(f"ok {tap.n} - {mode} # SKIP no {', '.join(kdc.missing())}")
            continue
        run(tap, mode)
    print(f"1..{tap.n}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
