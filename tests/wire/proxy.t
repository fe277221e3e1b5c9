#!/usr/bin/env python3
"""Behind a proxy: who is believed, what it may say, and that nobody else may."""
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess

from authority import Authority
from sipscript import AMY, BOB, DAVE, DOMAIN, LIMIT, POOL, Daemon, Failed, Suite, expect

suite = Suite()
PROXY = f"sip.{DOMAIN}"


class World(Daemon):
    """Listeners: clients; a proxy by address; a proxy by certificate."""

    def __init__(self):
        super().__init__("digest")
        self.tls = os.path.join(self.store.work, "tls")
        os.mkdir(self.tls)
        self.ca = Authority(self.store.work, "ours")
        self.other = Authority(self.store.work, "other")
        shutil.copy(self.ca.issue("pchatd", "IP:127.0.0.1"), os.path.join(self.tls, "agent.pem"))
        shutil.copy(self.ca.cert, os.path.join(self.tls, "cafile.pem"))
        self.ctl("user", "passwd", AMY, "--password-stdin", stdin="Secret1\n")
        self.stop()
        self.args = ["--cert", self.tls,
                     "--listen", "tcp:127.0.0.1:0,auth=proxy,trust=127.0.0.1,trust=127.0.1.0/24",
                     "--listen", f"tls:127.0.0.1:0,auth=proxy,trust={PROXY}"]
        self.start()
        self.proxy_port, self.tls_port = (self.bound() for _ in range(2))

    def bound(self):
        line = self.process.stdout.readline()
        return ("127.0.0.1", int(re.match(r"listening t\w\w:127.0.0.1:(\d+)$", line)[1]))

    def behind(self, user, **options):
        """A client whose proxy vouches for @user."""
        c = self.connect(user, address=self.proxy_port, **options)
        c.asserts = (f"<{user}>",)
        return c

    def secure(self, user, certificate):
        context = ssl.create_default_context(cafile=self.ca.cert)
        if certificate:
            context.load_cert_chain(certificate)
        c = self.connect(user, address=self.tls_port, tls=context)
        c.asserts = (f"<{user}>",)
        return c

    def reload(self, event):
        """SIGHUP, until the log has one more line of this."""
        def lines():
            with open(self.log_path, errors="replace") as f:
                return f.read().count(f'event="{event}"' if " " in event else f"event={event}")
        before = lines()
        self.process.send_signal(signal.SIGHUP)
        while lines() == before:
            pass

    def connected(self):
        metrics = self.ctl("server", "metrics", "--fields", "name,value", "-o", "csv")
        return re.search(r"^pchat_connections,(\d+)", metrics, re.M)[1]

    def logged(self, *words):
        tail = self.tail()
        for w in words:
            expect(w in tail, f"no {w} in {tail}")


# ---- by address ----

@suite.test
def the_asserted_identity_is_the_user(d):
    lobby = d.room("Lobby")
    amy, bob = d.behind(AMY), d.behind(BOB)
    amy.invite()
    bob.invite()
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    amy.say(lobby, "through the proxy")
    bob.hears(lobby, AMY, "through the proxy")
    expect(amy.provisioning().status == 200, "provisioning")


@suite.test
def from_is_for_show(d):
    lobby = d.room("Lobby")
    c = d.behind(BOB)
    c.asserts = (f'"Amy" <{AMY}>',)
    c.invite()
    c.user = AMY  # whose messages come back
    c.call_user = BOB
    p = c.join(lobby)
    expect(p is not None, "join")


@suite.test
def identities_other_than_one_are_403(d):
    for asserts in ((), (f"<{AMY}>, <{BOB}>",), (f"<{AMY}>", f"<{BOB}>"), ("<tel:+15551234>",)):
        c = d.behind(AMY)
        c.asserts = asserts
        c.invite(status=403)
        expect(c.provisioning().status == 403, f"provisioning with {asserts}")


@suite.test
def one_identity_may_have_a_telephone_number_too(d):
    lobby = d.room("Lobby")
    for asserts in ((f"<{AMY}>, <tel:+15551234>",), ("<tel:+15551234>", f'"Amy" <{AMY}>')):
        c = d.behind(AMY)
        c.asserts = asserts
        c.invite()
        c.join(lobby)
        c.say(lobby, "by either")


@suite.test
def an_unknown_or_disabled_user_is_refused(d):
    d.behind(f"sip:nobody@{DOMAIN}").invite(status=403)
    d.ctl("user", "set", BOB, "--disabled", "--yes")
    try:
        d.behind(BOB).invite(status=403)
    finally:
        d.ctl("user", "set", BOB, "--disabled=false", "--yes")


@suite.test
def policy_holds_behind_a_proxy(d):
    m = d.behind(DAVE).invite(status=403)
    expect(m.diagnostics == 20010, f"{m.diagnostics}")


