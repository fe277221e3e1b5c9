#!/usr/bin/env python3
"""Kerberos with a realm of its own: right and hostile tokens, signatures, numbers."""
import base64
import os
import re
import subprocess
import sys
import tempfile

import kdc
from sipscript import AMY, BOB, DOMAIN, LIMIT, PCHATD, Daemon, Suite, expect

if kdc.missing():
    print("1..0 # SKIP no " + ", ".join(kdc.missing()))
    sys.exit(0)

import sipae

suite = Suite()
WORK = tempfile.TemporaryDirectory(prefix="kerberos-")
REALM = kdc.Kdc(WORK.name, {"amy": "Secret1", "bob": "Secret2", "eve": "Secret3"})
os.environ.update({k: v for k, v in REALM.env.items() if k.startswith("KRB5")})
CACHE = {u: REALM.ccache(u, s, u) for u, s in
         (("amy", "Secret1"), ("bob", "Secret2"), ("eve", "Secret3"))}
TARGET = sipae.TARGET


def fresh(user):
    return sipae.Ticket(CACHE[user])


def with_token(token):
    text = token if isinstance(token, str) else base64.b64encode(token).decode()
    return (f'Authorization: Kerberos qop="auth", realm="SIP Communications Service", '
            f'targetname="{TARGET}", gssapi-data="{text}", version=4')


def register(c, ticket, num=1, uri=AMY, token=True, mic=None, cseq=1, expires=""):
    tag, call_id = "t1", f"kerberos-{id(c)}"
    text = (f"<Kerberos><0a0b0c0d><{num}><SIP Communications Service><{TARGET}><{call_id}>"
            f"<{cseq}><REGISTER><{uri}><{tag}><{uri}><><><><{expires}>")
    line = with_token(ticket.token if token else b"")
    if not token:
        line = line.replace('gssapi-data="", ', "")
    line += f', crand="0a0b0c0d", cnum="{num}", response="{mic or ticket.sign(text)}"'
    return c.request("REGISTER", f"sip:{DOMAIN}", line, call_id=call_id, tag=tag, cseq=cseq)


@suite.test
def a_register_is_challenged_with_kerberos_alone(d):
    m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}")
    expect(m.status == 401, f"{m}")
    expect(m.all("www-authenticate") == [
        f'Kerberos realm="SIP Communications Service", targetname="{TARGET}", version=4'], f"{m}")


@suite.test
def tokens_that_are_no_base64_are_400(d):
    for token in ("", "A", "====", "YII!", "YIICwQYJ=AAA"):
        m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}", with_token(token))
        expect(m.status == 400, f"{token}: {m}")


@suite.test
def truncated_and_random_tokens_are_403(d):
    whole = fresh("amy").token
    for token in (whole[:-1], whole[:20], b"\0" * 64, os.urandom(300), whole + b"x"):
        m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}", with_token(token))
        expect(m.status == 403, f"{len(token)}: {m}")
    d.stop()
    d.start()


@suite.test
def a_ticket_signs_in_and_the_answer_is_signed(d):
    c, t = d.connect(AMY), fresh("amy")
    m = register(c, t)
    expect(m.status == 200, f"{m}")
    info = m.get("authentication-info")
    expect(re.search(r'rspauth="[0-9a-f]{56}"', info) and 'snum="1"' in info, f"{m}")
    m = register(c, t, num=2, token=False, cseq=2)
    expect(m.status == 200 and 'snum="2"' in m.get("authentication-info"), f"{m}")


@suite.test
def a_token_is_taken_once(d):
    t = fresh("amy")
    expect(register(d.connect(AMY), t).status == 200, "first")
    expect(register(d.connect(AMY), t).status == 403, "again")


@suite.test
def a_token_without_its_signature_is_403(d):
    m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}", with_token(fresh("amy").token))
    expect(m.status == 403, f"{m}")


@suite.test
def nobody_signs_in_as_another(d):
    expect(register(d.connect(BOB), fresh("amy"), uri=BOB).status == 403, "amy as bob")


@suite.test
def a_principal_nobody_has_is_403(d):
    expect(register(d.connect(AMY), fresh("eve")).status == 403, "eve as amy")


