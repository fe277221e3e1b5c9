#!/usr/bin/env python3
"""Every object that can be renamed, renamed by its guid in a manifest that speaks of it by the new
name, in every section that does so.

Prints TAP. Each manifest must be accepted by plan and apply, leave the store as it describes it,
and change nothing when it is applied again.
"""
import copy
import json
import os
import shutil
import subprocess

KEYS = {"users": "uri", "endpoints": "uri", "settings": "scope", "compliance": "scope"}
# What refers to what by its name alone; lists of principals are seen to apart.
REFERENCES = {("users", "site"): "sites", ("users", "unit"): "units", ("groups", "unit"): "units",
              ("rooms", "category"): "categories", ("rooms", "addin"): "addins"}
PREFIXES = {"users": "", "groups": "group:", "units": "ou:", "domains": "domain:"}
SCOPED = ("policies", "settings", "compliance")

tests = failed = 0


def key(section):
    return KEYS.get(section, "name")


def run(*args, status=(0,)):
    r = subprocess.run(["pchatctl", *args], capture_output=True, text=True,
                       stdin=subprocess.DEVNULL)
    assert r.returncode in status, (args, r.returncode, r.stderr, r.stdout)
    return r.stdout


def export():
    return json.loads(run("export", "-o", "json"))


def renamed(section, text, renames):
    """What @text, the name of something of @section, is called afterwards."""
    names = renames.get(section, {})
    if text in names:
        return names[text]
    if section == "units":
        for i in reversed([i for i, c in enumerate(text) if c == "/"]):
            if text[:i] in names:
                return names[text[:i]] + text[i:]
    if section in SCOPED and text.startswith("site:"):
        return "site:" + renames.get("sites", {}).get(text[5:], text[5:])
    return text


def principal(text, renames):
    for section, prefix in PREFIXES.items():
        if section != "users" and text.startswith(prefix):
            return prefix + renamed(section, text[len(prefix):], renames)
    return renamed("users", text, renames)


def follow(manifest, renames):
    m = copy.deepcopy(manifest)
    for section, objects in m.items():
        if not isinstance(objects, list):
            continue
        for i, o in enumerate(objects):
            if not isinstance(o, dict):
                continue
            o[key(section)] = renamed(section, o[key(section)], renames)
            for field, value in o.items():
                if (section, field) in REFERENCES:
                    o[field] = renamed(REFERENCES[section, field], value, renames)
                elif isinstance(value, list):
                    o[field] = sorted(principal(v, renames) for v in value)
    return m


def in_order(manifest):
    m = copy.deepcopy(manifest)
    for section, objects in m.items():
        if not isinstance(objects, list):
            continue
        for o in objects:
            for field, value in o.items() if isinstance(o, dict) else ():
                if isinstance(value, list):
                    o[field] = sorted(value, key=str.lower)
        objects.sort(key=lambda o: o[key(section)].lower() if isinstance(o, dict) else o)
    return m


def without_guids(manifest, renames):
    m = copy.deepcopy(manifest)
    for section, objects in m.items():
        for o in objects if isinstance(objects, list) else ():
            if isinstance(o, dict) and o[key(section)] not in renames.get(section, {}).values():
                o.pop("guid", None)
    return m


def result(title, why):
    global tests, failed
    tests += 1
    print("not ok" if why else "ok", tests, "-", title)
    if why:
        failed += 1
        print("# " + str(why).replace("\n", "\n# "))


def difference(a, b):
    for section in a:
        if a[section] != b.get(section):
            one, other = a[section], b.get(section)
            if isinstance(one, list):
                one, other = [o for o in one if o not in other], [o for o in other if o not in one]
            return f"{section}: wanted {one}, is {other}"
    return None


def attempt(title, before, manifest, expected):
    """Apply to a copy of the store."""
    shutil.rmtree("copy", ignore_errors=True)
    shutil.copytree(os.environ["STORE"], "copy")
    os.environ["PCHAT_STORE"] = "copy"
    with open("m.json", "w") as f:
        json.dump(manifest, f)
    try:
        run("plan", "-f", "m.json", status=(1,))
        run("plan", "-f", "m.json", "--out", "m.plan", "--force")
        run("apply", "-f", "m.json", "--yes", "-q")
        why = difference(in_order(expected), in_order(export()))
        if not why:
            run("diff", "-f", "m.json")
        if not why:
            run("store", "check")
        if not why:
            shutil.rmtree("copy")
            shutil.copytree(os.environ["STORE"], "copy")
            run("apply", "m.plan", "--yes", "-q")
            why = difference(in_order(expected), in_order(export()))
    except AssertionError as e:
        why = e
    result(title, why)


def with_sections(manifest, sections):
    return {k: v for k, v in manifest.items()
            if not isinstance(v, (list, dict)) and k != "absent" or k in sections}


def one(before, section, o):
    old = o[key(section)]
    new = old.replace("sip:", "sip:new.") if section == "users" else old + " anew"
    renames = {section: {old: new}}
    after = follow(before, renames)
    what = f"{section[:-1]} '{old}'"
    attempt(f"{what}, all of the store", before, after, after)
    attempt(f"{what}, without other guids", before, without_guids(after, renames), after)
    moved = [s for s in after if s != section and after[s] != before[s]]
    for other in moved + [section]:
        part = without_guids(with_sections(after, (section, other)), renames)
        part[section] = [x for x in part[section]
                         if x[key(section)] == new or x not in before[section]]
        if other != section:
            part[other] = [x for x, y in zip(part[other], before[other])
                           if x[key(other)] != y[key(other)] or
                           {k: v for k, v in x.items() if k != "guid"} !=
                           {k: v for k, v in y.items() if k != "guid"}]
        attempt(f"{what}, with {other} that speak of it", before, part, after)
        changed = copy.deepcopy(part)
        expected = copy.deepcopy(after)
        field = {"users": "displayName", "endpoints": "displayName", "addins": None,
                 "settings": None, "compliance": None}.get(other, "description")
        if field and changed[other]:
            name = changed[other][-1][key(other)]
            for m in (changed, expected):
                for x in m[other]:
                    if x[key(other)] == name:
                        x[field] = "changed as well"
            attempt(f"{what}, with {other} that change besides", before, changed, expected)


def main():
    os.environ["STORE"] = os.environ["PCHAT_STORE"]
    before = export()
    for section in ("sites", "units", "users", "groups", "addins", "categories", "rooms"):
        for o in before[section][:2] + before[section][-1:]:
            one(before, section, o)
    renames = {s: {o[key(s)]: o[key(s)] + " anew" for o in before[s]}
               for s in ("sites", "groups", "addins", "categories", "rooms")}
    renames["units"] = {o["name"]: o["name"].replace("Trading", "Dealing")
                        for o in before["units"] if "Trading" in o["name"]}
    renames["users"] = {o["uri"]: o["uri"].replace("sip:", "sip:new.") for o in before["users"]}
    after = follow(before, renames)
    attempt("everything at once", before, after, after)
    # A policy of a site that gets its name only now.
    new = copy.deepcopy(before)
    site = next(o for o in before["sites"]
                if "site:" + o["name"] not in [p["name"] for p in before["policies"]])
    after = follow(before, {"sites": {site["name"]: "oslo"}})
    after["policies"].append({"name": "site:oslo", "enabled": True})
    part = with_sections(after, ("sites", "policies"))
    part["policies"] = part["policies"][-1:]
    attempt("a policy is created for a site by its new name", new, part, after)
    print(f"1..{tests}")


main()
