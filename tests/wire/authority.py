"""Certificates for tests, made by the openssl command."""
import os
import subprocess

from sipscript import LIMIT, expect


def openssl(*args):
    r = subprocess.run(["openssl", *args], capture_output=True, text=True, timeout=LIMIT)
    expect(r.returncode == 0, r.stderr)


class Authority:
    def __init__(self, work, name):
        self.work, self.name = work, name
        self.key, self.cert = self.path("ca.key"), self.path("ca.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", self.key,
                "-out", self.cert, "-subj", f"/CN={name}")

    def path(self, name):
        return os.path.join(self.work, f"{self.name}-{name}")

    def issue(self, name, alternative, common=None, days=2):
        """Key and certificate in one file."""
        key, request, cert, both, ext = (self.path(f"{name}.{e}")
                                         for e in ("key", "csr", "crt", "pem", "ext"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj",
                f"/CN={common or name}")
        with open(ext, "w") as f:
            f.write(f"subjectAltName={alternative}\n" if alternative else "basicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self.key,
                "-CAcreateserial", "-days", str(days), "-extfile", ext, "-out", cert)
        with open(both, "w") as out:
            for path in (key, cert):
                with open(path) as f:
                    out.write(f.read())
        return both