@suite.test
def numbers_seen_and_forged_signatures_are_403_and_unsigned_is_401(d):
    c, t = d.connect(AMY), fresh("amy")
    expect(register(c, t).status == 200, "in")
    expect(register(c, t, num=1, token=False, cseq=2).status == 403, "replayed")
    expect(register(c, t, num=3, token=False, cseq=3, mic="00" * 28).status == 403, "forged")
    m = c.request("SUBSCRIBE", AMY, "Event: presence", cseq=4)
    expect(m.status == 401 and m.all("www-authenticate"), f"{m}")
    expect(register(c, t, num=2, token=False, cseq=5).status == 200, "still in")


@suite.test
def a_new_association_on_a_live_connection(d):
    c = d.connect(AMY)
    expect(register(c, fresh("amy")).status == 200, "in")
    expect(c.request("REGISTER", f"sip:{DOMAIN}", cseq=2).status == 401, "challenge")
    expect(c.request("SUBSCRIBE", AMY, "Event: presence", cseq=3).status == 401, "between")
    m = register(c, fresh("amy"), cseq=4)
    expect(m.status == 200 and 'snum="1"' in m.get("authentication-info"), f"{m}")


@suite.test
def each_listener_has_its_own_way(d):
    auth, args = d.auth, d.args
    d.stop()
    d.auth, d.args = "digest", [*args, "--listen", "tcp:127.0.0.1:0,auth=kerberos"]
    d.start()
    try:
        line = d.process.stdout.readline()
        there = ("127.0.0.1", int(re.match(r"listening tcp:127.0.0.1:(\d+)$", line)[1]))
        m = d.connect(AMY).request("REGISTER", f"sip:{DOMAIN}")
        expect(m.status == 407 and m.get("proxy-authenticate").startswith("Digest ")
               and not m.all("www-authenticate"), f"{m}")
        expect(register(d.connect(AMY), fresh("amy")).status != 200, "a ticket for digest")
        m = d.connect(AMY, address=there).request("REGISTER", f"sip:{DOMAIN}")
        expect(m.status == 401 and m.get("www-authenticate").startswith("Kerberos "), f"{m}")
        m = register(d.connect(AMY, address=there), fresh("amy"))
        expect(m.status == 200 and m.get("authentication-info"), f"{m}")
    finally:
        d.stop()
        d.auth, d.args = auth, args
        d.start()


@suite.test
def tokens_and_signatures_are_not_logged(d):
    good, ticket = d.connect(AMY), fresh("amy")
    m = register(good, ticket)
    expect(m.status == 200, f"{m}")
    forged = fresh("amy")
    expect(register(d.connect(AMY), forged, mic="00" * 28).status == 403, "forged")
    theirs = fresh("eve")
    expect(register(d.connect(AMY), theirs).status == 403, "not hers")
    with open(d.log_path, errors="replace") as f:
        log = f.read()
    expect('event="sign-in failed"' in log and "event=associated" in log, log[-1000:])
    mic = re.search('rspauth="([0-9a-f]+)"', m.get("authentication-info"))[1]
    for t in (ticket, forged, theirs):
        expect(base64.b64encode(t.token).decode()[:40] not in log, "a token")
        expect(t.token[:20].hex() not in log, "a token")
    expect(mic not in log and "gssapi-data" not in log and "rspauth" not in log, "a signature")


def refuses_to_start(d, *args):
    r = subprocess.run([PCHATD, "--store", d.store.path, *args, "--keytab", "/nonexistent"],
                       capture_output=True, text=True, timeout=LIMIT)
    expect(r.returncode != 0 and "keytab" in r.stderr, f"{args}: {r.returncode} {r.stderr}")


@suite.test
def without_the_key_nothing_starts_where_any_listener_wants_it(d):
    d.stop()
    try:
        plain = ("--listen", "tcp:127.0.0.1:0")
        refuses_to_start(d, *plain, "--auth", "kerberos")
        refuses_to_start(d, *plain, "--listen", "tcp:127.0.0.1:0,auth=kerberos")
        d.ctl("config", "set", "global", "--authentication", "kerberos")
        refuses_to_start(d, *plain)
        refuses_to_start(d, *plain, "--listen", "tcp:127.0.0.1:0,auth=none")
    finally:
        d.ctl("config", "set", "global", "--authentication", "digest")
        d.start()


def world():
    d = Daemon("kerberos", args=["--server", kdc.HOST, "--keytab", REALM.keytab])
    for name in ("amy", "bob"):
        d.ctl("user", "set", f"sip:{name}@{DOMAIN}", "--principal", f"{name}@{kdc.REALM}")
    return d


if __name__ == "__main__":
    try:
        status = suite.run(world)
    finally:
        REALM.stop()
        WORK.cleanup()
    raise SystemExit(status)
