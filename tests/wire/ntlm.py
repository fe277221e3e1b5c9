"""The client's side of connectionless NTLMv2, written from [MS-NLMP] and real-client.md 4.5: answers
to a CHALLENGE, signatures, and a Client that signs in with them."""
import base64
import hashlib
import hmac
import os
import re
import struct

from sipae import SERVICE, TARGET, SealedClient
from sipscript import DOMAIN, expect, serial

# UNICODE, TARGET, SIGN, DATAGRAM, NTLM, ALWAYS_SIGN, EXTENDED_SECURITY, IDENTIFY, TARGET_INFO,
# VERSION, 128, KEY_EXCH
FLAGS = 0x62988255
NEEDED = 0x40988251


def md4(data):
    """RFC 1320: the libraries of today hide theirs."""
    def turn(x, n):
        x &= 0xffffffff
        return x << n & 0xffffffff | x >> (32 - n)
    text = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    rounds = (
        (lambda x, y, z: x & y | ~x & z, 0, range(16), (3, 7, 11, 19)),
        (lambda x, y, z: x & y | x & z | y & z, 0x5a827999,
         [i % 4 * 4 + i // 4 for i in range(16)], (3, 5, 9, 13)),
        (lambda x, y, z: x ^ y ^ z, 0x6ed9eba1,
         (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15)))
    state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
    for at in range(0, len(text), 64):
        words = struct.unpack("<16I", text[at:at + 64])
        a, b, c, d = state
        for f, constant, order, shifts in rounds:
            for i, k in enumerate(order):
                a, b, c, d = d, turn(a + f(b, c, d) + words[k] + constant, shifts[i % 4]), b, c
        state = [(x + y) & 0xffffffff for x, y in zip(state, (a, b, c, d))]
    return struct.pack("<4I", *state)


def rc4(key, data):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) % 256
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for c in data:
        i = (i + 1) % 256
        j = (j + s[i]) % 256
        s[i], s[j] = s[j], s[i]
        out.append(c ^ s[(s[i] + s[j]) % 256])
    return bytes(out)


def hmac_md5(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.md5).digest()


def utf16(text):
    return text.encode("utf-16-le")


def nt_hash(password):
    return md4(utf16(password))


class Challenge:
    """A CHALLENGE taken apart; what it must have is checked."""

    def __init__(self, data):
        expect(data[:12] == b"NTLMSSP\0\2\0\0\0", f"no CHALLENGE: {data!r}")
        self.data = data
        self.flags, = struct.unpack_from("<I", data, 20)
        self.nonce = data[24:32]
        n, _, at = struct.unpack_from("<HHI", data, 40)
        expect(at + n == len(data), "TargetInfo is not what is left")
        self.info, self.pairs = data[at:at + n], {}
        at = 0
        while True:
            kind, n = struct.unpack_from("<HH", self.info, at)
            if kind == 0:
                break
            self.pairs[kind] = self.info[at + 4:at + 4 + n]
            at += 4 + n
        expect(n == 0 and at + 4 == len(self.info), f"no end: {self.info!r}")


class Answer:
    """An AUTHENTICATE (.token) and the keys that come of it; scheme, sign() and verify() are for
    SealedClient."""
    scheme = "NTLM"

    def __init__(self, challenge, user, password, domain="", mic=None, flags=FLAGS, response=None):
        """@mic: None, or whether the one it carries is right. @response: instead of the right one."""
        pairs = challenge.info
        if mic is not None:
            pairs = pairs[:-4] + struct.pack("<HHI", 6, 4, 2) + pairs[-4:]
        temp = (b"\1\1" + b"\0" * 6 + challenge.pairs.get(7, b"\0" * 8) + os.urandom(8) + b"\0" * 4
                + pairs + b"\0" * 4)
        key = hmac_md5(nt_hash(password), utf16(user.upper() + domain))
        proof = hmac_md5(key, challenge.nonce, temp)
        base = hmac_md5(key, proof)
        self.session = os.urandom(16)
        self.user16 = utf16(user)
        self.fields = [b"\0" * 24, response if response is not None else proof + temp,
                       utf16(domain), self.user16, utf16("HOST"), rc4(base, self.session)]
        self.token = self.lay_out(flags, b"" if mic is None else b"\0" * 16)
        if mic is not None:
            right = hmac_md5(self.session, challenge.data, self.token)
            right = right if mic else bytes([right[0] ^ 1]) + right[1:]
            self.token = self.token[:72] + right + self.token[88:]

    def lay_out(self, flags, mic):
        at = 72 + len(mic)
        head, payload = b"NTLMSSP\0\3\0\0\0", b""
        for field in self.fields:
            head += struct.pack("<HHI", len(field), len(field), at + len(payload))
            payload += field
        return head + struct.pack("<I", flags) + b"\5\1\x28\n\0\0\0\x0f" + mic + payload

    def _mic(self, way, text):
        signing, sealing = (hashlib.md5(
            self.session + f"session key to {way} {what} key magic constant\0".encode()).digest()
            for what in ("signing", "sealing"))
        number = struct.pack("<I", 100)
        total = hmac_md5(signing, number, text.encode())[:8]
        return (b"\1\0\0\0" + rc4(hashlib.md5(sealing + number).digest(), total) + number).hex()

    def sign(self, text):
        return self._mic("client-to-server", text)

    def verify(self, text, mic):
        return mic.lower() == self._mic("server-to-client", text)


class NtlmClient(SealedClient):
    def question(self, call_id=None, cseq=1):
        """Send the empty first token: the CHALLENGE and the opaque that comes with it."""
        self.association, self.checks = None, False
        m = self.request(
            "REGISTER", f"sip:{DOMAIN}",
            f'Authorization: NTLM qop="auth", realm="{SERVICE}", targetname="{TARGET}", '
            f'gssapi-data="", version=4', call_id=call_id, cseq=cseq)
        expect(m.status == 401 and len(m.all("www-authenticate")) == 1, f"{m}")
        line = m.get("www-authenticate")
        values = dict(re.findall(r'([\w-]+)="?([^",]*)"?', line))
        expect(line.startswith("NTLM ") and values["realm"] == SERVICE and values["version"] == "4"
               and values["targetname"] == TARGET, line)
        self.opaque = values["opaque"]
        return Challenge(base64.b64decode(values["gssapi-data"], validate=True))

    def answer_with(self, answer, call_id=None, cseq=2):
        """REGISTER with the token of @answer, which need not be an Answer with keys."""
        self.checks = False
        self.start(answer)
        m = self.request("REGISTER", f"sip:{DOMAIN}", call_id=call_id, cseq=cseq)
        if m.status != 200:
            self.association = None
            return m
        self.checks = True
        self.check(m)
        return m

    def sign_in(self, password, user=None, status=200, **options):
        """The whole of it; @user and what is in @options as of Answer."""
        call_id = f"{serial()}@{self.host}"
        answer = Answer(self.question(call_id), self.user[4:] if user is None else user,
                        password, **options)
        m = self.answer_with(answer, call_id)
        expect(m.status == status, f"REGISTER: {m} instead of {status}")
        return m


class Token:
    """Octets in place of an AUTHENTICATE; signs with nothing."""
    scheme = "NTLM"

    def __init__(self, token):
        self.token = token

    @staticmethod
    def sign(text):
        return "00" * 16
