#!/usr/bin/env python3
"""TLS: the same conversation encrypted, and new certificates without a restart."""
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import warnings

from sipscript import (AMY, BOB, LIMIT, Control, Failed, Suite, TlsUsers, expect,
                       make_certificate)

suite = Suite()
SECRETS = {AMY: "Secret1", BOB: "Secret2"}


class World(TlsUsers):
    def __init__(self):
        super().__init__(SECRETS)

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


def refusals(d, reason):
    out = d.ctl("server", "metrics", "-o", "csv", "--fields", "name,label,value")
    return int(re.search(rf"pchat_connections_refused_total,reason={reason},(\d+)", out)[1])


def open_files(d):
    """Descriptors of pchatd; None for who may not look."""
    try:
        return len(os.listdir(f"/proc/{d.process.pid}/fd"))
    except PermissionError:
        return None


def settled(d):
    """Descriptors once nobody is connected, the one that asks not counted."""
    while True:
        with Control(d) as c:
            if "connections=0 " in c.ask("status"):
                return open_files(d)


def refused_by_tls(d, address, context=None, **versions):
    if not context:
        context = d.context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        for name, version in versions.items():
            setattr(context, name, version)
    with socket.create_connection(address, LIMIT) as s:
        try:
            context.wrap_socket(s, server_hostname="127.0.0.1").close()
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError) as e:
            return str(e)
    raise Failed("a handshake")


@suite.test
def old_versions_of_tls_are_refused(d):
    before, files = refusals(d, "no TLS with it"), settled(d)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that they are old
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            why = refused_by_tls(d, d.tls_address, minimum_version=ssl.TLSVersion.TLSv1,
                                 maximum_version=version)
            expect("alert protocol version" in why, why)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = d.context()
        context.minimum_version = context.maximum_version = version
        c = d.connect(AMY, address=d.tls_address, tls=context, password=SECRETS[AMY])
        c.register()
        expect(c.socket.version() == version.name.replace("_", "."), c.socket.version())
        c.close()
        d.clients.remove(c)
    expect(refusals(d, "no TLS with it") == before + 2, "not counted")
    expect(settled(d) == files, f"{files} descriptors, then {settled(d)}")
    with open(d.log_path) as f:
        expect(re.search(r'reason="no TLS with it".*error=', f.read()), "not logged")


@suite.test
def plain_text_where_tls_is_spoken_is_refused(d):
    before, files = refusals(d, "no TLS with it"), settled(d)
    for text in (b"OPTIONS sip:contoso.example SIP/2.0\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n",
                 b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70000):
        with socket.create_connection(d.tls_address, LIMIT) as s:
            try:
                s.sendall(text)
                while s.recv(4096):
                    pass
            except (ConnectionResetError, BrokenPipeError):
                pass
    expect(refusals(d, "no TLS with it") == before + 4, "not counted")
    expect(settled(d) == files, f"{files} descriptors, then {settled(d)}")
    d.secure(AMY).barrier()


@suite.test
def tls_where_plain_text_is_spoken_is_refused(d):
    reason = "what it sent is no SIP or too long"
    before, files = refusals(d, reason), settled(d)
    for _ in range(3):
        refused_by_tls(d, d.address, d.context())
    expect(refusals(d, reason) == before + 3, "not counted")
    expect(settled(d) == files, f"{files} descriptors, then {settled(d)}")
    with open(d.log_path) as f:
        expect(f'reason="{reason}"' in f.read(), "not logged")


@suite.test
def handshakes_that_end_half_way_leave_nothing(d):
    """A ClientHello cut at each of many places, then the end, or a reset."""
    files = settled(d)
    side, far = ssl.MemoryBIO(), ssl.MemoryBIO()
    half = d.context().wrap_bio(side, far, server_hostname="127.0.0.1")
    try:
        half.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = far.read()
    expect(len(hello) > 100, f"{len(hello)} octets of ClientHello")
    for n in range(1, len(hello) + 1, 7):
        with socket.create_connection(d.tls_address, LIMIT) as s:
            s.sendall(hello[:n])
            if n % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    d.secure(AMY).barrier()
    d.hang_up()
    expect(settled(d) == files, f"{files} descriptors, then {settled(d)}")


@suite.test
def a_second_handshake_on_a_connection_is_refused(d):
    """Renegotiation of TLS 1.2, which has many handshakes for the price of one connection."""
    files = settled(d)
    p = subprocess.Popen(
        ["openssl", "s_client", "-connect", "%s:%d" % d.tls_address, "-tls1_2", "-CAfile",
         os.path.join(d.certificates, "cafile.pem")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        p.stdin.write("R\n")
        p.stdin.flush()
        said = []
        for line in p.stdout:
            said.append(line)
            if "no renegotiation" in line:
                break
        p.wait(LIMIT)
    finally:
        p.stdin.close()
        p.stdout.close()
        if p.poll() is None:
            p.kill()
            p.wait()
    expect("RENEGOTIATING" in "".join(said) and "no renegotiation" in said[-1], "".join(said)[-500:])
    d.secure(AMY).barrier()
    d.hang_up()
    expect(settled(d) == files, f"{files} descriptors, then {settled(d)}")


if __name__ == "__main__":
    if not shutil.which("openssl"):
        print("1..0 # SKIP openssl, which makes the certificates, is not there")
        raise SystemExit(0)
    raise SystemExit(suite.run(World))