@suite.test
def many_dialogs_of_different_users_share_a_connection(d):
    lobby = d.room("Lobby")
    c = d.behind(AMY)
    dialogs = {}
    for user in (AMY, BOB):
        c.user, c.asserts = user, (f"<{user}>",)
        c.invite()
        dialogs[user] = (c.call_id, c.tag, c.dialog, c.cseq)
        c.join(lobby)
        c.infos.clear()
    c.user = BOB
    c.post(lobby, "one connection")
    said = 0
    while said < 2:
        p = c.next()
        said += p.get("id") == "grpchat"
    # Ending one session leaves the other and the connection.
    c.bye()
    c.user, c.asserts = AMY, (f"<{AMY}>",)
    c.call_id, c.tag, c.dialog, c.cseq = dialogs[AMY]
    c.ended = False
    c.infos.clear()
    c.bye()


@suite.test
def the_registrar_is_the_proxy(d):
    expect(d.behind(AMY).request("REGISTER", f"sip:{DOMAIN}").status == 405, "REGISTER")


@suite.test
def a_peer_that_is_not_trusted_is_refused_and_closed(d):
    c = d.behind(AMY, source="127.0.0.2")
    c.invite(status=403)
    c.expect_closed()
    d.logged('event="peer refused"', "peer=127.0.0.2:", "not among those trusted here")


@suite.test
def whatever_it_says(d):
    for method, tag in (("OPTIONS", ""), ("OPTIONS", "x"), ("BYE", "x"), ("INFO", "x"), ("UPDATE", ""),
                        ("CANCEL", ""), ("NOTIFY", ""), ("REGISTER", "")):
        c = d.connect(AMY, address=d.proxy_port, source="127.0.0.2")
        m = c.request(method, POOL, to=f"<{POOL}>" + (f";tag={tag}" if tag else ""))
        expect(m.status == 403, f"{method}: {m}")
        c.expect_closed()


@suite.test
def a_network_is_trusted_to_its_last_address_and_not_further(d):
    d.behind(AMY, source="127.0.1.255").invite()
    c = d.behind(AMY, source="127.0.2.0")
    c.invite(status=403)
    c.expect_closed()


@suite.test
def record_route_is_echoed_and_becomes_the_route(d):
    lobby = d.room("Lobby")
    c = d.behind(AMY)
    plain = c.headers
    routes = ["<sip:127.0.0.1:5999;transport=tcp;lr>", "<sip:10.0.0.1;lr=on>"]
    c.headers = lambda *a: plain(*a) + "".join(f"Record-Route: {r}\r\n" for r in routes)
    m = c.invite()
    c.headers = plain
    expect(m.all("record-route") == routes, f"{m.headers}")
    c.cmd("requri")
    c.pump()
    info = c.infos.pop(0)
    expect(info.all("route") == routes, f"{info.headers}")
    expect(info.start == f"INFO {AMY};opaque=user:epid:{c.epid};gruu SIP/2.0", info.start)
    expect(lobby, "")


@suite.test
def several_hops_are_passed_in_their_order(d):
    """Loose ones by Route; a strict one is what the request itself goes to (RFC 3261 12.2.1.1)."""
    c = d.behind(AMY)
    plain = c.headers
    loose = [f"<sip:127.0.0.1:{p};transport=tcp;lr>" for p in range(5990, 5998)]
    strict = "<sip:10.0.0.9;transport=tcp>"
    own = f"{AMY};opaque=user:epid:{c.epid};gruu"
    for sent, start, route in (([", ".join(loose[:3]), *loose[3:]], own, loose),
                               ([strict, *loose], strict[1:-1], [*loose, f"<{own}>"])):
        c.headers = lambda *a, sent=sent: plain(*a) + "".join(f"Record-Route: {r}\r\n" for r in sent)
        c.invite()
        c.headers = plain
        c.cmd("requri")
        c.pump()
        info = c.infos.pop(0)
        got = [r.strip() for line in info.all("route") for r in line.split(",")]
        expect(info.start == f"INFO {start} SIP/2.0", info.start)
        expect(got == route, f"{got} instead of {route}")
        c.bye()


