#!/usr/bin/env python3
"""Real clients, a real proxy, pchatd behind it: docs/examples/kamailio.cfg as it ships.

Kamailio authenticates and registers the clients of sipe.t and asserts to pchatd
who they are; the same conversation has to work. Prints TAP.
"""
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOADER = importlib.machinery.SourceFileLoader("sipe", os.path.join(HERE, "sipe.t"))
sipe = importlib.util.module_from_spec(importlib.util.spec_from_loader("sipe", LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(sipe)

sys.path.insert(0, os.path.join(HERE, "..", "wire"))
import sipscript  # noqa: E402

DOMAIN = "contoso.example"
KAMAILIO = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Relay(threading.Thread):
    """Stands between the proxy and pchatd, so that a test can cut the connections."""

    def __init__(self, address):
        super().__init__(daemon=True)
        host, port = address.rsplit(":", 1)
        self.to = (host, int(port))
        self.lock = threading.Lock()
        self.pairs = []
        self.made = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                near = self.listener.accept()[0]
                far = socket.create_connection(self.to, sipe.LIMIT)
            except OSError:
                return
            with self.lock:
                self.pairs += [near, far]
                self.made += 1
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.copy, args=(a, b), daemon=True).start()

    @staticmethod
    def copy(source, to):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                to.sendall(data)
        except OSError:
            pass
        for s in (source, to):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for s in pairs:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()
        self.cut()


class Behind(sipe.Server):
    """A pchatd that takes everything from the proxy, and the proxy."""

    def __init__(self, work):
        super().__init__("digest", work, auth=["--listen",
                                               "tcp:127.0.0.1:0,auth=proxy,trust=127.0.0.1"])
        self.work = work
        self.relay = Relay(self.address)
        self.pchatd = self.relay.address
        self.proxy_port = free_port()
        self.subscribers()
        self.start_proxy()

    def subscribers(self):
        tables = os.path.join(self.work, "dbtext")
        os.mkdir(tables)
        with open(os.path.join(tables, "version"), "w") as f:
            f.write("table_name(string) table_version(int)\nsubscriber:7\n")
        with open(os.path.join(tables, "subscriber"), "w") as f:
            f.write("username(string) domain(string) ha1(string) ha1b(string)\n")
            for user, secret in sipe.SECRETS.items():
                name = user[4:].split("@")[0]
                f.write(f"{name}:{DOMAIN}:{md5(f'{name}:{DOMAIN}:{secret}')}:"
                        f"{md5(f'{name}@{DOMAIN}:{DOMAIN}:{secret}')}\n")

    def start_proxy(self):
        port = self.proxy_port
        self.proxy_log = open(os.path.join(self.work, "kamailio.log"), "a")
        self.proxy = subprocess.Popen(
            [KAMAILIO, "-DD", "-E", "-m", "128", "-M", "16",
             "-f", os.path.join(sipe.SOURCE, "docs/examples/kamailio.cfg"),
             "-A", f"LISTEN=tcp:127.0.0.1:{port}",
             "-A", f'PCHATD="sip:{self.pchatd};transport=tcp"',
             "-A", f'DB="text://{self.work}/dbtext"',
             "-P", os.path.join(self.work, "kamailio.pid"), "-Y", self.work],
            stdout=self.proxy_log, stderr=self.proxy_log, stdin=subprocess.DEVNULL)
        self.address = f"127.0.0.1:{port}"
        deadline = time.monotonic() + sipe.LIMIT
        while True:
            try:
                self.ask_proxy(port)
                return
            except OSError:
                if self.proxy.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    with open(self.proxy_log.name, errors="replace") as f:
                        raise sipe.Failed("Kamailio did not start: " + f.read()[-3000:]) from None
                time.sleep(0.02)

    @staticmethod
    def ask_proxy(port):
        """OSError unless it answers: it listens long before it takes anything."""
        with socket.create_connection(("127.0.0.1", port), sipe.LIMIT) as s:
            host = "%s:%d" % s.getsockname()
            s.sendall(f"OPTIONS sip:127.0.0.1:{port};transport=tcp SIP/2.0\r\n"
                      f"Via: SIP/2.0/TCP {host};branch=z9hG4bKready\r\nMax-Forwards: 1\r\n"
                      f"From: <sip:ready@{DOMAIN}>;tag=r\r\nTo: <sip:{DOMAIN}>\r\n"
                      f"Call-ID: ready@{host}\r\nCSeq: 1 OPTIONS\r\n"
                      "Content-Length: 0\r\n\r\n".encode())
            answer = s.recv(4096)
        if not answer.startswith(b"SIP/2.0 200 "):
            raise OSError(f"not ready: {answer!r}")

    def restart_proxy(self):
        self.stop_proxy()
        self.start_proxy()

    def stop(self):
        self.stop_proxy()
        self.relay.stop()
        return super().stop()

    def stop_proxy(self):
        self.proxy.terminate()  # it ends its children
        try:
            self.proxy.wait(sipe.LIMIT)
        except subprocess.TimeoutExpired:
            self.proxy.kill()
            self.proxy.wait()
        self.proxy_log.close()

    def tail(self):
        with open(self.proxy_log.name, errors="replace") as f:
            return f.read()[-2000:]

    def sessions(self):
        """(state, id) of each."""
        return sorted((s["state"], s["id"]) for s in
                      json.loads(self.ctl("session", "list", "-o", "json")))


def chat(amy, bob, text):
    amy.do("send", sipe.ROOM, text)
    for c in (amy, bob):
        c.expect("message", sipe.ROOM, sipe.AMY, None, text, avoid="chat-down")


def cut(tap, server, work):
    """The connection between the two is lost, and then the proxy is."""
    amy = sipe.Client("amy2", sipe.AMY, server, work)
    bob = sipe.Client("bob2", sipe.BOB, server, work)
    try:
        rooms = None
        for c in (amy, bob):
            tap.step(f"{c.name} signs in", sipe.sign_in, c)
            rooms = tap.step(f"{c.name} lists the rooms", sipe.rooms_of, c)
            tap.step(f"{c.name} joins", sipe.join, c, rooms[sipe.ROOM], sipe.ROOM)
        tap.step("they chat", chat, amy, bob, "before the cut")
        before, made = server.sessions(), server.relay.made
        server.relay.cut()

        # What somebody said now could still go into the connection that is gone, and be lost there.
        def returned():
            deadline = time.monotonic() + sipe.LIMIT
            while server.sessions() != before or server.relay.made <= made:
                if time.monotonic() > deadline:
                    raise sipe.Failed(f"{server.sessions()}, not {before}")
        tap.step("the proxy makes a new one when nobody says anything", returned)
        tap.step("they go on when the connection was cut", chat, amy, bob, "after the cut")
        tap.step("both ways", chat_back, amy, bob)

        def same():
            if server.sessions() != before:
                raise sipe.Failed(f"{server.sessions()}, not {before}")
        tap.step("in the same sessions", same)

        server.restart_proxy()
        # Their own connections went with it, and these clients begin anew.
        for c in (amy, bob):
            c.do("signoff")
            c.expect("signed-off")
            tap.step(f"{c.name} signs in at the restarted proxy", sipe.sign_in, c)
            c.do("join", rooms[sipe.ROOM])
            tap.step(f"{c.name} is in the room again", c.expect, "joined", sipe.ROOM)
        tap.step("they chat again", chat, amy, bob, "after the restart")

        def fresh():
            deadline = time.monotonic() + sipe.LIMIT
            while [s for s, _ in server.sessions()] != ["open", "open"]:
                if time.monotonic() > deadline:
                    raise sipe.Failed(f"{server.sessions()}")
        tap.step("nothing of the old sessions is left", fresh)
    finally:
        status = [c.stop() for c in (amy, bob)]

    def unhurt():
        if any(status):
            raise sipe.Failed(f"exit statuses {status}")
    tap.step("neither client crashed", unhurt)


def chat_back(amy, bob):
    bob.do("send", sipe.ROOM, "and back")
    for c in (amy, bob):
        c.expect("message", sipe.ROOM, sipe.BOB, None, "and back", avoid="chat-down")


def signed_in(server):
    """A raw client whose connection the proxy knows."""
    host, port = server.address.split(":")
    user, secret = next(iter(sipe.SECRETS.items()))
    c = sipscript.Client(server, user, password=secret, address=(host, int(port)))
    m = c.request("REGISTER", f"sip:{DOMAIN}", "Expires: 600")
    m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m), "Expires: 600",
                  f"Contact: <sip:{c.host};transport=tcp>", cseq=2)
    if m.status != 200:
        raise sipe.Failed(f"{m}")
    return c


