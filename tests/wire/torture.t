#!/usr/bin/env python3
"""SIP as nobody should write it: a message for each case of RFC 4475, by the RFC's name for it.

The messages are our own and go to our own pool; each does what the case of that name is about. Over
a connection each it is sent whole and then octet by octet, followed by a plain OPTIONS and the end
of the stream. pchatd may answer or close, at once; it must do one of them, and others must not
notice.
"""
import socket

from sipscript import AMY, BOB, DOMAIN, LIMIT, POOL, Control, Daemon, Suite, expect

suite = Suite()
SDP = ("v=0\r\no=amy 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
       "m=message 5060 sip null\r\n")
NAME = POOL[4:].split("@")[0]


def message(start, *lines, body="", via="Via: SIP/2.0/TCP client.contoso.example;branch=z9hG4bKtort",
            ends="\r\n"):
    """A request with the usual headers, but for those that @lines bring or take away (-Name)."""
    method = start.split()[0]
    usual = {"Via": via, "From": f"From: <{AMY}>;tag=tort", "To": f"To: <{POOL}>",
             "Call-ID": "Call-ID: {name}.tort", "CSeq": f"CSeq: 1 {method}",
             "Max-Forwards": "Max-Forwards: 70",
             "Contact": "Contact: <sip:amy@client.contoso.example>",
             "Content-Length": f"Content-Length: {len(body.encode())}"}
    for line in lines:
        usual.pop(line.lstrip("-").split(":")[0].strip(), None)
    head = [start, *usual.values(), *[line for line in lines if not line.startswith("-")]]
    return ends.join(head) + ends * 2 + body


def offer(start, *lines, **options):
    return message(start, *lines, "Content-Type: application/sdp", body=SDP, **options)


