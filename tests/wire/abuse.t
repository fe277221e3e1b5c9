#!/usr/bin/env python3
"""Who guesses passwords, asks and says nothing, or looks into the process."""
import csv
import os
import pwd
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess

from sipscript import (AMY, BOB, DOMAIN, LIMIT, PCHATD, Daemon, Failed, Suite, expect,
                       make_certificate)

suite = Suite()
SECRETS = {AMY: "Secret1", BOB: "Secret2"}


def log_of(d):
    d.log.flush()
    with open(d.log_path, errors="replace") as f:
        return f.read()


def guess(d, user, stop):
    """Wrong passwords for @user until the answer is @stop; the answers."""
    seen = []
    while len(seen) < 100:
        c = d.connect(user, password="guess")
        for _ in range(5):
            m = c.request("REGISTER", f"sip:{DOMAIN}")
            if m.status == 407:
                m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m))
            seen.append(m.status)
            if m.status == stop:
                return seen, m
        c.expect_closed()
    raise AssertionError(f"never {stop}: {seen}")


@suite.test
def guessing_is_held_with_retry_after(d):
    seen, m = guess(d, AMY, 503)
    expect(seen[:10] == [403] * 10, f"{seen}")
    expect(1 <= int(m.get("retry-after")) <= 60, f"{m.get('retry-after')}")
    log = log_of(d)
    expect('event="locked out"' in log and f"user={AMY}" in log, log[-2000:])
    expect(log.count('event="sign-in failed"') >= 10, log[-2000:])


@suite.test
def who_is_held_is_not_let_in_by_the_right_password(d):
    held = False
    while not held:  # the hold may have ended meanwhile: then there is a longer one
        guess(d, AMY, 503)
        c = d.connect(AMY, password=SECRETS[AMY])
        m = c.request("REGISTER", f"sip:{DOMAIN}")
        m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m)) if m.status == 407 else m
        held = m.status == 503


@suite.test
def others_still_sign_in(d):
    c = d.connect(BOB, password=SECRETS[BOB])
    c.register()
    c.invite()
    c.barrier()


@suite.test
def who_was_right_from_there_is_not_locked_out_by_others(d):
    """Hundreds of guesses at him from elsewhere; a stranger's address would have to wait."""
    # Another address, for this one has guessed above; nobody waits for that to be forgotten.
    bob = d.connect(BOB, password=SECRETS[BOB], source="127.0.0.77")
    bob.register()
    bob.invite()
    held = False
    for n in range(1, 60):
        for _ in range(2):  # connections of five failures: as many as are free from one address
            c = d.connect(BOB, password="guess", source=f"127.0.1.{n}")
            for _ in range(5):
                m = c.request("REGISTER", f"sip:{DOMAIN}")
                m = c.request("REGISTER", f"sip:{DOMAIN}", c.credentials(m))
                held = held or m.status == 503
            c.close()
            d.clients.remove(c)
        if held:
            break
    expect(held and n > 5, f"held after {n} addresses")
    again = d.connect(BOB, password=SECRETS[BOB], source="127.0.0.77")
    again.register()
    bob.register()
    bob.barrier()
    log = log_of(d)
    expect('reason="this user from addresses he never signed in from"' in log, log[-2000:])


@suite.test
def sign_ins_failures_and_lockouts_can_be_listed(d):
    def rows(*args):
        return [dict(r) for r in csv.DictReader(
            d.ctl("report", "sign-ins", "-o", "csv", *args).splitlines())]
    everything = rows()
    kinds = {(r["outcome"], r["user"], r["address"]) for r in everything}
    for kind in (("signed-in", BOB, "127.0.0.77"), ("failed", AMY, "127.0.0.1"),
                 ("locked-out", AMY, "127.0.0.1"), ("failed", BOB, "127.0.1.1")):
        expect(kind in kinds, f"no {kind} in {kinds}")
    expect([r["last"] for r in everything] == sorted((r["last"] for r in everything), reverse=True),
           "not newest first")
    failed = [r for r in everything if r["outcome"] == "failed" and r["user"] == AMY][0]
    expect(int(failed["count"]) >= 10 and failed["reason"] == "wrong password", f"{failed}")
    expect({r["user"] for r in rows("--user", BOB)} == {BOB}, "others than bob")
    expect(len(rows("--limit", "2")) == 2, "more than two")
    c = d.connect(f"sip:nobody@{DOMAIN}", password="x", source="127.0.0.78")
    c.register(status=403)
    row = rows("--user", f"sip:nobody@{DOMAIN}")[0]
    expect((row["outcome"], row["reason"]) == ("failed", "no such user"), f"{row}")
    log = log_of(d)
    for event in ("signed in", "sign-in failed", "locked out"):
        expect(f'event="{event}"' in log, f"no {event}")


@suite.test
def lines_about_failures_are_few(d):
    log, _ = log_of(d), d.ctl("server", "status")
    said = log.count('event="sign-in failed"')
    metrics = d.ctl("server", "metrics", "-o", "csv", "--fields", "name,value")
    were = int(re.search(r"pchat_signins_refused_total,(\d+)", metrics)[1])
    seconds = len({line[3:22] for line in log.splitlines()}) + 1
    expect(said <= 10 * seconds, f"{said} lines of {were} failures in {seconds} s")
    text = d.ctl("server", "metrics", "-o", "csv")
    expect("pchat_lockouts_total" in text, text[:300])


