"""The client's side of [MS-SIPAE] version 4: tickets of GSSAPI, and a Client that signs all it sends
and checks the signature of all it gets. Rules: real-client.md section 4."""
import base64
import ctypes
import os
import re

import kdc
from sipscript import DOMAIN, Client, expect, serial

SERVICE = "SIP Communications Service"
TARGET = "sip/" + kdc.HOST
gss = ctypes.CDLL("libgssapi_krb5.so.2")
MUTUAL, INTEGRITY = 2, 32  # pidgin-sipe asks for integrity alone
SPNEGO = bytes.fromhex("2b0601050502")


class Octets(ctypes.Structure):
    _fields_ = [("n", ctypes.c_size_t), ("p", ctypes.c_void_p)]


class Identifier(ctypes.Structure):
    _fields_ = [("n", ctypes.c_uint32), ("p", ctypes.c_void_p)]


def octets(data):
    held = ctypes.create_string_buffer(data, len(data))
    out = Octets(len(data), ctypes.cast(held, ctypes.c_void_p))
    out.held = held
    return out


def good(status, what):
    if status & 0xffff0000:
        raise RuntimeError(f"{what}: {status:#x}")


class Ticket:
    """The initiator's side of an association: .token, sign() and verify()."""
    scheme = "Kerberos"

    def __init__(self, cache, host=kdc.HOST, mechanism=None, flags=INTEGRITY):
        """@cache: the credential cache (Kdc.ccache); @host: whose service the ticket is for;
        @mechanism: octets of its identifier, if not Kerberos; @flags: what is asked for."""
        os.environ["KRB5CCNAME"] = cache
        minor, name = ctypes.c_uint32(), ctypes.c_void_p()
        chosen = ctypes.c_void_p.in_dll(gss, "gss_mech_krb5")
        if mechanism:
            held = ctypes.create_string_buffer(mechanism, len(mechanism))
            chosen = ctypes.byref(Identifier(len(mechanism), ctypes.cast(held, ctypes.c_void_p)))
        kind = ctypes.c_void_p.in_dll(gss, "GSS_C_NT_HOSTBASED_SERVICE")
        good(gss.gss_import_name(ctypes.byref(minor), ctypes.byref(octets(b"sip@" + host.encode())),
                                 kind, ctypes.byref(name)), "name")
        self.context, out = ctypes.c_void_p(), Octets()
        try:
            good(gss.gss_init_sec_context(ctypes.byref(minor), None, ctypes.byref(self.context),
                                          name, chosen, ctypes.c_uint32(flags), ctypes.c_uint32(0),
                                          None, None, None, ctypes.byref(out), None, None), "token")
            self.token = ctypes.string_at(out.p, out.n)
        finally:
            gss.gss_release_buffer(ctypes.byref(minor), ctypes.byref(out))
            gss.gss_release_name(ctypes.byref(minor), ctypes.byref(name))

    def __del__(self):
        minor = ctypes.c_uint32()
        gss.gss_delete_sec_context(ctypes.byref(minor), ctypes.byref(self.context), None)

    def sign(self, text):
        minor, out = ctypes.c_uint32(), Octets()
        good(gss.gss_get_mic(ctypes.byref(minor), self.context, ctypes.c_uint32(0),
                             ctypes.byref(octets(text.encode())), ctypes.byref(out)), "mic")
        mic = ctypes.string_at(out.p, out.n).hex()
        gss.gss_release_buffer(ctypes.byref(minor), ctypes.byref(out))
        return mic

    def verify(self, text, mic):
        minor = ctypes.c_uint32()
        return not gss.gss_verify_mic(ctypes.byref(minor), self.context,
                                      ctypes.byref(octets(text.encode())),
                                      ctypes.byref(octets(bytes.fromhex(mic))),
                                      None) & 0xffff0000


def party(value):
    """URI and tag of a From or To."""
    uri = re.search(r"<([^>]*)>", value)
    tag = re.search(r";tag=([^;]*)", value[uri.end():] if uri else value)
    return (uri[1] if uri else value.split(";")[0]), (tag[1] if tag else "")


