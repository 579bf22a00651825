"""Compares the graph of a node with what the tools of the machine say.

    truth.py PISCES AREA…

The machine does not stand still: what a tool says before and after the question must be in the
answer, and nothing that it says at neither time. PISCES is asked with `query`, as of now.
"""

import json
import re
import subprocess
import sys
import time


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=True).stdout


def ask(match, *columns):
    """The rows of a question, each with its columns in their order."""
    names = [f"c{number}" for number in range(len(columns))]
    question = f"{match} RETURN " + ", ".join(
        f"{column} AS {name}" for column, name in zip(columns, names))
    text = run(PISCES, "query", question, "--consistency", "now", "-o", "ndjson")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [tuple(row[name] for name in names) for row in rows]


def processes():
    """Number, parent, effective user and group, name."""
    for line in run("ps", "-eo", "pid=,ppid=,euid=,egid=,stat=,comm=").splitlines():
        words = line.split(None, 5)
        # A worker of the kernel is named after what it does at the moment.
        if len(words) == 6 and words[4][0] not in "ZX" and not words[5].startswith("kworker"):
            yield int(words[0]), int(words[1]), int(words[2]), int(words[3]), words[5].rstrip()


def seen_processes():
    for one in ask("MATCH (p:Process)", "p.pid", "p.ppid", "p.uid", "p.gid", "p.name"):
        if not (one[4] or "").startswith("kworker"):
            yield one


def owners():
    """Each process that a user of /etc/passwd runs, with that user."""
    for line in run("ps", "-eo", "pid=,euser:40=,stat=").splitlines():
        pid, user, state = line.split()
        # A user without a name is none of the graph.
        if state[0] not in "ZX" and not user.isdigit():
            yield int(pid), user


def seen_owners():
    return ask("MATCH (p:Process)-[:USER]->(u:User)", "p.pid", "u.name")


def listeners():
    for line in run("ss", "-Htulnp").splitlines():
        words = line.split()
        address, port = words[4].rsplit(":", 1)
        address = re.sub(r"%.*", "", address.strip("[]"))
        for pid in set(re.findall(r"pid=(\d+)", line)):
            yield int(pid), words[0], "::" if address == "*" else address, int(port)


def seen_listeners():
    return ask(
        "MATCH (p:Process)-[:LISTENS]->(s:Socket) WHERE s.protocol IN ['tcp', 'udp']",
        "p.pid", "s.protocol", "s.localAddress", "s.localPort")


def interfaces():
    for one in json.loads(run("ip", "-j", "link")):
        yield (one["ifname"], one["ifindex"], one["mtu"], one.get("address", "").lower(),
               "UP" in one["flags"], one.get("master"))


def seen_interfaces():
    return ask(
        "MATCH (i:Interface)", "i.name", "i.index", "i.mtu", "coalesce(i.hardwareAddress, '')", "i.up",
        "i.master")


def addresses():
    for one in json.loads(run("ip", "-j", "addr")):
        for address in one.get("addr_info", []):
            yield address["local"], address["prefixlen"], one["ifname"], address["family"]


def seen_addresses():
    return ask(
        "MATCH (a:Address)-[:ON]->(i:Interface)", "a.address", "a.prefix", "i.name", "a.family")


def routes():
    for family in "-4", "-6":
        for one in json.loads(run("ip", "-j", family, "route", "show", "table", "all") or "[]"):
            destination = one["dst"]
            if destination != "default" and "/" not in destination:
                destination += "/32" if family == "-4" else "/128"
            yield (one.get("type", "unicast"), destination, one.get("dev", ""), one.get("table", "main"))


def seen_routes():
    return ask("MATCH (r:Route)", "r.kind", "r.destination", "coalesce(r.interface, '')", "r.table")


def mounts():
    for one in json.loads(run("findmnt", "-J", "-l", "-o", "TARGET,FSTYPE"))["filesystems"]:
        yield one["target"], one["fstype"]


def seen_mounts():
    return ask("MATCH (m:Mount)", "m.mountPoint", "m.fileSystem")


def blocks():
    for one in json.loads(run("lsblk", "-J", "-b", "-l", "-o", "NAME,SIZE"))["blockdevices"]:
        yield one["name"], int(one["size"] or 0)


def seen_blocks():
    return ask("MATCH (b:BlockDevice)", "b.name", "coalesce(b.size, 0)")


def packages():
    native = ":" + run("dpkg", "--print-architecture").strip()
    format = "${binary:Package}\\t${Version}\\t${db:Status-Status}\\n"
    for line in run("dpkg-query", "-W", "-f", format).splitlines():
        name, version, state = line.split("\t")
        yield name.removesuffix(native), version, state


def seen_packages():
    return ask("MATCH (p:Package {manager: 'dpkg'})", "p.name", "p.version", "p.state")


def users():
    for line in run("getent", "passwd").splitlines():
        name, _, uid, gid, _, home, shell = line.split(":")
        yield name, int(uid), int(gid), home, shell


def seen_users():
    return ask("MATCH (u:User)", "u.name", "u.uid", "u.gid", "u.home", "u.shell")


def groups():
    for line in run("getent", "group").splitlines():
        name, _, gid, _ = line.split(":")
        yield name, int(gid)


def seen_groups():
    return ask("MATCH (g:Group)", "g.name", "g.gid")


def differences(truth, seen):
    before = set(truth())
    found = set(seen())
    after = set(truth())
    extra = found - (before | after)
    # What came and went between, as who asked did, is gone from the next answer.
    if extra:
        extra &= set(seen())
    return sorted((before & after) - found, key=str), sorted(extra, key=str)


AREAS = {
    "ps": (processes, seen_processes), "the owners of ps": (owners, seen_owners),
    "ss -tulnp": (listeners, seen_listeners), "ip link": (interfaces, seen_interfaces),
    "ip addr": (addresses, seen_addresses), "ip route": (routes, seen_routes),
    "findmnt": (mounts, seen_mounts), "lsblk": (blocks, seen_blocks),
    "dpkg-query": (packages, seen_packages), "getent passwd": (users, seen_users),
    "getent group": (groups, seen_groups),
}

PISCES = sys.argv[1]
for area in sys.argv[2:] or AREAS:
    truth, seen = AREAS[area]
    # A thing that changes between two looks at the machine is told apart by looking again; what
    # is wrong stays so.
    for _ in range(8):
        missing, extra = differences(truth, seen)
        if not missing and not extra:
            break
        time.sleep(0.4)
    count = len(set(truth()))
    if count == 0:
        print(f"FAILED: the graph is what {area} says: that says nothing")
    elif missing or extra:
        print(f"FAILED: the graph is what {area} says: missing {missing[:3]}, extra {extra[:3]}")
    else:
        print(f"ok: the graph is what {area} says: {count}")
