#!/usr/bin/env python3
"""Runs a command in a Kerberos realm made for it, and ends the realm again:

    tests/bench/with_realm.py USERS COMMAND...

The KDC is on loopback. PCHAT_BENCH_KEYTAB in the command's environment is the server's key,
PCHAT_BENCH_USERS_KEYTAB those of user1, user2, ... USERS. Exit status of the command.
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../wire"))
import kdc  # noqa: E402


def main():
    if len(sys.argv) < 3 or not sys.argv[1].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    if kdc.missing_programs():
        print("with_realm.py: not installed: " + ", ".join(kdc.missing_programs()), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="realm-") as work:
        realm = kdc.Kdc(work, {})
        try:
            keytab = os.path.join(work, "users")
            users = range(1, int(sys.argv[1]) + 1)
            realm.run("kadmin.local", "-r", kdc.REALM, stdin="".join(
                f"addprinc -randkey user{u}\nktadd -k {keytab} user{u}\n" for u in users))
            env = {**os.environ, **{k: v for k, v in realm.env.items() if k.startswith("KRB5")},
                   "PCHAT_BENCH_KEYTAB": realm.keytab, "PCHAT_BENCH_USERS_KEYTAB": keytab}
            return subprocess.run(sys.argv[2:], env=env).returncode
        finally:
            realm.stop()


if __name__ == "__main__":
    raise SystemExit(main())