def signed_text(scheme, rand, num, headers, status=None):
    """@headers: name in lower case -> value, of the first header of that name."""
    number, _, method = headers.get("cseq", "0 ").partition(" ")
    fields = [scheme, rand, str(num), SERVICE, TARGET, headers.get("call-id", ""), number, method,
              *party(headers.get("from", "")), *party(headers.get("to", "")), "", "",
              headers.get("expires", "")]
    if status:
        fields.append(str(status))
    return "".join(f"<{f}>" for f in fields)


class SealedClient(Client):
    """Signs and checks from associate() on. What it signs with can be tampered with: .cnum is the
    number used last, .crand, and .mic instead of the right signature."""

    def __init__(self, daemon, user, **options):
        super().__init__(daemon, user, **options)
        daemon.clients.append(self)
        self.association = None
        self.token = None    # to be sent with the next request
        self.checks = False  # the server signs
        self.cnum, self.snum = 0, 0
        self.crand, self.mic = "0a0b0c0d", None
        self.sent = b""  # the last message

    def associate(self, ticket, status=200, expires=None):
        """REGISTER, be challenged, REGISTER with the token of @ticket."""
        self.association, self.checks = None, False
        lines = ["Event: registration",
                 f"Contact: <sip:{self.host};transport={self.transport}>;"
                 "+sip.instance=\"<urn:uuid:085e0bd8-031c-5a0d-8d9a-f149aae6954a>\""]
        if expires is not None:
            lines.append(f"Expires: {expires}")
        call_id = f"{serial()}@{self.host}"
        m = self.request("REGISTER", f"sip:{DOMAIN}", *lines, call_id=call_id)
        expect(m.status == 401 and f'targetname="{TARGET}"' in m.get("www-authenticate"), f"{m}")
        self.start(ticket)
        m = self.request("REGISTER", f"sip:{DOMAIN}", *lines, call_id=call_id, cseq=2)
        expect(m.status == status, f"REGISTER: {m} instead of {status}")
        if status != 200:
            self.association = None
            return m
        self.checks = True
        self.check(m)
        return m

    def start(self, ticket):
        """The next request carries the token of @ticket, and is the first that is signed."""
        self.association, self.token = ticket, ticket.token
        self.cnum, self.snum = 0, 0

    def authorization(self, headers, status=None):
        self.cnum += 1
        a = self.association
        mic = self.mic or a.sign(signed_text(a.scheme, self.crand, self.cnum, headers, status))
        line = f'Authorization: {a.scheme} qop="auth", realm="{SERVICE}", targetname="{TARGET}", '
        if self.token:
            line += f'gssapi-data="{base64.b64encode(self.token).decode()}", version=4, '
            self.token = None
        return line + f'crand="{self.crand}", cnum="{self.cnum}", response="{mic.upper()}"\r\n'

    def send(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        if self.association and not re.search(rb"\r\nAuthorization:", data):
            head, _, body = data.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            headers = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                headers.setdefault(name.strip().lower(), value.strip())
            status = lines[0].split()[1] if lines[0].startswith("SIP/2.0 ") else None
            # Behind Content-Length, where pidgin-sipe has it.
            data = head + b"\r\n" + self.authorization(headers, status).encode() + b"\r\n" + body
        self.sent = data
        super().send(data)

    def send_unsigned(self, data):
        super().send(data)

    def receive(self):
        m = super().receive()
        if m and self.checks and (not m.status or m.status >= 200) and m.status != 401:
            self.check(m)
        return m

    def check(self, m):
        """The one Authentication-Info of @m is right and counts on."""
        expect(len(m.all("authentication-info")) == 1, f"not signed: {m}")
        line = m.get("authentication-info")
        values = dict(re.findall(r'(\w+)="?([^",]*)"?', line))
        expect(line.startswith(self.association.scheme + " ") and values["realm"] == SERVICE
               and values["targetname"] == TARGET and values["version"] == "4", line)
        self.snum += 1
        expect(values["snum"] == str(self.snum), f"snum {values['snum']} instead of {self.snum}")
        headers = {}
        for name, value in m.headers:
            headers.setdefault(name, value)
        text = signed_text(self.association.scheme, values["srand"], values["snum"], headers,
                           m.status or None)
        expect(self.association.verify(text, values["rspauth"]), f"wrong signature: {m}\n{text}")
