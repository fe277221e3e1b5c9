"""A Kerberos realm of a test's own: MIT krb5kdc on a free port of loopback, in a directory."""
import os
import shutil
import socket
import subprocess
import time

REALM = "CONTOSO.EXAMPLE"
HOST = "chat.contoso.example"
LIMIT = 30.0
SBIN = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")


def missing_programs():
    """What a realm needs and is not here."""
    return [p for p in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
            if not shutil.which(p, path=SBIN)]


def missing():
    """The same for a test: also a pchatd that was built with Kerberos."""
    version = subprocess.run([os.path.join(os.environ["PCHAT_BUILD"], "pchatd/pchatd"), "--version"],
                             capture_output=True, text=True, check=True).stdout
    return missing_programs() + ([] if "with Kerberos" in version else ["Kerberos in pchatd"])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Kdc:
    """.env holds what client and server need to find the realm; .keytab the server's key."""

    def __init__(self, directory, users, realm=REALM, clockskew=None):
        """@clockskew: seconds that clocks may differ, if not the usual 300."""
        self.directory, self.realm = directory, realm
        self.keytab = os.path.join(directory, "keytab")
        self.port = free_port()
        skew = f" clockskew = {clockskew}\n" if clockskew else ""
        self._write("krb5.conf", f"""[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
{skew}[realms]
 {realm} = {{
  kdc = 127.0.0.1:{self.port}
 }}
[domain_realm]
 contoso.example = {realm}
""")
        self._write("kdc.conf", f"""[kdcdefaults]
 kdc_listen = 127.0.0.1:{self.port}
 kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
 {realm} = {{
  database_name = {directory}/principal
  key_stash_file = {directory}/stash
  acl_file = {directory}/acl
  max_life = 10h
 }}
""")
        self._write("acl", "")
        # Sanitizer options of the daemon under test are not for MIT's programs.
        self.env = {k: v for k, v in os.environ.items() if not k.endswith("SAN_OPTIONS")}
        self.env.update(PATH=SBIN, KRB5_CONFIG=f"{directory}/krb5.conf",
                        KRB5_KDC_PROFILE=f"{directory}/kdc.conf",
                        KRB5CCNAME=f"FILE:{directory}/ccache",
                        KRB5RCACHENAME=f"file2:{directory}/rcache")
        self.run("kdb5_util", "create", "-s", "-r", realm, "-P", "master")
        for user, password in users.items():
            self.admin(f"addprinc -pw {password} {user}")
        self.admin(f"addprinc -randkey sip/{HOST}")
        self.admin(f"ktadd -k {self.keytab} sip/{HOST}")
        self.log = open(os.path.join(directory, "kdc.log"), "w")
        self.process = subprocess.Popen([shutil.which("krb5kdc", path=SBIN), "-n"], env=self.env,
                                        stdout=self.log, stderr=self.log)
        self._wait()

    def _write(self, name, text):
        with open(os.path.join(self.directory, name), "w") as f:
            f.write(text)

    def _wait(self):
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("krb5kdc did not start: " + open(self.log.name).read())
                time.sleep(0.02)

    def run(self, *args, stdin=None, env=None):
        r = subprocess.run([shutil.which(args[0], path=SBIN), *args[1:]], env=env or self.env,
                           input=stdin, capture_output=True, text=True, timeout=LIMIT)
        if r.returncode:
            raise RuntimeError(f"{' '.join(args)}: {r.stderr.strip()}")
        return r.stdout

    def admin(self, query):
        return self.run("kadmin.local", "-r", self.realm, "-q", query)

    def ccache(self, user, password, name, life=None):
        """A credential cache with a ticket of @user; its name for KRB5CCNAME."""
        cache = f"FILE:{self.directory}/{name}"
        args = ["-l", life] if life else []
        self.run("kinit", "-c", cache, *args, user, stdin=password + "\n")
        return cache

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