def raw(action, server):
    """Failures of raw clients are those of the step; the proxy may have said why."""
    try:
        action(server)
    except (sipscript.Failed, OSError) as e:
        raise sipe.Failed(f"{e}; the proxy: {server.tail()}") from e


def refresh(server):
    """A client subscribes, and again with the tag it was given."""
    c = signed_in(server)
    to = None
    for cseq in (1, 2):
        m = c.provisioning(to=to, cseq=cseq)
        if m.status != 200:
            raise sipe.Failed(f"subscription {cseq}: {m}")
        to = m.get("to")
    c.close()


def astray(server):
    """The proxy takes nothing of a user elsewhere, whatever he names as the place to go."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        there = "sip:x@127.0.0.1:%d;transport=tcp" % elsewhere.getsockname()[1]
        home = f"Route: <sip:{server.address};transport=tcp;lr=on>"
        away = there.replace("x@", "") + ";lr"
        pool = f"sip:{server.pchatd};transport=tcp"
        to = f"<{sipscript.POOL}>;tag=none"

        def arrived(what):
            try:
                elsewhere.accept()[0].close()
            except BlockingIOError:
                return
            raise sipe.Failed(f"{what} was taken elsewhere")

        def ask(what, status, method, uri, *lines):
            m = c.request(method, uri, *lines, to=to)
            arrived(what)
            if m.status != status:
                raise sipe.Failed(f"{what}: {m}, not {status}")

        def tell(what, text):
            """Without an answer: the next one comes after it."""
            c.send(text)
            ask(what, 481, "INFO", pool, home)

        c = signed_in(server)
        ask("a request within a session", 481, "INFO", pool, home)
        ask("a foreign Request-URI", 481, "INFO", there, home)
        ask("a foreign Request-URI alone", 404, "INFO", there)
        ask("a further Route", 403, "INFO", pool, home, f"Route: <{away}>")
        ask("a further Route in one line", 403, "INFO", pool, f"{home}, <{away}>")
        ask("a further Route of a strict router", 403, "INFO", pool, home, f"Route: <{there}>")
        ask("a foreign Route", 481, "INFO", pool, f"Route: <{away}>")
        ask("a strict Route", 481, "INFO", f"sip:{server.address};transport=tcp",
            f"Route: <{there}>")
        ask("a foreign subscription", 404, "SUBSCRIBE", there)
        tell("an answer nobody waits for",
             f"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP {server.address};branch=z9hG4bKnone\r\n"
             f"Via: SIP/2.0/TCP {there[6:].split(';')[0]};branch=z9hG4bKno\r\n"
             f"From: <{c.user}>;tag=a\r\nTo: <{c.user}>;tag=b\r\nCall-ID: no@{c.host}\r\n"
             "CSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n")
        for method in ("ACK", "BENOTIFY"):
            for line in (home + "\r\n", f"{home}, <{away}>\r\n", ""):
                tell(f"{method} {line!r}", f"{method} {there} SIP/2.0\r\n" + c.headers(
                    method, 1, f"{method}@{c.host}", "t", to, True) + line +
                    "Content-Length: 0\r\n\r\n")
        c.close()


def posing(server):
    """Who comes from pchatd's address, but not from its port, is not pchatd."""
    c = signed_in(server)
    host, port = server.address.split(":")
    stranger = sipscript.Client(server, sipscript.POOL, address=(host, int(port)))
    c.answers = None  # what gets through to the user leaves the stranger with 408, not with 403
    m = stranger.request("INFO", c.user, f"Route: <sip:{server.address};transport=tcp;lr=on>",
                         to=f"<{c.user}>;tag=none")
    if m.status != 403:
        raise sipe.Failed(f"{m}")
    stranger.close()
    c.close()


def conversations(tap, server, work):
    sipe.conversation(tap, server, work)
    tap.step("a subscription is refreshed", raw, refresh, server)
    tap.step("nothing of a user goes anywhere but to pchatd", raw, astray, server)
    tap.step("nobody poses as pchatd", raw, posing, server)
    cut(tap, server, work)


def main():
    if not KAMAILIO:
        print("1..0 # SKIP kamailio is not installed")
        return 0
    tap = sipe.Tap()
    sipe.run(tap, "kamailio", Behind, conversations)
    print(f"1..{tap.n}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