@suite.test
def a_thousand_users_share_a_connection(d):
    users = [f"sip:u{i}@{DOMAIN}" for i in range(1000)]
    d.ctl("apply", "-f", "-", "--yes", stdin="pchat: 1\nusers:\n" + "".join(
        f'  - {{uri: "{u}"}}\n' for u in users) + "policies:\n  - {name: many, enabled: true, "
        'grantedTo: ["group:Many"]}\ngroups:\n  - {name: Many, members: [' + ", ".join(
            f'"{u}"' for u in users) + ']}\ncategories:\n  - {name: Many, allowed: ["group:Many"]}\n'
        "rooms:\n  - {name: Crowd, category: Many, privacy: open}\n")
    guid = d.room("Crowd").rsplit("/", 1)[1]
    c = d.behind(AMY)
    calls = []
    for u in users:
        c.user, c.asserts = u, (f"<{u}>",)
        c.invite()
        c.cmd("join", f'<chanid key="0" domain="{DOMAIN}" value="{guid}"/>')
        calls.append((u, c.call_id, c.tag, c.dialog, c.cseq))
    c.post(d.room("Crowd"), "to a thousand")
    heard = {}
    while len(heard) < len(users):
        while c.infos:
            m = c.infos.pop(0)
            if b">to a thousand<" in m.body:
                heard[m.get("call-id")] = heard.get(m.get("call-id"), 0) + 1
        if len(heard) < len(users):
            c.pump()
    expect(set(heard.values()) == {1} and set(heard) == {k[1] for k in calls}, "not one each")
    # The connection goes, and all of them with it: they wait, and go on over another.
    c.close()
    c.come_back()
    for u, call_id, tag, dialog, cseq in calls:
        c.user, c.asserts, c.ended = u, (f"<{u}>",), False
        c.call_id, c.tag, c.dialog, c.cseq = call_id, tag, dialog, cseq
        c.cseq += 1  # the last one has posted
        c.bye()


# ---- from outside ----

@suite.test
def an_asserted_identity_from_outside_is_403(d):
    c = d.connect(AMY, password="Secret1")
    c.register()
    c.asserts = (f"<{BOB}>",)
    c.invite(status=403)
    expect(c.provisioning().status == 403, "provisioning")
    expect(c.request("REGISTER", f"sip:{DOMAIN}").status == 403, "REGISTER")
    for senseless in ("", "<", "nonsense", "<mailto:amy@contoso.example>"):
        c.asserts = (senseless,)
        expect(c.provisioning().status == 403, repr(senseless))
    d.logged('event="peer refused"', "it asserts an identity", f"user={AMY}")


@suite.test
def whatever_it_is_asserted_in(d):
    c = d.connect(AMY)
    c.asserts = (f"<{AMY}>",)
    for method, to in (("OPTIONS", POOL), ("BYE", f"{POOL}"), ("CANCEL", POOL)):
        m = c.request(method, POOL, to=f"<{to}>")
        expect(m.status == 403, f"{method}: {m}")
    c.asserts = ()
    expect(c.request("OPTIONS", POOL, to=f"<{POOL}>").status == 200, "OPTIONS")


@suite.test
def nor_is_it_taken_within_a_dialog(d):
    c = d.connect(AMY, password="Secret1")
    c.register()
    c.invite()
    c.asserts = (f"<{BOB}>",)
    c.cmd("requri", status=403)
    c.asserts = ()
    c.barrier()


    for method in ("UPDATE", "BYE", "OPTIONS"):
        c.asserts = (f"<{AMY}>",)
        m = c.within(method)
        expect(m.status == 403, f"{method}: {m}")
    c.asserts = ()
    c.barrier()


@suite.test
def nor_another_name_in_from(d):
    """With the tags of one's own session, as somebody else."""
    lobby = d.room("Lobby")
    c = d.connect(AMY, password="Secret1")
    c.register()
    c.invite()
    c.join(lobby)
    c.user = BOB
    c.post(lobby, "forged", status=403)
    for method in ("UPDATE", "BYE"):
        m = c.within(method)
        expect(m.status == 403, f"{method}: {m}")
    c.user = AMY
    expect(c.history(lobby).count("forged") == 0, "it was stored")


@suite.test
def a_proxy_says_no_other_name_within_a_dialog(d):
    c = d.behind(AMY)
    c.invite()
    c.asserts = (f"<{BOB}>",)
    c.cmd("requri", status=403)
    for method in ("UPDATE", "BYE"):
        m = c.within(method)
        expect(m.status == 403, f"{method}: {m}")
    c.asserts = ()  # proxies need not repeat themselves
    c.barrier()


# ---- by certificate ----

@suite.test
def a_certificate_for_the_name_is_trusted(d):
    for name, alternative in (("uri", f"URI:sip:{PROXY}"), ("dns", f"DNS:{PROXY.upper()}"),
                              ("both", f"URI:sip:{PROXY},DNS:elsewhere.example")):
        c = d.secure(AMY, d.ca.issue(name, alternative))
        c.invite()
        c.barrier()
    d.secure(AMY, d.ca.issue("common", None, common=PROXY)).invite()


