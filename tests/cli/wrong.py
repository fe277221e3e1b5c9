#!/usr/bin/env python3
"""Every command with every argument and option wrong in turn, made from the command table.

    wrong.py TABLE.json

Prints TAP. Each run must end with the exit status of the class of the mistake, say what is wrong
on standard error and nothing on standard output, and leave the store as it was. On a terminal the
word that is wrong has a mark under it, at the command line as in a batch.
"""
import fcntl
import json
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios

# Something that exists, or may be created, for each kind.
GOOD = {
    "policy": "traders", "user": "sip:amy@contoso.example", "group": "Rates",
    "unit": "Operations", "domain": "contoso.example", "site": "leeds", "category": "Trading",
    "room": "Rates desk", "addin": "Prices", "config": "global", "compliance": "global",
    "endpoint": "sip:ocschat@contoso.example", "server": "chat1.contoso.example",
}
GOOD_VALUE = {
    "--category": "Trading", "--url": "https://contoso.example/", "--domain": "contoso.example",
    "--file": "contoso.yaml", "--to": "Support", "--until": "now", "--since": "1d", "--with": "gone", "--server": "tcp:127.0.0.1:1", "--sender": "amy@contoso.example",
    "--receiver": "bob@contoso.example", "--room": "Rates desk",
}
GOOD_ARGUMENT = {
    "PRINCIPAL": "sip:amy@contoso.example", "FOLDER": "folder", "POLICY": "traders",
    "USER": "sip:amy@contoso.example", "COMMAND": "room", "SHELL": "bash",
}
# What a command has to be given besides before it looks at what it is about.
BESIDES = {
    "policy set": ["--enabled"], "user set": ["--display-name", "X"],
    "group set": ["--description", "x"], "unit set": ["--name", "Other"],
    "domain set": ["--name", "other.example"], "site set": ["--name", "Other"],
    "category set": ["--description", "x"], "room set": ["--description", "x"],
    "addin set": ["--name", "Other"], "config set": ["--default-chat-history", "5"],
    "compliance set": ["--adapter", "none"], "server set": ["--no-active"],
    "message remove": ["--all"], "message replace": ["--all"], "explain access": ["Rates desk"],
}
# Wrong for what stands for the value in help: the value and the exit status.
BAD_VALUE = {
    "TIME": ("someday", (2,)), "NUMBER": ("12x", (2, 3)), "DURATION": ("soon", (2, 3)), "URL": ("ftp://x", (3,)),
    "URI": ("nobody at all", (3,)), "PRINCIPAL": ("nobody", (3,)),
    "PRINCIPAL,...": ("group:Rates,nobody", (3,)), "NAME": (" blank ", (3,)),
    "TEXT": ("a\x01b", (2, 3)), "ADDRESS": ("udp:here", (2,)), "FIELDS": ("nonsense", (2,)),
}

tests = failed = 0


