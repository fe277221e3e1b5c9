#!/usr/bin/env python3
"""Every command with every argument and option wrong in turn, made from the command table.

    wrong.py TABLE.json

Prints TAP. Each run must end with the exit status of the class of the mistake, say what is wrong
on standard error and nothing on standard output, and leave the store as it was.
"""
import json
import subprocess
import sys

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
              + (["--description", "x"] if title in ("room set", "group set") else []),
              (2, 3, 4))
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
