"""A node on a small ext4 that is filled from outside, runs out of inodes, or turns read-only."""

import http.client
import json
import pathlib
import subprocess
import sys
import time

import badinput
import blocks
from badinput import SCRATCH, Node, app, batch, check, cli


def fill(path):
    with open(path, "wb", 0) as file:
        for size in (1 << 20, 65536, 4096):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                pass


def write_until_refused(node, token, most=600):
    """Creates apps of 200 KB until one is refused: the last answer and the names taken."""
    taken, answer = [], (0, None)
    for number in range(most):
        name = f"f{number}"
        answer = node.ask("POST", "/v1/commands", batch(app(name, {"x": "y" * 200000})), token)
        if answer[0] != 200:
            break
        taken.append(name)
    return answer, taken


def resumes(node, token, name):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if node.ask("POST", "/v1/commands", batch(app(name)), token)[0] == 200:
            return True
        time.sleep(0.1)
    return False


def proven(node, token, taken, what):
    lost = [one for one in taken if node.ask("GET", f"/v1/resources/app/{one}", None, token)[0] != 200]
    check(not lost, f"{what}: what was acknowledged is there", lost)
    proof = cli(node.state, "log", "verify")
    check(proof.returncode == 0, f"{what}: log verify", proof.stdout + proof.stderr)


def full_of_bytes():
    image = SCRATCH / "bytes.img"
    blocks.make(image, 64, "-m", "0")
    with blocks.Mount(image, SCRATCH / "bytes") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "a node on an ext4 of 64 MiB starts", getattr(node, "said", ""))
        try:
            token = node.token("--scope", "write")
            node.ask("POST", "/v1/commands", batch(app("before")), token)
            fill(disk.place / "filler")
            (status, answer), taken = write_until_refused(node, token)
            check(status == 507 and answer.get("code") == "diskFull" and answer.get("remedy"),
                  "full: a command is refused with its own code and a remedy", (status, answer))
            status, _ = node.ask("GET", "/v1/resources/app/before", None, token)
            check(status == 200, "full: reads go on", status)
            warnings = node.ask("GET", "/v1/status", None, token)[1].get("warnings")
            check(warnings, "full: status warns", warnings)
            (disk.place / "filler").unlink()
            check(resumes(node, token, "after"), "freed: writes resume by themselves")
            proven(node, token, ["before", "after"] + taken, "freed")
            node.down()
            check(node.process.returncode == 0, "it ends cleanly", node.process.returncode)
            check(node.up(), "and starts again", getattr(node, "said", ""))
            proven(node, token, ["before", "after"] + taken, "started again")
        finally:
            node.down()


def full_at_start():
    """A machine that comes up with a full disk runs and answers; without its reserve it is refused."""
    image = SCRATCH / "start.img"
    blocks.make(image, 64, "-m", "0")
    with blocks.Mount(image, SCRATCH / "start") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "a node starts before its disk is full", getattr(node, "said", ""))
        token = node.token("--scope", "write")
        node.ask("POST", "/v1/commands", batch(app("before")), token)
        reserve = disk.place / "node/reserve"
        end = time.monotonic() + 60
        while not reserve.exists() and time.monotonic() < end:
            time.sleep(0.1)
        check(reserve.exists() and reserve.stat().st_blocks * 512 >= 4 << 20,
              "it sets 4 MiB aside for a start")
        node.down()
        fill(disk.place / "filler")
        for turn in ("first", "second"):
            check(node.up(), f"full: it starts, the {turn} time", getattr(node, "said", ""))
            status, _ = node.ask("GET", "/v1/resources/app/before", None, token)
            check(status == 200, "full: with all it had", status)
            node.down()
        check(not reserve.exists(), "full: the reserve was given away")
        fill(disk.place / "filler2")
        started = node.up()
        check(not started and node.process.returncode == 1 and "disk is full" in node.said
              and "make room" in node.said and str(disk.place) in node.said,
              "nothing left: a start is refused, with the reason and what to do",
              getattr(node, "said", "it started"))
        node.down()
        (disk.place / "filler").unlink()
        (disk.place / "filler2").unlink()
        check(node.up(), "freed: it starts", getattr(node, "said", ""))
        try:
            check(resumes(node, token, "after"), "freed: it takes commands")
            proven(node, token, ["before", "after"], "freed at the start")
        finally:
            node.down()


