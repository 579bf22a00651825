"""What fleet.sh prints. Loads are paced by the clock: a command's time counts from when it was due."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests/Rigs/lib"))
import load  # noqa: E402

PISCES, SCRATCH, TAG = os.environ["PISCES"], os.environ["SCRATCH"], os.environ["tag"]
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS_EACH", "5"))
# What threads of Pisces do, by the beginning of their names: following and applying the log, calls over the network,
# the store's own work, observing and what is written of that.
WORK = {"sensors": ("sensor", "log /machi", "handlers", "serving", "executor"),
        "log": ("follow /", "log /"), "loops": ("NIO",), "store": ("rocksdb",)}


def state(number):
    return f"{SCRATCH}/{number}"


def run(number, *words, inside=False):
    """A command of the CLI about machine `number`, in its network when it starts or joins one."""
    enter = ["nsenter", f"--net=/run/netns/{TAG}{number}"] if inside else []
    done = subprocess.run([*enter, PISCES, *words, "--state", state(number)],
                          capture_output=True, text=True, timeout=90)
    if done.returncode:
        raise SystemExit(f"{words} on n{number}: {done.stderr[-400:]}")
    return done.stdout


def join(number):
    invitation = run(1, "node", "invite").strip()
    bus = f"10.79.0.{number}:7118"
    run(number, "node", "join", invitation, "--name", f"n{number}", "--bus", bus, inside=True)
    run(number, "up", "--name", f"n{number}", "--listen", "127.0.0.1:0", "--bolt", "127.0.0.1:0",
        "--bus", bus, "--background", inside=True)


def wait(what, condition, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        nodes = json.loads(run(1, "node", "list", "-o", "json"))
        if condition(nodes):
            return
        time.sleep(0.1)
    raise SystemExit(f"{what} did not come within {seconds} s")


def quantile(part, values):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else 0


class Pacer:
    """So many commands a second through machine 1, by several clients that take turns."""

    def __init__(self, rate=200, clients=8):
        self.rate, self.clients = rate, clients
        self.answers, self.failed = [], 0  # (due, answered)
        self.over, self.lock = threading.Event(), threading.Lock()
        self.begin = time.monotonic() + 0.1
        self.threads = [threading.Thread(target=self.client, args=(n,), daemon=True)
                        for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def client(self, number):
        connection, turn = load.Unix(state(1) + "/pisces.sock"), number
        while not self.over.is_set():
            due = self.begin + turn / self.rate
            time.sleep(max(0, due - time.monotonic()))
            body = {"commands": [{"apply": {
                "type": "config", "name": f"paced-{number}", "data": {"text": str(turn)}}}]}
            try:
                status, _ = load.call(connection, "POST", "/v1/commands", body)
            except (OSError, load.http.client.HTTPException):
                status, connection = 0, load.Unix(state(1) + "/pisces.sock")
            with self.lock:
                if status == 200:
                    self.answers.append((due, time.monotonic()))
                else:
                    self.failed += 1
            turn += self.clients

    def between(self, begin, end):
        """The times of the commands that were due then, and the longest time without an answer."""
        with self.lock:
            times = [done - due for due, done in self.answers if begin <= due < end]
            answers = sorted(done for _, done in self.answers if begin <= done < end)
        gaps = [after - before for before, after in zip(answers, answers[1:])]
        return times, max(gaps, default=0)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(10)


def switches():
    pacer = Pacer()
    time.sleep(2)
    steady, _ = pacer.between(pacer.begin, time.monotonic())
    times, pauses = [], []
    for _ in range(ROUNDS):
        begin = time.monotonic()
        for number in (2, 3):
            join(number)
        wait("etcd", lambda nodes: nodes["log"]["rests"] == "etcd" and sum(
            1 for one in nodes["items"] if one.get("member") == "healthy") == 3)
        time.sleep(1)
        middle = time.monotonic()
        for number in (2, 3):
            run(1, "node", "remove", f"n{number}")
            wait("a smaller fleet", lambda nodes: f"n{number}" not in [
                one["name"] for one in nodes["items"] if one.get("member") == "healthy"])
        wait("files", lambda nodes: nodes["log"]["rests"] == "files of this machine")
        time.sleep(1)
        for span in ((begin, middle), (middle, time.monotonic())):
            some, pause = pacer.between(*span)
            times += some
            pauses.append(pause)
        for number in (2, 3):
            run(number, "down")
            shutil.rmtree(state(number))
    pacer.stop()
    print(f"switch/pisces p99us={quantile(.99, times) * 1e6:.0f} maxus={max(times) * 1e6:.0f} "
          f"pauseus={max(pauses) * 1e6:.0f} steadyus={quantile(.99, steady) * 1e6:.0f} "
          f"failed={pacer.failed} commands={len(times)}", flush=True)


def commands():
    """One client, one command after the other, at the machine with the pen."""
    times, connection = [], load.Unix(state(1) + "/pisces.sock")
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        begin = time.monotonic()
        status, answer = load.call(connection, "POST", "/v1/commands", {"commands": [{"apply": {
            "type": "config", "name": "one", "data": {"text": str(begin)}}}]})
        if status != 200:
            raise SystemExit(f"a command was refused: {answer}")
        times.append(time.monotonic() - begin)
    print(f"fleetcommand/pisces p50us={quantile(.5, times) * 1e6:.0f} "
          f"p99us={quantile(.99, times) * 1e6:.0f} ops={len(times) / SECONDS:.0f}", flush=True)


def follower(seconds):
    """A fourth machine, which has no member of etcd and runs nothing: idle, then behind 200 commands a second."""
    join(4)
    pid = int("".join(c for c in pathlib.Path(state(4), "lock").read_text() if c.isdigit()))

    def taken():
        """Octets in and out, and nanoseconds of the processor by what the threads do."""
        own = [line for line in pathlib.Path(f"/proc/{pid}/net/dev").read_text().splitlines()
               if line.strip().startswith("eth0:")]
        if not own:
            raise SystemExit("the follower has no eth0")
        words = own[0].split(":")[1].split()
        amounts = dict.fromkeys(("bytes", *WORK, "rest"), 0)
        amounts["bytes"] = int(words[0]) + int(words[8])
        for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                name, spent = (thread / "comm").read_text(), (thread / "schedstat").read_text()
            except FileNotFoundError:
                continue  # It has ended; it did little.
            kind = next((kind for kind, names in WORK.items() if name.startswith(names)), "rest")
            amounts[kind] += int(spent.split()[0])
        return amounts

    def each_second():
        before = taken()
        time.sleep(seconds)
        after = taken()
        return {kind: (after[kind] - before[kind]) / seconds for kind in after}

    time.sleep(30)
    idle = each_second()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    print(f"follower/pisces mb={resident / 1024:.1f} bytes={idle['bytes']:.0f}", flush=True)
    rate = 200
    pacer = Pacer(rate=rate)
    time.sleep(1)
    behind = each_second()
    pacer.stop()
    each = {kind: (behind[kind] - idle[kind]) / rate for kind in behind}
    octets = each.pop("bytes")
    parts = " ".join(f"{kind}us={spent / 1000:.1f}" for kind, spent in each.items())
    print(f"followed/pisces bytes={octets:.0f} cpuus={sum(each.values()) / 1000:.1f} {parts}",
          flush=True)


switches()
for number in (2, 3):
    join(number)
wait("etcd", lambda nodes: nodes["log"]["rests"] == "etcd" and sum(
    1 for one in nodes["items"] if one.get("member") == "healthy") == 3)
commands()
follower(6 * SECONDS)