@suite.test
def secrets_are_in_no_log_and_no_process_list(d):
    log = log_of(d)
    with open(f"/proc/{d.process.pid}/cmdline") as f:
        line = f.read()
    for secret in [*SECRETS.values(), "guess"]:
        expect(secret not in log and secret not in line, secret)
    expect("response=" not in log and "nonce=" not in log, "credentials in the log")


@suite.test
def the_process_leaves_no_core(d):
    expect(resource.prlimit(d.process.pid, resource.RLIMIT_CORE) == (0, 0), "core dumps")
    # What is not dumpable belongs to root in /proc, whoever runs it.
    expect(os.stat(f"/proc/{d.process.pid}/environ").st_uid == 0, "dumpable")


@suite.test
def an_unknown_user_of_the_machine_is_refused(d):
    r = subprocess.run([PCHATD, "--store", d.store.path, "--user", "nobody-of-that-name"],
                       capture_output=True, text=True, timeout=LIMIT)
    expect(r.returncode == 4 and "no user 'nobody-of-that-name'" in r.stderr, r.stderr)


@suite.test
def started_as_root_it_works_as_another(d):
    if os.geteuid() != 0:
        return
    who = pwd.getpwnam("nobody")
    d.stop()
    for base, _, files in os.walk(d.store.work):
        for name in ["", *files]:
            os.chown(os.path.join(base, name), who.pw_uid, who.pw_gid)
    os.chmod(d.store.work, 0o755)
    d.args = ["--user", "nobody"]
    d.start()
    with open(f"/proc/{d.process.pid}/status") as f:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    expect(status["Uid"].split() == [str(who.pw_uid)] * 4, status["Uid"])
    for thread in os.listdir(f"/proc/{d.process.pid}/task"):
        with open(f"/proc/{d.process.pid}/task/{thread}/status") as f:
            text = f.read()
        expect("CapEff:\t0000000000000000" in text and "CapPrm:\t0000000000000000" in text, text)
    for name in os.listdir(d.store.path):
        owner = os.stat(os.path.join(d.store.path, name)).st_uid
        expect(owner == who.pw_uid, f"{name} belongs to {owner}")
    c = d.connect(BOB, password=SECRETS[BOB])
    c.register()
    c.invite()
    lobby = d.room("Lobby")
    c.join(lobby)
    c.say(lobby, "as nobody")


def low_port():
    """A free one that takes root to bind."""
    for port in range(1023, 600, -1):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise Failed("no free port below 1024")


def give(path, who):
    for base, _, files in os.walk(path):
        for name in ["", *files]:
            os.chown(os.path.join(base, name), who.pw_uid, who.pw_gid)


def certificate_at(address, context):
    with socket.create_connection(address, LIMIT) as s:
        with context.wrap_socket(s) as tls:
            return tls.getpeercert(True)


@suite.test
def a_low_port_is_bound_and_certificates_are_read_as_another(d):
    if os.geteuid() != 0 or not shutil.which("openssl"):
        return
    who, port = pwd.getpwnam("nobody"), low_port()
    address = ("127.0.0.1", port)
    certificates = os.path.join(d.store.work, "certificates")
    os.mkdir(certificates)
    make_certificate(certificates, "first")
    give(d.store.work, who)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    d.stop()
    d.args = ["--user", "nobody", "--listen", f"tls:127.0.0.1:{port}", "--cert", certificates]
    d.start()
    expect(d.process.stdout.readline() == f"listening tls:127.0.0.1:{port}\n", d.tail())
    with open(f"/proc/{d.process.pid}/status") as f:
        expect(f"Uid:\t{who.pw_uid}\t{who.pw_uid}\t{who.pw_uid}\t{who.pw_uid}\n" in f.read(), "root")
    first = certificate_at(address, context)
    # What it may read is read again, what it may not is said and changes nothing.
    make_certificate(certificates, "second")
    os.chmod(os.path.join(certificates, "agent.pem"), 0o600)
    d.process.send_signal(signal.SIGHUP)
    while "reload failed" not in d.tail():
        d.ctl("server", "status")
    expect("Permission denied" in d.tail(), d.tail())
    expect(certificate_at(address, context) == first, "another certificate")
    give(certificates, who)
    d.process.send_signal(signal.SIGHUP)
    while certificate_at(address, context) == first:
        d.ctl("server", "status")
    c = d.connect(BOB, password=SECRETS[BOB], address=address, tls=context)
    c.register()
    c.invite()
    c.barrier()
    d.hang_up()
    d.stop()
    # One it may not read from the start is said, too.
    os.chown(os.path.join(certificates, "agent.pem"), 0, 0)
    os.chmod(os.path.join(certificates, "agent.pem"), 0o600)
    r = subprocess.run([PCHATD, "--store", d.store.path, *d.args], capture_output=True, text=True,
                       timeout=LIMIT)
    expect(r.returncode and "agent.pem" in r.stderr and "Permission denied" in r.stderr, r.stderr)
    d.args = ["--user", "nobody"]
    d.start()


def world():
    d = Daemon("digest")
    for user, secret in SECRETS.items():
        d.ctl("user", "passwd", user, "--password-stdin", stdin=secret + "\n")
    return d


if __name__ == "__main__":
    raise SystemExit(suite.run(world))