def full_of_files():
    image = SCRATCH / "inodes.img"
    blocks.make(image, 64, "-m", "0", "-N", "256")
    with blocks.Mount(image, SCRATCH / "inodes") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "a node with 256 inodes starts", getattr(node, "said", ""))
        files = disk.place / "files"
        try:
            token = node.token("--scope", "write")
            files.mkdir()
            try:
                for number in range(10_000):
                    (files / str(number)).touch()
            except OSError:
                pass
            # Segments and tables want new files: some command is refused, none is lost.
            (status, answer), taken = write_until_refused(node, token, 150)
            check(status == 507 and answer.get("code") == "diskFull",
                  "no inodes: a command is refused as on a full disk", (status, answer, len(taken)))
            status, _ = node.ask("GET", "/v1/status", None, token)
            check(status == 200, "no inodes: reads go on", status)
            for one in files.iterdir():
                one.unlink()
            check(resumes(node, token, "after"), "inodes freed: writes resume by themselves")
            proven(node, token, ["after"] + taken, "inodes freed")
        finally:
            node.down(kill=True)


def read_only():
    image = SCRATCH / "ro.img"
    blocks.make(image, 64, "-m", "0")
    with blocks.Mount(image, SCRATCH / "ro") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "a node starts on a file system that can be written", getattr(node, "said", ""))
        token = node.token("--scope", "write")
        node.ask("POST", "/v1/commands", batch(app("before")), token)
        node.down()
    with blocks.Mount(image, SCRATCH / "ro", "ro,noload") as disk:
        node = Node("", state=disk.place / "node")
        started = node.up()
        check(not started and node.process.returncode == 1 and str(disk.place) in node.said
              and "read-only" in node.said.lower(),
              "read-only: a node is refused and the directory is named", getattr(node, "said", "it started"))
        node.down()
    with blocks.Mount(image, SCRATCH / "ro") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "and starts when it can write again", getattr(node, "said", ""))
        status, _ = node.ask("GET", "/v1/resources/app/before", None, token)
        check(status == 200, "with all it had", status)
        node.down()


def turned_read_only():
    """The kernel finds an error on the medium and takes the file system away from writers."""
    image = SCRATCH / "error.img"
    blocks.make(image, 64, "-m", "0")
    with blocks.Mount(image, SCRATCH / "error", "noatime,errors=remount-ro") as disk:
        trigger = pathlib.Path("/sys/fs/ext4", pathlib.Path(disk.device).name, "trigger_fs_error")
        if not trigger.exists():
            print("\x1b[31mskipped: a file system that fails under a node: the kernel has no "
                  "trigger_fs_error\x1b[0m", flush=True)
            return
        node = Node("", state=disk.place / "node")
        check(node.up(), "a node starts before the error", getattr(node, "said", ""))
        try:
            token = node.token("--scope", "write")
            names = [f"e{number}" for number in range(5)]
            taken = [one for one in names
                     if node.ask("POST", "/v1/commands", batch(app(one)), token)[0] == 200]
            trigger.write_text("rig")
            # Space that is there already may take a few; once refused, none is taken.
            late = []
            for number in range(200):
                try:
                    name = f"l{number}"
                    status, answer = node.ask("POST", "/v1/commands", batch(app(name, {"x": "z" * 100000})), token)
                except OSError as error:
                    status, answer = 0, repr(error)
                if not isinstance(answer, dict):
                    answer = {"detail": answer}
                if status != 200:
                    break
                late.append(name)
            check(status != 200, "failed medium: a command is refused", (status, len(late)))
            # After a failed sync nothing in memory can be trusted: the node ends (design/01).
            try:
                node.process.wait(5)
                check(node.process.returncode == 1, "failed medium: the node ends with 1", node.process.returncode)
            except subprocess.TimeoutExpired:
                check(answer.get("code") in ("readOnly", "unavailable", "unknownOutcome", "diskFull"),
                      "failed medium: the refusal has a code", answer)
                check(node.ask("GET", "/v1/resources/app/e0", None, token)[0] == 200,
                      "failed medium: reads go on")
        finally:
            node.down(kill=True)
    blocks.run("sh", "-c", f"e2fsck -fp {image} >/dev/null 2>&1; [ $? -lt 4 ]")
    with blocks.Mount(image, SCRATCH / "error") as disk:
        node = Node("", state=disk.place / "node")
        check(node.up(), "repaired: the node starts", getattr(node, "said", ""))
        proven(node, token, taken + late, "repaired")
        node.down()


def main():
    blocks.need("e2fsck")
    for part in (full_of_bytes, full_at_start, full_of_files, read_only, turned_read_only):
        try:
            part()
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            check(False, f"{part.__name__} goes through", repr(error))
    print(f"{badinput.passed} passed, {badinput.failed} failed")
    return 1 if badinput.failed else 0


if __name__ == "__main__":
    sys.exit(main())