@suite.test
def another_name_is_not(d):
    for name, alternative in (("elsewhere", "DNS:elsewhere.example"),
                              ("wild", f"DNS:*.{DOMAIN}"),
                              ("part", f"DNS:x.{PROXY}"),
                              ("person", f"URI:sip:amy@{PROXY},DNS:elsewhere.example"),
                              ("shadowed", f"URI:sip:elsewhere.example,DNS:{PROXY}")):
        c = d.secure(AMY, d.ca.issue(name, alternative, common=PROXY))
        c.invite(status=403)
        c.expect_closed()
    d.logged("not among those trusted here")


def alert(d, certificate, **options):
    """What TLS says to whoever shows @certificate. In TLS 1.3 he learns of it with the first octet
    he reads."""
    context = ssl.create_default_context(cafile=d.ca.cert)
    if certificate:
        context.load_cert_chain(certificate)
    for name, value in options.items():
        setattr(context, name, value)
    try:
        with socket.create_connection(d.tls_port, LIMIT) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as s:
                while s.recv(1):
                    pass
    except ssl.SSLError as e:
        return (e.reason or str(e)).split("ALERT_")[-1]
    return "none"


@suite.test
def certificates_that_prove_nothing_are_refused_by_tls(d):
    before = d.connected()
    for says, certificate in (("UNKNOWN_CA", d.other.issue("proxy", f"DNS:{PROXY}")),
                              ("CERTIFICATE_EXPIRED", d.ca.issue("late", f"DNS:{PROXY}", days=-1)),
                              ("CERTIFICATE_REQUIRED", None)):
        got = alert(d, certificate)
        expect(says in got, f"{got} instead of {says}")
        # The older version has other words for some.
        got = alert(d, certificate, maximum_version=ssl.TLSVersion.TLSv1_2)
        expect(got != "none", f"{says}: none by TLS 1.2")
    expect(d.connected() == before, "something of them is left")
    d.logged("no TLS with it")
    d.secure(AMY, d.ca.issue("dns", f"DNS:{PROXY}")).invite()


@suite.test
def old_versions_of_tls_are_refused(d):
    good = d.ca.issue("dns", f"DNS:{PROXY}")
    for version in ("TLSv1", "TLSv1_1"):
        r = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % d.tls_port, "-cert", good,
                            "-CAfile", d.ca.cert, "-cipher", "DEFAULT:@SECLEVEL=0",
                            "-" + version.lower().replace("v1", "1")], capture_output=True, text=True, timeout=LIMIT,
                           stdin=subprocess.DEVNULL)
        expect(r.returncode != 0 and "protocol version" in r.stderr, f"{version}: {r.stderr}")
    d.secure(AMY, good).invite()


@suite.test
def hup_brings_new_authorities_and_keeps_who_is_there(d):
    """A proxy of the old one stays; new connections need the new one."""
    mine = d.ca.issue("dns", f"DNS:{PROXY}")
    theirs = d.other.issue("dns", f"DNS:{PROXY}")
    path = os.path.join(d.tls, "cafile.pem")
    old = d.secure(AMY, mine)
    old.invite()
    try:
        shutil.copy(d.other.cert, path)
        d.reload("reloaded")
        d.secure(BOB, theirs).invite()
        got = alert(d, mine)
        expect("UNKNOWN_CA" in got, got)
        old.barrier()
        # What cannot be read changes nothing.
        with open(path, "w") as f:
            f.write("nonsense\n")
        d.reload("reload failed")
        d.secure(BOB, theirs).invite()
        old.barrier()
    finally:
        shutil.copy(d.ca.cert, path)
        d.reload("reloaded")
    d.secure(BOB, mine).invite()


# ---- the command line ----

@suite.test
def a_proxy_without_peers_is_a_mistake(d):
    for spec, says in (("tcp:127.0.0.1:0,auth=proxy", "trusts none"),
                       ("tcp:127.0.0.1:0,trust=127.0.0.1", "for no proxy"),
                       (f"tcp:127.0.0.1:0,auth=proxy,trust={PROXY}", "has no TLS"),
                       ("tcp:127.0.0.1:0,auth=proxy,trust=10.0.0.0/33", "no network"),
                       ("tcp:127.0.0.1:0,auth=proxy,trust=a_b", "no peer to trust"),
                       ("tcp:127.0.0.1:0,auth=magic", "no way to sign in"),
                       ("tcp:127.0.0.1:0,colour=red", "unknown option")):
        r = subprocess.run([os.path.join(os.environ["PCHAT_BUILD"], "pchatd/pchatd"), "--store",
                            d.store.path, "--listen", spec], capture_output=True, text=True,
                           timeout=LIMIT)
        expect(r.returncode == 2 and says in r.stderr, f"{spec}: {r.returncode} {r.stderr}")


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl, which makes the certificates, is not there")
        raise SystemExit(0)
    raise SystemExit(suite.run(World))
