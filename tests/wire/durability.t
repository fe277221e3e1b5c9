#!/usr/bin/env python3
"""What was echoed to its author survives kill -9; a store that fails loses nothing."""
import os
import re
import resource
import select
import sqlite3

from sipscript import (AMY, BOB, CAROL, LIMIT, NS, Daemon, Failed, Suite, expect, primitive)

suite = Suite()
ROUNDS = int(os.environ.get("PCHAT_TEST_KILLS", "8"))


def load(clients, room, stop_after):
    """All post without waiting, up to 20 ahead of their echoes, until so many were heard.
    Returns {text: chatId} of what its own author has heard."""
    echoed, sent = {}, dict.fromkeys([c.user for c in clients], 0)
    while len(echoed) < stop_after:
        for c in clients:
            heard = sum(text.startswith(c.user) for text in echoed)
            while sent[c.user] < heard + 20:
                c.send_within("INFO", c.envelope(
                    f'<grpchat id="grpchat" seqid="1" chanUri="{room}" author="x"><chat>{c.user} '
                    f"{os.urandom(6).hex()}</chat></grpchat>"), "text/plain")
                sent[c.user] += 1
        hear(clients, echoed)
    return echoed


def hear(clients, echoed, wait=LIMIT):
    ready = select.select(clients, [], [], wait)[0]
    for c in ready:
        m = c.receive()
        if m is None:
            return False
        while True:
            if not m.status:
                c.handle(m)
            if b"\r\n\r\n" not in c.data:
                break
            m = c.receive()
            if m is None:
                return False
    for c in clients:
        for m in c.infos:
            p = primitive(m.body)
            if p.get("id") == "grpchat" and p.get("author") == c.user:
                echoed[p.find(NS + "chat").text] = int(p.get("chatId"))
        c.infos.clear()
    return bool(ready)


def what_was_sent_before_death(clients, echoed):
    """Read what the dead daemon had written; the last bytes may be half a message."""
    for c in clients:
        c.answers = None
        try:
            while True:
                data = c.socket.recv(65536)
                if not data:
                    break
                c.data += data
        except OSError:
            pass
        for m in re.finditer(rb'<grpchat [^>]*author="([^"]*)"[^>]*chatId="(\d+)"[^>]*><chat>([^<]*)'
                             rb"</chat></grpchat></xccos>", c.data):
            if m[1].decode() == c.user:
                echoed[m[3].decode()] = int(m[2])


def stored(d, room):
    """{text: chatId}, newest 500."""
    c = d.session(AMY)
    p = c.ask("bccontext", f'<chanib uri="{room}"/><bcq><last cnt="500"/></bcq>')
    found = {m.find(NS + "chat").text: int(m.get("chatId")) for m in p.iter(NS + "msg")}
    c.hang_up()
    return found


@suite.test
def kill_9_in_mid_load_loses_no_echoed_message_and_leaves_no_gap(d):
    lobby = d.room("Lobby")
    highest = 0
    for n in range(ROUNDS):
        clients = [d.session(u) for u in (AMY, BOB, CAROL)]
        for c in clients:
            c.join(lobby)
        echoed = load(clients, lobby, 5 + 17 * (n % 5))
        d.kill()
        what_was_sent_before_death(clients, echoed)
        for c in clients:
            c.close()
        d.clients.clear()
        d.start()
        found = stored(d, lobby)
        for text, id in echoed.items():
            expect(found.get(text) == id,
                   f"round {n}: '{text}' was echoed as {id}, is {found.get(text)}")
        ids = sorted(found.values())
        expect(ids == list(range(ids[0], ids[-1] + 1)), f"round {n}: gap or repeat in {ids}")
        expect(len(found) == 500 or ids[0] == 1, f"round {n}: starts at {ids[0]}")
        expect(len(echoed) >= 5 + 17 * (n % 5), f"round {n}: only {len(echoed)} echoes")
        expect(ids[-1] >= highest, f"round {n}: goes back to {ids[-1]}")
        highest = ids[-1]
        c = d.session(AMY)
        c.join(lobby)
        p = c.say(lobby, f"after {n}")
        expect(int(p.get("chatId")) == highest + 1, f"round {n}: continues at {p.get('chatId')}")
        highest += 1
        c.hang_up()