def store_state():
    run = subprocess.run(["pchatctl", "export"], capture_output=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def check(title, args, statuses):
    global tests, failed
    tests += 1
    run = subprocess.run(["pchatctl"] + args, capture_output=True, text=True, timeout=60,
                         stdin=subprocess.DEVNULL)
    ok = (run.returncode in statuses and run.stderr.startswith("pchatctl: ")
          and run.stderr.count("\n") == 1 and not run.stdout)
    print("ok" if ok else "not ok", tests, "-", title)
    if not ok:
        failed += 1
        print("# status", run.returncode, "wanted", statuses, args)
        print("# stderr:", run.stderr.replace("\n", "\n# "))
        print("# stdout:", run.stdout[:200].replace("\n", "\n# "))


def on_terminal(args):
    """Run with a terminal for standard error: what it shows there, the rest, exit status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 250, 0, 0))
    run = subprocess.Popen(["pchatctl"] + args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(master)
    out = run.stdout.read()
    return shown.decode().replace("\r\n", "\n"), out.decode(), run.wait()


def under_mark(lines):
    """What stands above the mark."""
    if len(lines) != 3 or not lines[2].strip() or lines[2].strip(" ^~"):
        return None
    return lines[1][lines[2].index("^"):len(lines[2])]


def quoted(word):
    return word if all(c.isalnum() or c in "_./:=@%+,-" for c in word) else f"'{word}'"


def marked(title, args, bad, in_batch):
    """@bad is the word that is wrong."""
    global tests, failed
    for batch in (False, True) if in_batch else (False,):
        if batch:
            with open("commands", "w") as f:
                f.write("# a comment\n" + " ".join(shlex.quote(a) for a in args) + "\n")
        shown, out, status = on_terminal(["-f", "commands"] if batch else args)
        lines = shown.rstrip("\n").split("\n")
        ok = under_mark(lines) == quoted(bad) and not out and status != 0
        ok = ok and (lines[1].startswith("  pchatctl ") != batch)
        ok = ok and (lines[0].startswith("pchatctl: commands:2: ") if batch else True)
        tests += 1
        print("ok" if ok else "not ok", tests, "-", title, "in a batch" if batch else "", "is marked")
        if not ok:
            failed += 1
            print("# wanted under the mark:", quoted(bad), args, "status", status)
            print("# " + shown.replace("\n", "\n# "))


def positional(command, argument):
    if argument["name"] in GOOD_ARGUMENT:
        return GOOD_ARGUMENT[argument["name"]]
    noun = command["command"].split()[0]
    if command["command"].endswith(" create"):
        return {"user": "sip:new@contoso.example", "endpoint": "sip:new@contoso.example",
                "policy": "new", "config": "service:new", "compliance": "service:new",
                "domain": "new.example"}.get(noun, "New one")
    return GOOD.get(argument.get("names", noun), "anything")


def bad_option(option):
    """A wrong value and the exit statuses it may have; None if every text is right."""
    if "value" not in option:
        return None
    if option.get("words"):
        return "zzz", (2, 3)
    if option.get("names"):
        return "no such thing", (3, 4)
    return BAD_VALUE.get(option["value"])


def walk(command):
    in_batch = bool(command.get("batch"))
    words = command["command"].split()
    names = [positional(command, a) for a in command["arguments"] if a.get("required")]
    needed = [x for o in command["options"] if o.get("required")
              for x in (o["name"], GOOD_VALUE[o["name"]])]
    title = command["command"]
    if names:
        check(f"{title} without {command['arguments'][0]['name']}", words + needed, (2,))
    if names and command["arguments"][0].get("names") and not title.endswith(" create"):
        check(f"{title} of what is not there", words + ["no such thing"] + names[1:] + needed
              + (["--yes"] if command.get("writes") else [])
              + (["--dry-run"] if command.get("writes") else [])
              + BESIDES.get(title, []), (3, 4))
        if not command.get("daemon") and title != "check chat":
            marked(f"{title} of what is not there", words + ["no such thing"] + names[1:] + needed
                   + BESIDES.get(title, []), "no such thing", in_batch)
    if not any(a.get("many") for a in command["arguments"]):
        check(f"{title} with one name too many", words + names + ["surplus"] * 3 + needed, (2,))
    check(f"{title} with an unknown option", words + names + needed + ["--unheard-of"], (2,))
    for option in command["options"]:
        name = option["name"]
        rest = [x for i, x in enumerate(needed)
                if not (x == name or (i and needed[i - 1] == name))]
        if option.get("required"):
            check(f"{title} without {name}", words + names + rest, (2,))
        if "value" in option:
            check(f"{title} {name} without its value", words + names + rest + [name], (2,))
        else:
            check(f"{title} {name}=perhaps", words + names + rest + [name + "=perhaps"], (2, 3))
        bad = bad_option(option)
        if option.get("names") and title.startswith("explain "):
            rest = rest + ["--action", "create"]
        if bad and command.get("daemon"):
            bad = bad[0], bad[1] + (8,)  # whom to ask about names is not there
        if bad and title != "check chat":
            check(f"{title} {name} {bad[0]!r}", words + names + rest + [name, bad[0]], bad[1])
            if bad[0].isprintable() and not command.get("daemon"):
                marked(f"{title} {name} {bad[0]!r}", words + names + rest + [name, bad[0]],
                       bad[0], in_batch)


def main():
    table = json.load(open(sys.argv[1]))
    before = store_state()
    for command in table["commands"]:
        if command["command"] not in ("help", "shell", "completion"):
            walk(command)
    global tests, failed
    tests += 1
    same = store_state() == before
    failed += not same
    print("ok" if same else "not ok", tests, "- the store is as it was")
    print(f"1..{tests}")
    sys.exit(failed > 0)


main()
