"""Looks for planted texts where they must not be. The texts come on standard input, a line each, never as arguments.

    planted.py files FOLDER…          every file below, names and links among it, across mounts
    planted.py files --memory FOLDER… the same, but for mounts named `private` that are memory
    planted.py processes [PID…]       arguments of all processes; environment of all but these and what they started

Says where it found one, never what, and ends with 1 when it did, with 2 when it could not look.
"""

import base64
import os
import stat
import sys

PIECE, FRAGMENT = 1 << 20, 16


def forms(text):
    """The text and what it looks like in other clothes; of each a part, so that a cut one is found."""
    raw = text.encode()
    yield "the text", raw
    yield "its end", raw[-FRAGMENT:]
    yield "its beginning", raw[:FRAGMENT]
    yield "it in UTF-16", raw.decode().encode("utf-16-le")
    yield "it reversed", raw[::-1]
    for name, digits in (("hex", raw.hex()), ("capital hex", raw.hex().upper())):
        yield name, digits.encode()
    for shift in range(3):
        # Base 64 of the text behind 0, 1 or 2 other bytes: the first and last group mix with what is beside.
        for name, alphabet in (("base 64", base64.b64encode), ("URL-safe base 64", base64.urlsafe_b64encode)):
            code = alphabet(b"\0" * shift + raw).rstrip(b"=")
            yield f"{name}, {shift} bytes in", code[4:-4]


def needles(texts):
    return [(name, form) for text in texts for name, form in forms(text) if len(form) >= FRAGMENT]


def found_in(data, wanted):
    return sorted({name for name, form in wanted if form in data})


def memory_mounts():
    """Mount points of file systems in memory, by path."""
    points = set()
    with open("/proc/self/mountinfo") as mounts:
        for line in mounts:
            fields, _, rest = line.partition(" - ")
            if rest.split()[0] in ("tmpfs", "ramfs"):
                points.add(fields.split()[4].encode().decode("unicode_escape"))
    return points


def read(path, wanted):
    """What of the texts a file has, read in pieces that overlap."""
    longest = max(len(form) for _, form in wanted)
    found, tail = set(), b""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
        while piece := file.read(PIECE):
            data = tail + piece
            found.update(found_in(data, wanted))
            tail = data[-longest:]
    return found


def files(folders, wanted, apart):
    """The places in files, in their names and in what links lead to; `apart` are not entered."""
    looked, places, troubles = 0, [], []
    for top in folders:
        for folder, inner, names in os.walk(top, onerror=lambda error: troubles.append(str(error))):
            inner[:] = [name for name in inner if os.path.join(folder, name) not in apart]
            for name in inner + names:
                path = os.path.join(folder, name)
                try:
                    kind = os.lstat(path).st_mode
                    found = set(found_in(os.fsencode(name), wanted))
                    if stat.S_ISLNK(kind):
                        found.update(found_in(os.fsencode(os.readlink(path)), wanted))
                    elif stat.S_ISREG(kind):
                        looked += 1
                        found.update(read(path, wanted))
                except FileNotFoundError:
                    continue
                except OSError as error:
                    troubles.append(str(error))
                    continue
                places += [f"{path}: {', '.join(sorted(found))}"] if found else []
    return looked, places, troubles


def family(pids):
    """These processes, what they started, and what shares a pid namespace of their own with them."""
    parents, spaces = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            spaces[int(name)] = os.readlink(f"/proc/{name}/ns/pid")
        except OSError:
            continue
    ours = os.readlink("/proc/self/ns/pid")
    own = {spaces[pid] for pid in pids if pid in spaces} - {ours}
    members = set(pids) | {pid for pid, space in spaces.items() if space in own}
    grows = True
    while grows:
        more = {pid for pid, parent in parents.items() if parent in members} - members
        members |= more
        grows = bool(more)
    return members


def processes(pids, wanted):
    members, looked, places = family(pids), 0, []
    for name in filter(str.isdigit, os.listdir("/proc")):
        parts = ["cmdline", "comm"] + ([] if int(name) in members else ["environ"])
        for part in parts:
            try:
                with open(f"/proc/{name}/{part}", "rb") as file:
                    found = found_in(file.read(), wanted)
            except OSError:
                continue
            looked += 1
            places += [f"/proc/{name}/{part}: {', '.join(found)}"] if found else []
    return looked, places, []


def main():
    what, rest = sys.argv[1], sys.argv[2:]
    wanted = needles(line for line in sys.stdin.read().split("\n") if line)
    if not wanted:
        print("no text of 16 characters or more is given")
        return 2
    if what == "processes":
        looked, places, troubles = processes([int(pid) for pid in rest], wanted)
    else:
        memory = "--memory" in rest
        folders = [os.path.realpath(name) for name in rest if name != "--memory"]
        apart = {point for point in memory_mounts() if os.path.basename(point) == "private"} if memory else set()
        looked, places, troubles = files(folders, wanted, apart)
    for line in places + troubles:
        print(line)
    if not looked or troubles:
        return 2
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
