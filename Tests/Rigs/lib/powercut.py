"""Cuts the power of a node's disk at every flush, and after it, and looks at what is left.

The node writes to an ext4 on a loop device over a file that qemu-storage-daemon exports through FUSE; its
driver blklogwrites records each write and flush in the format of the kernel's dm-log-writes
(Documentation/admin-guide/device-mapper/log-writes.rst). From the record this rig makes the images a disk may
have after a cut: all writes up to a flush, and beyond it any subset of what was not flushed, some torn between
sectors. Each is mounted, a node starts on it, and what was acknowledged before the cut must be there, none twice.

STATES (30), SEED; KEEP names a folder for the images of cuts that lost something.
"""

import http.client
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import time

import badinput
import blocks
from badinput import SCRATCH, Node, app, batch, check, cli

SECTOR, MEBIBYTES = 512, 160
MAGIC, FLUSH, FUA, DISCARD, MARK = 0x6A736677736872, 1, 2, 4, 8


class Recorder:
    """The file to put a loop device on; what is written to it is recorded."""

    def __init__(self, base):
        self.data, self.log, self.file = base, SCRATCH / "writes", SCRATCH / "disk"
        self.log.touch()
        self.file.touch()

    def __enter__(self):
        said = open(SCRATCH / "daemon.log", "wb")
        self.process = subprocess.Popen(
            ["qemu-storage-daemon",
             "--blockdev", f"driver=file,node-name=data,filename={self.data}",
             "--blockdev", f"driver=file,node-name=log,filename={self.log}",
             "--blockdev", "driver=blklogwrites,node-name=both,file=data,log=log,log-sector-size=512",
             "--export", f"type=fuse,id=disk,node-name=both,mountpoint={self.file},writable=on"],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        end = time.monotonic() + 5
        while not os.path.ismount(self.file):
            if time.monotonic() > end or self.process.poll() is not None:
                why = (SCRATCH / "daemon.log").read_text(errors="replace").strip()[-200:]
                self.__exit__()
                blocks.skip(f"qemu-storage-daemon cannot export here: {why}")
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def size(self):
        """How far the record has grown."""
        return os.stat(self.log).st_size


def entries(path):
    """The record: for each entry its end in the file, its flags, where it writes, and what."""
    data = path.read_bytes()
    magic, version, _, size = struct.unpack_from("<QQQI", data)
    if (magic, version, size) != (MAGIC, 1, SECTOR):
        raise ValueError(f"the record begins with {data[:28]!r}")
    found, at = [], SECTOR
    while at + SECTOR <= len(data):
        sector, count, flags, length = struct.unpack_from("<QQQQ", data, at)
        at += SECTOR
        if flags & MARK:
            at += -(-length // SECTOR) * SECTOR
            continue
        content = b"" if flags & DISCARD else data[at:at + count * SECTOR]
        at += len(content)
        if at <= len(data):
            found.append((at, flags, sector * SECTOR, content, count * SECTOR))
    return found


def write(file, entry):
    _, flags, offset, content, length = entry
    file.seek(offset)
    file.write(bytes(length) if flags & DISCARD else content)


def load(recorder):
    """A node under load until a kill: the acknowledged, with the length of the record when each was heard of."""
    acknowledged = []
    with blocks.Mount(recorder.file, SCRATCH / "live") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "a node starts on the recorded disk", getattr(node, "said", ""))
        start = recorder.size()
        token = node.token("--scope", "write")
        end, number = time.monotonic() + 3, 0
        connection = http.client.HTTPConnection(node.host, node.port, timeout=10)
        while time.monotonic() < end:
            number += 1
            name = f"a{number}"
            body = json.dumps(batch(app(name, {"x": "y" * random.choice((10, 300, 5000, 60_000))})))
            connection.request("POST", "/v1/commands", body, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status == 200:
                result = json.loads(text)["results"][0]
                acknowledged.append((name, result["id"], recorder.size()))
            else:
                check(False, "the load is taken", text)
                break
        node.down(kill=True)
    return start, acknowledged


def states(found, start, wanted):
    """The cuts: how many entries are whole, and for those behind them up to the next flush, which sectors."""
    flushes = [index for index, entry in enumerate(found) if entry[1] & (FLUSH | FUA) and entry[0] > start]
    chosen = sorted(random.sample(flushes, min(wanted, len(flushes))))
    for turn, index in enumerate(chosen):
        later = next((one for one in flushes if one > index), len(found) - 1)
        window = found[index + 1:later + 1]
        yield index, [] if turn % 3 == 0 else [
            (entry, tear(entry) if turn % 3 == 2 else None) for entry in window if random.random() < 0.5]


def tear(entry):
    """Some of the sectors of a write; None for all."""
    count = entry[4] // SECTOR
    return [one for one in range(count) if random.random() < 0.7] if random.random() < 0.5 else None


def judge(image, expected, what):
    """Starts a node on an image. Gives what is wrong, or None."""
    try:
        with blocks.Mount(image, SCRATCH / "after") as disk:
            node = Node("", state=disk.place / "node")
            if not node.up():
                return f"{what}: the node does not start: {getattr(node, 'said', '')[-300:]}"
            try:
                token = node.token()
                names, page = {}, {}
                while page is not None:
                    after = f"&after={page['next']}" if page.get("next") else ""
                    code, page = node.ask("GET", f"/v1/resources/app?all=true&limit=1000{after}", None, token)
                    if code != 200:
                        return f"{what}: the list is refused: {page}"
                    for one in page["items"]:
                        if one["name"] in names:
                            return f"{what}: {one['name']} is there twice"
                        names[one["name"]] = one["id"]
                    page = page if page.get("next") else None
                lost = [name for name, identity in expected if names.get(name) != identity]
                if lost:
                    return f"{what}: {len(lost)} of {len(expected)} acknowledged are lost, first {lost[0]}"
                proof = cli(node.state, "log", "verify")
                said = f"{what}: {proof.stdout}{proof.stderr}"
                return said if proof.returncode else None
            finally:
                node.down(kill=True)
    except subprocess.CalledProcessError as error:
        return f"{what}: {error.stderr}"


def main():
    blocks.need("qemu-storage-daemon")
    if not os.path.exists("/dev/fuse"):
        blocks.skip("needs /dev/fuse")
    seed, wanted = int(os.environ.get("SEED", "1")), int(os.environ.get("STATES", "30"))
    random.seed(seed)
    base, live = SCRATCH / "base.img", SCRATCH / "live.img"
    blocks.make(base, MEBIBYTES, "-m", "0", "-J", "size=4")
    subprocess.run(["cp", "--sparse=always", base, live], check=True)
    with Recorder(live) as recorder:
        start, acknowledged = load(recorder)
    found = entries(recorder.log)
    check(len(acknowledged) > 50, "enough was acknowledged under load", len(acknowledged))
    wrong, done, written = [], 0, 0
    with open(base, "r+b") as whole:
        for index, extra in states(found, start, wanted):
            for entry in found[written:index + 1]:
                write(whole, entry)
            written = index + 1
            whole.flush()
            image = SCRATCH / "cut.img"
            subprocess.run(["cp", "--sparse=always", base, image], check=True)
            with open(image, "r+b") as cut:
                for entry, sectors in extra:
                    if sectors is None:
                        write(cut, entry)
                    for sector in sectors or []:
                        part = entry[3][sector * SECTOR:(sector + 1) * SECTOR] or bytes(SECTOR)
                        cut.seek(entry[2] + sector * SECTOR)
                        cut.write(part)
            expected = [(name, identity) for name, identity, size in acknowledged if size <= found[index][0]]
            trouble = judge(image, expected, f"seed {seed}, cut behind write {index} and {len(extra)} more")
            done += 1
            if trouble:
                wrong.append(trouble)
                if keep := os.environ.get("KEEP"):
                    shutil.copy(image, pathlib.Path(keep) / f"cut-{seed}-{index}.img")
    print(f"note: {len(acknowledged)} acknowledged, {len(found)} writes, {done} cuts")
    check(done >= min(wanted, 20) and not wrong, "what was acknowledged survives a cut of the power", wrong[:3])
    print(f"{badinput.passed} passed, {badinput.failed} failed")
    return 1 if badinput.failed else 0


if __name__ == "__main__":
    sys.exit(main())
