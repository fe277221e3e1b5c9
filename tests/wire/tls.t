#!/usr/bin/env python3
"""TLS: the same conversation encrypted, and new certificates without a restart."""
import os
import re
import shutil
import signal
import ssl
import subprocess

from sipscript import AMY, BOB, LIMIT, Control, Daemon, Failed, Suite, expect, make_certificate

suite = Suite()
SECRETS = {AMY: "Secret1", BOB: "Secret2"}


class World(Daemon):
    def __init__(self):
        self.certificates = None
        super().__init__("digest")
        self.certificates = os.path.join(self.store.work, "certificates")
        os.mkdir(self.certificates)
        make_certificate(self.certificates, "first")
        for user, secret in SECRETS.items():
            self.ctl("user", "passwd", user, "--password-stdin", stdin=secret + "\n")
        self.stop()
        self.args = ["--listen", "tls:127.0.0.1:0", "--cert", self.certificates]
        self.start()
        line = self.process.stdout.readline()
        self.tls_address = ("127.0.0.1", int(re.match(r"listening tls:127.0.0.1:(\d+)$", line)[1]))

    def context(self):
        return ssl.create_default_context(cafile=os.path.join(self.certificates, "cafile.pem"))

    def secure(self, user):
        client = self.connect(user, address=self.tls_address, tls=self.context(),
                              password=SECRETS[user])
        client.register()
        client.invite()
        return client


@suite.test
def a_conversation_over_tls(d):
    lobby = d.room("Lobby")
    amy, bob = d.secure(AMY), d.secure(BOB)
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    for n in range(20):
        amy.say(lobby, f"{n} " + "grüße " * 300)
        bob.hears(lobby, AMY, f"{n} " + "grüße " * 300)


@suite.test
def tls_and_tcp_meet_in_a_room(d):
    lobby = d.room("Lobby")
    amy = d.secure(AMY)
    bob = d.connect(BOB, password=SECRETS[BOB])
    bob.register()
    bob.invite()
    amy.join(lobby)
    bob.join(lobby)
    amy.expect("ntc:join")
    bob.say(lobby, "from the clear")
    amy.hears(lobby, BOB, "from the clear")


@suite.test
def hup_brings_new_certificates_to_new_connections(d):
    old = d.secure(AMY)
    before = old.socket.getpeercert(True)
    make_certificate(d.certificates, "second")
    d.process.send_signal(signal.SIGHUP)
    while True:
        try:
            new = d.secure(BOB)
            break
        except ssl.SSLCertVerificationError:
            with Control(d) as c:  # not reloaded yet
                c.ask("ping")
    expect(new.socket.getpeercert(True) != before, "still the old certificate")
    old.barrier()
    new.barrier()


@suite.test
def a_broken_certificate_keeps_the_one_in_use(d):
    path = os.path.join(d.certificates, "agent.pem")
    shutil.copy(path, path + ".good")
    with open(path, "w") as f:
        f.write("nonsense\n")
    d.process.send_signal(signal.SIGHUP)
    while "reload failed" not in d.tail():
        with Control(d) as c:
            c.ask("ping")
    d.secure(AMY).barrier()
    os.rename(path + ".good", path)


@suite.test
def one_who_speaks_no_tls_is_closed(d):
    c = d.connect(AMY, address=d.tls_address)
    c.send("REGISTER sip:contoso.example SIP/2.0\r\n\r\n")
    try:
        c.expect_closed()
    except Failed as e:
        # What comes before the end may be an alert; it is no SIP.
        expect("half a message" in str(e), str(e))
    d.secure(AMY).barrier()


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl, which makes the certificates, is not there")
        raise SystemExit(0)
    raise SystemExit(suite.run(World))
