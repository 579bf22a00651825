"""Small file systems on loop devices, for rigs that fill, break or cut them."""

import os
import pathlib
import shutil
import subprocess
import sys


def skip(why):
    """Ends a rig that cannot run here, in red; the caller counts it."""
    print(f"\x1b[31mskipped: {why}\x1b[0m", flush=True)
    sys.exit(77)


def need(*tools):
    """Skips unless this is root and the tools and a loop device are there."""
    if os.geteuid() != 0:
        skip("needs root, to mount a file system")
    for tool in tools + ("losetup", "mkfs.ext4", "mount", "umount"):
        if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            skip(f"needs {tool}")
    if not pathlib.Path("/dev/loop-control").exists():
        skip("needs loop devices")


def run(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout.strip()


def make(path, mebibytes, *options):
    """An empty ext4 in a sparse file."""
    with open(path, "wb") as file:
        file.truncate(mebibytes << 20)
    run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", *options, path)


class Mount:
    """An image, mounted while the context lasts."""

    def __init__(self, image, place, options="noatime"):
        self.image, self.place, self.options = image, pathlib.Path(place), options

    def __enter__(self):
        self.place.mkdir(exist_ok=True)
        self.device = run("losetup", "-f", "--show", self.image)
        try:
            run("mount", "-o", self.options, self.device, self.place)
        except subprocess.CalledProcessError:
            run("losetup", "-d", self.device)
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.place], capture_output=True).returncode == 0 \
            or subprocess.run(["umount", "-l", self.place], capture_output=True)
        subprocess.run(["losetup", "-d", self.device], capture_output=True)
