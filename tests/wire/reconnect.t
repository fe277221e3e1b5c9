#!/usr/bin/env python3
"""The connection of a proxy is lost: its sessions wait for it and go on."""
import json
import os
import re
import shutil
import ssl
import xml.etree.ElementTree as ET

from authority import Authority
from sipscript import AMY, BOB, CAROL, DOMAIN, Daemon, Suite, expect, text_of

suite = Suite()
PROXY = f"sip.{DOMAIN}"
SELF = "application/vnd-microsoft-roaming-self+xml"
PUBLISH = "application/msrtc-category-publish+xml"


class World(Daemon):
    """Listeners: clients; proxies by address, who are waited for long; for a second; by certificate."""

    def __init__(self):
        super().__init__()
        self.tls = os.path.join(self.store.work, "tls")
        os.mkdir(self.tls)
        self.ca = Authority(self.store.work, "ours")
        shutil.copy(self.ca.issue("pchatd", "IP:127.0.0.1"), os.path.join(self.tls, "agent.pem"))
        shutil.copy(self.ca.cert, os.path.join(self.tls, "cafile.pem"))
        self.stop()
        trust = "auth=proxy,trust=127.0.0.1,trust=127.0.0.2"
        self.args = ["--cert", self.tls,
                     "--listen", f"tcp:127.0.0.1:0,{trust},keep=120",
                     "--listen", f"tcp:127.0.0.1:0,{trust},keep=1",
                     "--listen", f"tls:127.0.0.1:0,auth=proxy,trust={PROXY},trust=other.example"]
        self.start()
        self.patient, self.short, self.tls_port = (self.bound() for _ in range(3))

    def bound(self):
        line = self.process.stdout.readline()
        return ("127.0.0.1", int(re.match(r"listening t\w\w:127.0.0.1:(\d+)$", line)[1]))

    def behind(self, user, address=None, **options):
        """A session of @user through a proxy of his own connection."""
        c = self.connect(user, address=address or self.patient, **options)
        c.asserts = (f"<{user}>",)
        c.invite()
        return c

    def secure(self, certificate):
        context = ssl.create_default_context(cafile=self.ca.cert)
        context.load_cert_chain(certificate)
        return context

    def lose(self, c):
        """Its connection goes, and pchatd has seen it."""
        lines = self.count("peer lost", "peer goes on")
        c.close()
        while self.count("peer lost", "peer goes on") == lines:
            pass

    def count(self, *events):
        with open(self.log_path, errors="replace") as f:
            text = f.read()
        return sum(text.count(f'event="{e}"') for e in events)

    def state(self, user):
        return [s["state"] for s in json.loads(self.ctl("session", "list", "--user", user, "-o",
                                                        "json"))]

    def logged(self, *words):
        tail = self.tail()
        for w in words:
            expect(w in tail, f"no {w} in {tail}")


def numbered(n):
    return [f"message {i}" for i in range(n)]


# ---- coming back ----