@suite.test
def a_full_disk_refuses_posts_and_recovers_without_a_restart(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    before = int(amy.say(lobby, "while there was room").get("chatId"))
    bob.hears(lobby, AMY, "while there was room")
    # A limit on the size of files is a disk that is full for one process.
    sizes = [os.path.getsize(os.path.join(d.store.path, f)) for f in os.listdir(d.store.path)]
    _, hard = resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (max(sizes) + 65536, hard))
    told = 0
    for n in range(100):
        amy.post(lobby, f"{n} " + "x" * 7000)
        p = amy.next()
        code = p.find(NS + "resp").get("code")
        if code != "200":
            expect(code == "503", f"post {n} is answered {code}")
            break
        told += 1
        amy.expect("grpchat")
        bob.expect("grpchat")
    else:
        raise Failed("the disk never was full")
    for _ in range(3):
        amy.post(lobby, "into the full disk " + "x" * 7000)
        amy.expect("rpl:grpchat", 503)
    bob.barrier()
    expect(len(amy.history(lobby, 5)) == 5, "history cannot be read")
    p = amy.ask("bcbydate", f'<chanib uri="{lobby}"/><bcq><text>room</text></bcq>')
    found = [m.find(NS + "chat").text for m in p.iter(NS + "msg")]
    expect("while there was room" in found, f"a search finds {found}")
    p = amy.ask("bcbydate", f'<chanib uri="{lobby}"/><bcq><text>full</text></bcq>')
    expect(not list(p.iter(NS + "msg")), "what was refused is found")
    amy.ask("setpref", '<pref label="a" seqid="1" content="{}"/>'.format("QUJD" * 8000), 503)
    resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    p = amy.say(lobby, "room again")
    expect(int(p.get("chatId")) == before + told + 1, f"chatId {p.get('chatId')} after {before}, {told}")
    bob.hears(lobby, AMY, "room again")


@suite.test
def overload_is_said_before_anything_is_lost(d):
    lobby = d.room("Lobby")
    c = d.session(AMY)
    c.join(lobby)
    lock = sqlite3.connect(os.path.join(d.store.path, "chat.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        c.post(lobby, "waits for the store")
        first = c.envid
        for _ in range(256):
            c.cmd("requri")
        m = c.within("INFO", body=c.envelope('<cmd id="cmd:requri" seqid="1"><data/></cmd>'),
                     kind="text/plain")
        expect(m.status == 503 and m.diagnostics == 20011, f"{m} {m.diagnostics}")
        expect(m.get("retry-after") == "5", f"Retry-After {m.get('retry-after')}")
        expect(not c.infos, "something was answered out of its turn")
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    p = c.next()
    expect(p.get("id") == "rpl:grpchat" and p.find(NS + "resp").get("code") == "200", p.get("id"))
    expect(c.next().get("id") == "grpchat", "no echo")
    for n in range(256):
        p = c.next()
        expect(p.get("id") == "rpl:requri" and
               p.find(NS + "commandid").get("envid") == str(first + 1 + n), f"{n}: {p.get('id')}")
    c.barrier()


@suite.test
def a_store_that_stays_locked_refuses_the_post_and_nothing_else(d):
    lobby = d.room("Lobby")
    amy, bob = d.session(AMY), d.session(BOB)
    amy.join(lobby)
    lock = sqlite3.connect(os.path.join(d.store.path, "chat.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        amy.post(lobby, "in vain")
        bob.join(lobby)
        bob.history(lobby, 5)
        amy.expect("ntc:join")
        amy.expect("rpl:grpchat", 503)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    amy.say(lobby, "not in vain")
    bob.hears(lobby, AMY, "not in vain")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
