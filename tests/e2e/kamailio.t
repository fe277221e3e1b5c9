#!/usr/bin/env python3
"""Real clients, a real proxy, pchatd behind it: docs/examples/kamailio.cfg as it ships.

Kamailio authenticates and registers the clients of sipe.t and asserts to pchatd
who they are; the same conversation has to work. Prints TAP.
"""
import hashlib
import importlib.machinery
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LOADER = importlib.machinery.SourceFileLoader("sipe", os.path.join(HERE, "sipe.t"))
sipe = importlib.util.module_from_spec(importlib.util.spec_from_loader("sipe", LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(sipe)

DOMAIN = "contoso.example"
KAMAILIO = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin:/usr/local/sbin")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Behind(sipe.Server):
    """A pchatd that takes everything from the proxy, and the proxy."""

    def __init__(self, work):
        super().__init__("digest", work, auth=["--listen",
                                               "tcp:127.0.0.1:0,auth=proxy,trust=127.0.0.1"])
        self.work = work
        self.pchatd = self.address
        self.subscribers()
        self.start_proxy()

    def subscribers(self):
        tables = os.path.join(self.work, "dbtext")
        os.mkdir(tables)
        with open(os.path.join(tables, "version"), "w") as f:
            f.write("table_name(string) table_version(int)\nsubscriber:7\n")
        with open(os.path.join(tables, "subscriber"), "w") as f:
            f.write("username(string) domain(string) ha1(string) ha1b(string)\n")
            for user, secret in sipe.SECRETS.items():
                name = user[4:].split("@")[0]
                f.write(f"{name}:{DOMAIN}:{md5(f'{name}:{DOMAIN}:{secret}')}:"
                        f"{md5(f'{name}@{DOMAIN}:{DOMAIN}:{secret}')}\n")

    def start_proxy(self):
        port = free_port()
        self.proxy_log = open(os.path.join(self.work, "kamailio.log"), "w")
        self.proxy = subprocess.Popen(
            [KAMAILIO, "-DD", "-E", "-m", "32", "-M", "16",
             "-f", os.path.join(sipe.SOURCE, "docs/examples/kamailio.cfg"),
             "-A", f"LISTEN=tcp:127.0.0.1:{port}",
             "-A", f'PCHATD="sip:{self.pchatd};transport=tcp"',
             "-A", f'DB="text://{self.work}/dbtext"',
             "-P", os.path.join(self.work, "kamailio.pid"), "-Y", self.work],
            stdout=self.proxy_log, stderr=self.proxy_log, stdin=subprocess.DEVNULL)
        self.address = f"127.0.0.1:{port}"
        deadline = time.monotonic() + sipe.LIMIT
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.proxy.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    self.proxy_log.flush()
                    with open(self.proxy_log.name, errors="replace") as f:
                        raise sipe.Failed("Kamailio did not start: " + f.read()[-3000:]) from None
                time.sleep(0.02)

    def stop(self):
        self.proxy.terminate()  # it ends its children
        try:
            self.proxy.wait(sipe.LIMIT)
        except subprocess.TimeoutExpired:
            self.proxy.kill()
            self.proxy.wait()
        self.proxy_log.close()
        return super().stop()


def main():
    if not KAMAILIO:
        print("1..0 # SKIP kamailio is not installed")
        return 0
    tap = sipe.Tap()
    sipe.run(tap, "kamailio", Behind)
    print(f"1..{tap.n}")
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
