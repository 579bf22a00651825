"""What watches by the thousand cost a real member of etcd, a line for each number of them: as machines that follow a log
hold them, one connection each over mutual TLS, through the JSON gateway.

    watches.py 250 1000 4000

Prints the member's resident memory for each watch, its processor time and the bytes for each entry that reaches one, and
the time until the last one has it. Loopback; the member and all watchers share this machine's cores.
"""

import asyncio
import base64
import json
import os
import pathlib
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

ENTRIES, SIZE, AT_ONCE = 40, 256, 64


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def certificates(folder):
    """An authority, and one certificate of it that serves and asks."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority")
    openssl("req", "-x509", *curve, "-keyout", "key.pem", "-out", "own.pem", "-subj", "/CN=member",
            "-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "extendedKeyUsage=serverAuth,clientAuth",
            "-addext", "basicConstraints=CA:FALSE")


class Member:
    """One member of etcd in a folder of its own."""

    def __init__(self, folder):
        certificates(folder)
        self.port, peer = free_port(), free_port()
        url, own = f"https://127.0.0.1:{self.port}", f"http://127.0.0.1:{peer}"
        self.process = subprocess.Popen(
            ["etcd", "--name", "one", "--data-dir", f"{folder}/data", "--listen-client-urls", url,
             "--advertise-client-urls", url, "--listen-peer-urls", own,
             "--initial-advertise-peer-urls", own, "--initial-cluster", f"one={own}",
             "--cert-file", f"{folder}/own.pem", "--key-file", f"{folder}/key.pem",
             "--trusted-ca-file", f"{folder}/ca.pem", "--client-cert-auth"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
        self.context.load_cert_chain(f"{folder}/own.pem", f"{folder}/key.pem")
        for _ in range(100):
            try:
                self.ask("/v3/maintenance/status", {})
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("etcd does not answer")

    def ask(self, path, body):
        request = urllib.request.Request(
            f"https://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, context=self.context, timeout=10) as answer:
            return json.load(answer)

    def resident(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS")) * 1024

    def spent(self):
        """Seconds of the processor."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Watch:
    """A watch of all entries below `log/`."""

    def __init__(self, reader, writer):
        self.reader, self.writer, self.octets, self.seen = reader, writer, 0, 0

    @classmethod
    async def open(cls, member, gate):
        async with gate:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", member.port, ssl=member.context)
            body = json.dumps({"create_request": {
                "key": text("log/"), "range_end": text("log0")}}).encode()
            writer.write(b"POST /v3/watch HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                         % len(body) + body)
            one = cls(reader, writer)
            while b'"created":true' not in await reader.readline():
                pass
            return one

    async def take(self, count):
        """Reads until it has seen so many entries more."""
        count += self.seen
        while self.seen < count:
            line = await self.reader.readline()
            if not line:
                raise SystemExit("a watch ended")
            self.octets += len(line)
            self.seen += line.count(b'"kv"')


def text(value):
    return base64.b64encode(value.encode()).decode()


async def main(counts):
    folder = tempfile.mkdtemp(prefix="pisces-watches.")
    member = Member(folder)
    try:
        loop, gate, watches = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE), []
        empty, number = member.resident(), 0
        for count in counts:
            watches += await asyncio.gather(
                *[Watch.open(member, gate) for _ in range(count - len(watches))])
            await asyncio.sleep(2)
            grown = (member.resident() - empty) / count
            before, octets, slowest = member.spent(), sum(w.octets for w in watches), []
            for _ in range(ENTRIES):
                number += 1
                takes = [asyncio.ensure_future(watch.take(1)) for watch in watches]
                begin = time.monotonic()
                await loop.run_in_executor(None, member.ask, "/v3/kv/put", {
                    "key": text(f"log/{number:08}"), "value": text("x" * SIZE)})
                await asyncio.gather(*takes)
                slowest.append(time.monotonic() - begin)
            each = ENTRIES * count
            print(f"watches={count} bytes={grown:.0f} "
                  f"cpuus={(member.spent() - before) / each * 1e6:.1f} "
                  f"sent={(sum(w.octets for w in watches) - octets) / each:.0f} "
                  f"lastms={sorted(slowest)[ENTRIES // 2] * 1e3:.0f}", flush=True)
    finally:
        member.process.terminate()
        member.process.wait()
        shutil.rmtree(folder)


wanted = sorted({int(word) for word in sys.argv[1:]})
if not wanted or wanted[0] < 1:
    raise SystemExit(__doc__)
most = wanted[-1] + 256
resource.setrlimit(resource.RLIMIT_NOFILE, (most, max(most, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
asyncio.run(main(wanted))
