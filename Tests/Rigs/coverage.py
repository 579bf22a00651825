"""Runs the queries of Tests/Coverage on a live node and writes Docs/coverage.md from them.

    coverage.py SOCKET [--write]

An entry is comment lines and a query: `// table: NAME` (osquery) or `// fact: NAME` (Facter), then
one of `// not: WHY` without a query, `// empty: WHY` where a machine may have none, or
`// event: COMMAND` whose doing must show as a row to one who follows the query.
"""

import http.client
import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "Docs/coverage.md"
LEAST = 110


class Node(http.client.HTTPConnection):
    def __init__(self, path, timeout=20):
        super().__init__("node", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def entries():
    """All entries by kind and name."""
    found = {"table": {}, "fact": {}}
    for file in sorted((ROOT / "Tests/Coverage").glob("*.cypher")):
        for block in re.split(r"(?m)^(?=// (?:table|fact): )", file.read_text()):
            match = re.match(r"// (table|fact): *(\S+)", block)
            if not match:
                continue
            heads = dict(re.findall(r"(?m)^// (not|empty|event): *(.+)$", block))
            query = "\n".join(
                line for line in block.splitlines() if line.strip() and not line.startswith("//"))
            kind, name = match.groups()
            if name in found[kind]:
                raise SystemExit(f"FAILED: {name} stands twice, the second time in {file.name}")
            if ("not" in heads) == bool(query):
                raise SystemExit(f"FAILED: {name} has neither a query nor a reason, or both")
            found[kind][name] = {**heads, "query": query}
    return found


def rows(path, query):
    """The rows of a query; an error of the node is raised."""
    node = Node(path)
    node.request("POST", "/v1/query", json.dumps({"query": query, "consistency": "now"}))
    answer = node.getresponse()
    lines = [json.loads(line) for line in answer.read().decode().splitlines() if line]
    if answer.status != 200:
        raise ValueError(f"{lines[0].get('title', lines[0])}")
    if lines and isinstance(lines[-1], dict) and "error" in lines[-1] and len(lines[-1]) == 1:
        raise ValueError(f"{lines[-1]['error']}")
    return lines


def event(path, query, command):
    """True when doing something shows as a row to one who follows the query."""
    node = Node(path, timeout=10)
    node.request("GET", "/v1/subscribe?" + urllib.parse.urlencode({"query": query, "from": "now"}))
    answer = node.getresponse()
    if answer.status != 200:
        raise ValueError(answer.read().decode()[:300])
    threading.Timer(0.3, lambda: subprocess.run(
        command, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)).start()
    # Comments keep the stream alive, so the time is looked at with each line.
    end = time.monotonic() + 15
    try:
        while (line := answer.readline()) and time.monotonic() < end:
            if line.startswith(b"data:") and b'"rows":[{' in line:
                return True
    except TimeoutError:
        return False
    finally:
        node.close()
    return False


def names_of(file):
    """The names a file of Tests/Coverage lists."""
    lines = (ROOT / "Tests/Coverage" / file).read_text().splitlines()
    return {name for line in lines if not line.startswith("#") for name in line.split()}


def judge(path, name, entry):
    """What an entry comes to, and a fault or none."""
    if "not" in entry:
        return "not", None
    try:
        if "event" in entry:
            return "event", None if event(path, entry["query"], entry["event"]) else "no row came"
        count = len(rows(path, entry["query"]))
    except (ValueError, OSError) as error:
        return "query", str(error)
    if count == 0 and "empty" not in entry:
        return "query", "no rows"
    return "query", None


def section(name, entry, outcome):
    if outcome == "not":
        return f"- **{name}**: not reproduced; {entry['not']}.\n"
    note = ""
    if "empty" in entry:
        note = f" (may be empty: {entry['empty']})"
    if outcome == "event":
        note = " (followed live: `pisces watch`)"
    return f"- **{name}**{note}\n\n" + "".join(
        f"      {line}\n" for line in entry["query"].splitlines()) + "\n"


def main():
    path, write = sys.argv[1], "--write" in sys.argv
    found = entries()
    groups = {}
    for line in (ROOT / "Tests/Coverage/tables.txt").read_text().splitlines():
        if not line.startswith("#"):
            group, names = line.split(": ")
            groups[group] = names.split()
    faults, outcomes = [], {}
    known = {name for names in groups.values() for name in names}
    for name in sorted(set(found["table"]) - known):
        faults.append(f"{name} is no table of osquery on Linux")
    for name in sorted(known - set(found["table"])):
        faults.append(f"{name} has no entry")
    for name in sorted(names_of("facts.txt") - set(found["fact"])):
        faults.append(f"fact {name} of Facter has no entry")
    for kind in found:
        for name, entry in found[kind].items():
            outcomes[kind, name], fault = judge(path, name, entry)
            if fault:
                faults.append(f"{name}: {fault}")
    done = [name for name in known if outcomes.get(("table", name)) in ("query", "event")]
    facts = [name for name in found["fact"] if outcomes["fact", name] != "not"]
    page = f"""# Coverage

Each Linux table of osquery as a question to the graph, or the reason why not: **{len(done)} of {len(known)}** are
reproduced. `Tests/Rigs/coverage.sh` ran every query here on a live node and wrote this page. Where a
machine may have none of a thing, no row is an answer too, and the entry says so. `null` stands for
what changes all the time or is not kept; the value over tables is the edges: `pisces query` takes
any of these further.

The {len(known)} tables of osquery are those its specs/CMakeLists.txt (commit 01b6b3d, 2026) builds on Linux: 50 for every system, 109 for
Linux among others, `cpuid` on x86-64, two with AWS and two with dpkg. Where 156 are spoken of, an older release was counted:
`ai_agent_skills`, `flatpak_packages`, `pacman_packages` and `snap_packages` are among those that came since.

"""
    for group, names in groups.items():
        mine = [name for name in names if name in found["table"]]
        count = sum(name in done for name in mine)
        page += f"## {group[0].upper()}{group[1:]} ({count} of {len(names)})\n\n"
        for name in sorted(mine):
            page += section(name, found["table"][name], outcomes["table", name])
    page += f"\n## Facter's facts ({len(facts)} of {len(found['fact'])})\n\n"
    for name in sorted(found["fact"]):
        page += section(name, found["fact"][name], outcomes["fact", name])
    page = re.sub(r"\n{3,}", "\n\n", page)
    if write:
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        faults.append("Docs/coverage.md is not current: run Tests/Rigs/coverage.sh with WRITE=1")
    if len(done) < LEAST:
        faults.append(f"only {len(done)} tables are reproduced, not {LEAST}")
    for fault in faults:
        print(f"FAILED: {fault}")
    print(f"{len(done)} of {len(known)} tables, {len(facts)} facts")
    return 1 if faults else 0


sys.exit(main())