@suite.test
def what_is_said_meanwhile_arrives_once_and_in_order(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    bob.say(lobby, "before")
    amy.hears(lobby, BOB, "before")
    d.lose(amy)
    for text in numbered(30):
        bob.say(lobby, text)
    amy.come_back()
    # The first thing she says is answered, and she hears all of it; then her own.
    amy.post(lobby, "I am back")
    for text in numbered(30):
        amy.hears(lobby, BOB, text)
    amy.expect("rpl:grpchat")
    amy.hears(lobby, AMY, "I am back")
    bob.hears(lobby, AMY, "I am back")
    amy.barrier()
    bob.barrier()
    expect(d.state(AMY) == ["open"], f"{d.state(AMY)}")
    d.logged('event="peer lost"', 'event="peer returned"')


@suite.test
def nobody_sees_it_in_the_room(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    d.lose(amy)
    bob.barrier()
    amy.come_back()
    amy.barrier()
    bob.barrier()


@suite.test
def it_is_enough_that_the_proxy_is_there(d):
    """Any request of it brings all the sessions, those of users who say nothing too."""
    lobby = d.room("Lobby")
    carol, amy, bob = d.session(CAROL), d.behind(AMY), d.behind(BOB)
    carol.join(lobby)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    d.lose(amy)  # and goes on over bob's
    d.lose(bob)
    carol.expect("ntc:join")
    carol.expect("ntc:join")
    carol.say(lobby, "to both")
    ping = d.connect(AMY, address=d.patient)
    expect(ping.request("OPTIONS", f"sip:{DOMAIN}").status == 200, "OPTIONS")
    heard = []
    while len(heard) < 2:
        ping.pump()
        m = ping.infos.pop(0)
        expect(b"to both" in m.body, f"{m}")
        heard.append(m.get("call-id"))
    expect(sorted(heard) == sorted((amy.call_id, bob.call_id)), f"{heard}")
    ping.close()
    for c in (amy, bob):
        c.come_back()
        c.bye()


@suite.test
def an_unanswered_message_goes_out_again_as_it_was(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    amy.answers = None
    bob.say(lobby, "was it taken?")
    bob.say(lobby, "the next")
    amy.pump()
    first = amy.infos.pop(0)
    d.lose(amy)
    amy.answers = 200
    amy.come_back()
    amy.cmd("requri")
    amy.pump()
    again = amy.infos.pop(0)
    expect((again.start, again.headers, again.body) == (first.start, first.headers, first.body),
           f"{again.headers} instead of {first.headers}")
    amy.hears(lobby, BOB, "the next")
    amy.expect("rpl:requri")


@suite.test
def an_info_sent_twice_is_carried_out_once(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    body = amy.envelope(f'<grpchat id="grpchat" seqid="1" chanUri="{lobby}" author="{AMY}"'
                        ' ts="2026-11-21T04:16:05Z"><chat>only once</chat></grpchat>')
    amy.send_within("INFO", body, "text/plain")
    bob.hears(lobby, AMY, "only once")
    d.lose(amy)
    amy.come_back()
    amy.cseq -= 1
    expect(amy.within("INFO", body=body, kind="text/plain").status == 200, "the same again")
    while amy.next().get("id") != "grpchat":
        pass
    amy.barrier()
    bob.barrier()


@suite.test
def an_ack_may_come_over_the_next_connection(d):
    c = d.connect(AMY, address=d.patient)
    c.asserts = (f"<{AMY}>",)
    c.invite(ack=False)
    d.lose(c)
    c.come_back()
    c.ack()
    c.barrier()


@suite.test
def a_certificate_is_who_it_is_whatever_the_address(d):
    lobby = d.room("Lobby")
    amy = d.behind(AMY, address=d.tls_port, tls=d.secure(d.ca.issue("one", f"URI:sip:{PROXY}")))
    amy.join(lobby)
    d.lose(amy)
    thief = d.connect(AMY, address=d.tls_port,
                      tls=d.secure(d.ca.issue("two", "URI:sip:other.example")))
    thief.call_id, thief.tag, thief.dialog, thief.cseq, thief.remote = (
        amy.call_id, amy.tag, amy.dialog, amy.cseq, amy.remote)
    expect(thief.within("BYE").status == 481, "another domain's")
    expect(d.state(AMY) == ["detached"], f"{d.state(AMY)}")
    # Another certificate of the same domain, from another address.
    amy.come_back(source="127.0.0.9",
                  tls=d.secure(d.ca.issue("three", f"DNS:{PROXY}")))
    amy.say(lobby, "still here")
    thief.dialog = None


# ---- not everybody ----

@suite.test
def another_trusted_peer_takes_nothing_over(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY, source="127.0.0.1"), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    d.lose(amy)
    bob.say(lobby, "for amy's eyes")
    thief = d.connect(AMY, address=d.patient, source="127.0.0.2")
    thief.asserts = amy.asserts
    thief.call_id, thief.tag, thief.dialog, thief.cseq, thief.remote = (
        amy.call_id, amy.tag, amy.dialog, amy.cseq, amy.remote)
    for method in ("INFO", "UPDATE", "BYE", "INVITE"):
        m = thief.within(method)
        expect(m.status == 481, f"{method}: {m}")
    thief.dialog = None
    expect(not thief.infos, f"{thief.infos}")
    # One that is not trusted at all.
    outsider = d.connect(AMY, address=d.patient, source="127.0.0.3")
    outsider.call_id, outsider.tag, outsider.dialog, outsider.cseq, outsider.remote = (
        amy.call_id, amy.tag, amy.dialog, amy.cseq, amy.remote)
    expect(outsider.within("INFO").status == 403, "INFO of an outsider")
    outsider.dialog = None
    outsider.expect_closed()
    # And a client.
    client = d.connect(AMY)
    client.call_id, client.tag, client.dialog, client.cseq, client.remote = (
        amy.call_id, amy.tag, amy.dialog, amy.cseq, amy.remote)
    expect(client.within("INFO").status == 481, "INFO of a client")
    client.dialog = None
    expect(d.state(AMY) == ["detached"], f"{d.state(AMY)}")
    amy.come_back()
    amy.cmd("requri")
    amy.hears(lobby, BOB, "for amy's eyes")
    amy.expect("rpl:requri")


@suite.test
def the_tags_have_to_be_right(d):
    amy = d.behind(AMY)
    d.lose(amy)
    amy.come_back()
    right = amy.dialog
    amy.dialog = right[:-1] + ("0" if right[-1] != "0" else "1")
    expect(amy.within("INFO").status == 481, "another tag")
    amy.dialog = right
    amy.barrier()


@suite.test
def a_session_without_a_proxy_ends_with_its_connection(d):
    amy = d.session(AMY)
    amy.close()
    while d.state(AMY):
        pass
    amy.come_back()
    expect(amy.within("INFO").status == 481, "it is still there")
    amy.dialog = None


# ---- not for ever ----

@suite.test
def one_who_never_returns_is_gone_after_the_time(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY, address=d.short), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    amy.close()
    p = bob.expect("ntc:part")
    expect(AMY in text_of(p), text_of(p))
    while d.state(AMY):
        pass
    d.logged('event="session closed"', 'reason="connection lost"')
    amy.come_back()
    expect(amy.within("INFO").status == 481, "it is still there")
    amy.dialog = None


@suite.test
def a_client_that_signs_in_again_replaces_what_waits(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY), d.session(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    d.lose(amy)
    again = d.behind(AMY)
    bob.expect("ntc:part")
    expect(d.state(AMY) == ["open"], f"{d.state(AMY)}")
    again.join(lobby)
    bob.expect("ntc:join")
    # Another endpoint of his is another matter.
    d.lose(again)
    d.behind(AMY, epid="other")
    expect(len(d.state(AMY)) == 2, f"{d.state(AMY)}")
    again.come_back()


@suite.test
def a_session_kicked_meanwhile_is_told_when_it_returns(d):
    amy = d.behind(AMY)
    d.lose(amy)
    d.ctl("session", "kick", "--user", AMY, "--yes")
    while d.state(AMY):
        pass
    amy.come_back()
    expect(amy.within("INFO").status == 481, "it is still there")
    amy.dialog = None


# ---- subscriptions ----

def subscribe(c):
    m = c.request("SUBSCRIBE", c.user, "Event: vnd-microsoft-roaming-self", f"Accept: {SELF}",
                  "Supported: ms-benotify", "Proxy-Require: ms-benotify",
                  "Supported: ms-piggyback-first-notify", kind=SELF,
                  body='<roamingList xmlns="http://schemas.microsoft.com/2006/09/sip/roaming-self">'
                       '<roaming type="categories"/></roamingList>')
    expect(m.status == 200, f"{m}")


def publish(c, instance, kind="static"):
    body = ('<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence">'
            f'<publications uri="{c.user}"><publication categoryName="note" instance="{instance}" '
            f'container="1" version="0" expireType="{kind}"><x/></publication></publications>'
            '</publish>')
    m = c.request("SERVICE", c.user, kind=PUBLISH, body=body)
    expect(m.status == 200, f"{m}")


def instances(m):
    return sorted(int(e.get("instance")) for e in ET.fromstring(m.body).iter()
                  if e.tag.endswith("}category") and e.get("name") == "note" and len(e))


@suite.test
def a_subscription_is_told_what_it_missed(d):
    amy, other = d.behind(AMY), d.session(AMY, epid="elsewhere")
    subscribe(amy)
    publish(amy, 5, kind="endpoint")
    publish(other, 6)
    expect(instances(amy.notice()) == [5, 6], "before")
    d.lose(amy)
    publish(other, 7)
    publish(other, 8)
    amy.come_back()
    amy.cmd("requri")
    m = amy.notice()
    expect(instances(m) == [5, 6, 7, 8], f"{m.body}")
    publish(other, 9)
    expect(instances(amy.notice()) == [5, 6, 7, 8, 9], "afterwards")


# ---- the end ----

@suite.test
def a_stop_ends_those_who_are_away(d):
    amy, bob = d.behind(AMY), d.session(BOB)
    lobby = d.room("Lobby")
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    d.lose(amy)
    bob.say(lobby, "nobody takes this")
    amy.dialog = bob.dialog = None
    d.stop()
    d.start()
    d.logged('reason="ended by us"')
    d.patient, d.short, d.tls_port = (d.bound() for _ in range(3))


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl, which makes the certificates, is not there")
        raise SystemExit(0)
    raise SystemExit(suite.run(World))