CASES = {
    # Valid, though hardly anybody would write it so.
    "wsinv": f"INVITE {POOL};strange SIP/2.0\r\nTO :\r\n {POOL} ;   tag    = 19a\r\n"
             "from   : \"A Jones \\\\\\\"\"       <sip:amy@contoso.example>\r\n  ;\r\n  tag = 98x\r\n"
             "MaX-fOrWaRdS: 0068\r\ncall-id: {name}.tort\r\nContent-Length   : 0\r\ncseq: 0009\r\n"
             "  INVITE\r\nVia  : SIP  /   2.0\r\n /TCP\r\n    192.0.2.2;branch=390s\r\ns :\r\n"
             "NewHeader:   new\r\n continued\r\nOddHeader: ;;,,;;,;\r\nRoute:\r\n"
             " <sip:services.example.com;lr;unknown=flag;unknown-flag>\r\n"
             "v:  SIP  / 2.0  / TCP     192.0.2.3  ;branch  =   z9hG4bK9i ;\r\n"
             " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30\r\n"
             "m:\"Quoted string \\\"\\\"\" <sip:amy@client.contoso.example> ; new =\r\n"
             "      new ;\r\n  q = 0.33\r\n\r\n",
    "intmeth": message(f"!odd-Method0123456789_*+`.%all'~ sip:1_unusual.URI~(be!sure)&isn't+it$/"
                       f"crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(not)@{DOMAIN} SIP/2.0",
                       "To: \"BEL:\\\a NUL:\\\0 DEL:\\\x7f\" <sip:1_odd~(x)&y+z$/q?,/;;*@contoso.example>",
                       "From: token1~` token2'+_ token3*%!.- <sip:amy@contoso.example>"
                       ";p''~+*_!.-%=\"\u0440\u0430\u0431\";tag=_t~1'+`*%!-.",
                       "Call-ID: word%ZK-!.*_+'@word`~)(><:\\/\"][?}}{{",
                       "CSeq: 139122385 !odd-Method0123456789_*+`.%all'~", "Max-Forwards: 255",
                       "extensionHeader-!.%*+_`'~: \ufeff\u5927\u505c\u96fb"),
    "esc01": offer(f"INVITE sip:sips%3Auser%40example.com@{DOMAIN} SIP/2.0",
                   f"To: sip:%75se%72@{DOMAIN}", "From: <sip:I%20have%20spaces@contoso.example>;tag=1",
                   "Contact: <sip:cal%6Cer@client.contoso.example;%6C%72;n%61me=v%61lue%25%34%31>"),
    "escnull": message(f"REGISTER sip:{DOMAIN} SIP/2.0", "To: sip:null-%00-null@contoso.example",
                       "From: sip:null-%00-null@contoso.example;tag=8",
                       "Contact: <sip:%00@client.contoso.example>",
                       "Contact: <sip:%00%00@client.contoso.example>"),
    "esc02": message(f"RE%47IST%45R sip:{DOMAIN} SIP/2.0", "CSeq: 29344 RE%47IST%45R",
                     "Contact: <sip:alias1@client.contoso.example>",
                     "Contact: <sip:alias%31@client.contoso.example>"),
    "lwsdisp": message(f"OPTIONS {POOL} SIP/2.0", f"From: amy<{AMY}>;tag=3"),
    "longreq": offer(f"INVITE {POOL} SIP/2.0",
                     f"To: \"I have a user name of {'extreme' * 10} proportion\"<{POOL}:6000;x={'a' * 99}"
                     f";y={'very' * 60}>",
                     f"From: sip:{'amazinglylongcallername' * 5}@contoso.example;tag=12{'9824' * 50};x={'long' * 40}",
                     f"Call-ID: {{name}}.{'really' * 40}long", "CSeq: 3882340 INVITE",
                     f"Unknown-{'Long' * 20}-Name: {'unknown' * 20}; x={'longer' * 20}",
                     *[f"Via: SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{n}" for n in range(33)],
                     f"Contact: <sip:{'amazinglylongcallername' * 5}@client.contoso.example>",
                     via=f"v: SIP/2.0/TCP sip33.example.com;branch=z9hG4bK{'long' * 60}"),
    "dblreq": message(f"REGISTER sip:{DOMAIN} SIP/2.0") + offer(f"INVITE {POOL} SIP/2.0"),
    "semiuri": message(f"OPTIONS sip:user;par=u%40example.net@{DOMAIN} SIP/2.0"),
    "transports": message(f"OPTIONS {POOL} SIP/2.0",
                          *[f"Via: SIP/2.0/{t} h{n}.example.com;branch=z9hG4bK{n}" for n, t in
                            enumerate(("SCTP", "TLS", "UNKNOWN", "TCP"))],
                          via="Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKk"),
    "mpart01": message(f"MESSAGE {POOL} SIP/2.0",
                       "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655",
                       body="--7a9cbec02ceef655\r\nContent-Type: text/plain\r\n"
                            "Content-Transfer-Encoding: binary\r\n\r\nHello\r\n--7a9cbec02ceef655\r\n"
                            "Content-Type: application/octet-stream\r\n\r\n\x01\x02\x7f\0--7a9c\r\n"
                            "--7a9cbec02ceef655--\r\n"),
    "unreason": "SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e\r\n"
                "Via: SIP/2.0/TCP client.contoso.example;branch=z9hG4bK1324923\r\n"
                "Call-ID: {name}.tort\r\nCSeq: 35 INVITE\r\n"
                f"From: <{AMY}>;tag=11141343\r\nTo: <{POOL}>;tag=2229\r\nContent-Length: 0\r\n\r\n",
    "noreason": "SIP/2.0 100 \r\nVia: SIP/2.0/TCP client.contoso.example;branch=z9hG4bK2398\r\n"
                f"Call-ID: {{name}}.tort\r\nCSeq: 35 INVITE\r\nFrom: <{AMY}>;tag=1\r\n"
                f"To: <{POOL}>\r\nContent-Length: 0\r\n\r\n",
    # Invalid.
    "badinv01": offer(f"INVITE {POOL} SIP/2.0", f"To: \"Watson\" <{POOL}>;tag", ";Via: x",
                      "Contact: \"Amy\" <sip:amy@client.contoso.example>;;,;,,",
                      via="Via: SIP/2.0/TCP 192.0.2.15;;,;,,"),
    "clerr": message(f"INVITE {POOL} SIP/2.0", "Content-Type: application/sdp",
                     "Content-Length: 9999", body=SDP),
    "ncl": message(f"INVITE {POOL} SIP/2.0", "Content-Type: application/sdp",
                   "Content-Length: -999", body=SDP),
    "scalar02": message(f"REGISTER sip:{DOMAIN} SIP/2.0", "CSeq: 36893488147419103232 REGISTER",
                        "Max-Forwards: 300", "Expires: 1" + "0" * 99,
                        "Contact: <sip:amy@client.contoso.example>;expires=280297596632815",
                        "Content-Length: 0000000000"),
    "scalarlg": "SIP/2.0 503 Service Unavailable\r\n"
                "Via: SIP/2.0/TCP client.contoso.example;branch=z9hG4bKz;received=192.0.2.1\r\n"
                f"Call-ID: {{name}}.tort\r\nCSeq: 9292394834772304023312 OPTIONS\r\nFrom: <{AMY}>;tag=2\r\n"
                f"To: <{POOL}>;tag=3\r\nRetry-After: 949302838503028349304023988\r\n"
                "Warning: 1812 overture \"In Progress\"\r\nContent-Length: 0\r\n\r\n",
    "quotbal": offer(f"INVITE {POOL} SIP/2.0", f"To: \"Mr. J. User <{POOL}>"),
    "ltgtruri": offer(f"INVITE <{POOL}> SIP/2.0"),
    "lwsruri": offer(f"INVITE {POOL}; lr SIP/2.0"),
    "lwsstart": offer(f"INVITE  {POOL}  SIP/2.0"),
    "trws": message(f"OPTIONS {POOL} SIP/2.0  "),
    "escruri": offer(f"INVITE {POOL}?Route=%3Csip:example.com%3E SIP/2.0"),
    "baddate": offer(f"INVITE {POOL} SIP/2.0", "Date: Fri, 01 Jan 2010 16:00:00 EST"),
    "regbadct": message(f"REGISTER sip:{DOMAIN} SIP/2.0",
                        "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
    "badaspec": message(f"OPTIONS {POOL} SIP/2.0", f"To: \"Watson, Thomas\" < {POOL} >",
                        "From: \"Bell, Alexander\" <sip:amy@contoso.example >;tag=43"),
    "baddn": message(f"OPTIONS {POOL} SIP/2.0", f"From: Bell, Alexander <{AMY}>;tag=43",
                     f"To: Watson, Thomas <{POOL}>"),
    "badvers": message(f"OPTIONS {POOL} SIP/7.0", via="Via: SIP/7.0/TCP c.example.com;branch=z9hG4bKkd"),
    "mismatch01": message(f"OPTIONS {POOL} SIP/2.0", "CSeq: 8 INVITE"),
    "mismatch02": message(f"NEWMETHOD {POOL} SIP/2.0", "CSeq: 8 INVITE",
                          "Content-Type: application/sdp", body=SDP),
    "bigcode": "SIP/2.0 4294967301 better not break the receiver\r\n"
               "Via: SIP/2.0/TCP client.contoso.example;branch=z9hG4bK2398\r\n"
               f"Call-ID: {{name}}.tort\r\nCSeq: 353494 INVITE\r\nFrom: <{AMY}>;tag=3923942\r\n"
               f"To: <{POOL}>;tag=19923423\r\nContent-Length: 0\r\n\r\n",
    # The transaction layer.
    "badbranch": message(f"OPTIONS {POOL} SIP/2.0", via="Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK"),
    # The application layer.
    "insuf": message(f"INVITE {POOL} SIP/2.0", "-From", "-To", "-Call-ID",
                     "Content-Type: application/sdp", body=SDP),
    "unkscm": message("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"),
    "novelsc": message("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"),
    "unksm2": message(f"REGISTER sip:{DOMAIN} SIP/2.0", "To: isbn:2983792873",
                      "From: <http://www.example.com>;tag=3234233", "Contact: <name:John_Smith>"),
    "bext01": message(f"OPTIONS {POOL} SIP/2.0",
                      "Proxy-Require: nothingSupportsThis, nothingSupportsThisEither",
                      "Require: nothingSupportsThis, nothingSupportsThisEither"),
    "invut": message(f"INVITE {POOL} SIP/2.0", "Content-Type: application/unknownformat",
                     body="<audio>\r\n <pcmu port=\"443\"/>\r\n</audio>\r\n"),
    "regaut01": message(f"REGISTER sip:{DOMAIN} SIP/2.0",
                        "Authorization: NoOneKnowsThisScheme opaque-data=here"),
    "multi01": offer(f"INVITE {POOL} SIP/2.0", "CSeq: 59 INVITE", "CSeq: 5 BYE",
                     "Call-ID: {name}.1", "Call-ID: {name}.2", "Call-ID: {name}.3",
                     f"From: <{AMY}>;tag=1", f"From: <{BOB}>;tag=2", f"To: <{POOL}>",
                     "To: <sip:other@contoso.example>", "Max-Forwards: 70", "Max-Forwards: 5",
                     "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK2"),
    "mcl01": message(f"OPTIONS {POOL} SIP/2.0", "Content-Length: 13", "Content-Length: 5",
                     "Content-Type: text/plain", body="There's no way to know how many octets."),
    "bcast": "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 255.255.255.255;branch=z9hG4bK1saber23\r\n"
             "Call-ID: {name}.tort\r\nCSeq: 35 INVITE\r\n"
             f"From: <{AMY}>;tag=1\r\nTo: <{POOL}>;tag=2\r\nContent-Length: 0\r\n\r\n",
    "zeromf": message(f"OPTIONS {POOL} SIP/2.0", "Max-Forwards: 0"),
    "cparam01": message(f"REGISTER sip:{DOMAIN} SIP/2.0",
                        "Contact: sip:+19725552222@gw1.example.net;unknownparam"),
    "cparam02": message(f"REGISTER sip:{DOMAIN} SIP/2.0",
                        "Contact: <sip:+19725552222@gw1.example.net;unknownparam>"),
    "regescrt": message(f"REGISTER sip:{DOMAIN} SIP/2.0",
                        "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"),
    "sdp01": offer(f"INVITE {POOL} SIP/2.0", "Accept: text/nobodyKnowsThis"),
    "inv2543": f"INVITE {POOL} SIP/2.0\r\nVia: SIP/2.0/TCP iftgw.contoso.example\r\n"
               f"From: <{AMY}>\r\nTo: <{POOL}>\r\nCall-ID: {{name}}.tort\r\nCSeq: 10 INVITE\r\n\r\n",
}
assert len(CASES) == 49


def deliver(d, name, data, whole):
    """Send it, then OPTIONS and the end; what comes back until the end or the answer to OPTIONS."""
    tail = message(f"OPTIONS {POOL} SIP/2.0", "Call-ID: after.tort").encode()
    with socket.create_connection(d.address, LIMIT) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = b""
        try:
            if whole:
                s.sendall(data + tail)
            else:
                for i in range(len(data)):
                    s.sendall(data[i:i + 1])
                s.sendall(tail)
            s.shutdown(socket.SHUT_WR)
            while more := s.recv(65536):
                got += more
                if b"Call-ID: after.tort" in got:
                    break
        except (ConnectionResetError, BrokenPipeError):
            pass
        except socket.timeout:
            expect(False, f"{name}: neither answered nor closed: {got[:200]!r}")
    return got


def try_all(d, whole):
    witness = d.session(BOB)
    room = d.room("Lobby")
    witness.join(room)
    for name, text in CASES.items():
        data = text.replace("{name}", name).encode("utf-8")
        got = deliver(d, name, data, whole)
        expect(not got or got.startswith((b"SIP/2.0 ", b"INFO ", b"BYE ")), f"{name}: {got[:80]!r}")
        expect(d.process.poll() is None, f"{name} has ended it: {d.tail()}")
        witness.barrier()
    witness.say(room, "still here")
    with Control(d) as c:
        while "sessions=1 connections=1 " not in c.ask("status"):
            pass


@suite.test
def each_message_sent_whole(d):
    try_all(d, True)


@suite.test
def each_message_octet_by_octet(d):
    try_all(d, False)


def answers(d, name):
    got = deliver(d, name, CASES[name].replace("{name}", name).encode("utf-8"), True)
    return [int(line.split()[1]) for line in got.decode("utf-8", "replace").split("\r\n")
            if line.startswith("SIP/2.0 ")]


@suite.test
def what_can_be_understood_is_answered(d):
    for name, status in (("lwsdisp", 200), ("semiuri", 200), ("transports", 200), ("bext01", 420),
                         ("mpart01", 405), ("trws", None), ("badbranch", 200)):
        got = answers(d, name)
        expect(got and (status is None or got[0] == status), f"{name}: {got}")


if __name__ == "__main__":
    raise SystemExit(suite.run(lambda: Daemon("none")))
