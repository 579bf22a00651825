"""Creates notes through the socket of a node that is killed again and again, and checks them."""

import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import quote


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def call(connection, method, path, body=None):
    connection.request(method, path, None if body is None else json.dumps(body))
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else None


class Client(threading.Thread):
    """One client: sends commands one after the other, each again until it knows the outcome."""

    def __init__(self, rig, number):
        super().__init__(daemon=True)
        self.rig, self.name_ = rig, f"client-{number}"
        # An identifier: 26 characters of Crockford's base 32, at most 128 bits.
        self.identity = "0" + "".join(rig.random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=25))
        self.acknowledged, self.sent, self.trouble = {}, 0, []

    def run(self):
        connection, sequence = None, 0
        while not self.rig.over.is_set() or sequence != len(self.acknowledged):
            if sequence == len(self.acknowledged):
                sequence += 1
                self.sent = sequence
            name = f"{self.name_}-{sequence}"
            body = {
                "session": {"client": self.identity, "sequence": sequence},
                "commands": [{"create": {
                    "type": "app", "name": name,
                    "data": {"version": "1", "components": {}}}}],
            }
            try:
                if connection is None:
                    connection = Unix(self.rig.socket)
                status, answer = call(connection, "POST", "/v1/commands", body)
            except (OSError, http.client.HTTPException, ValueError):
                connection = None
                if self.rig.give_up.is_set():
                    return
                time.sleep(0.005)
                continue
            if status == 200:
                result = answer["results"][0]
                if answer.get("repeated"):
                    self.rig.repeated.add(name)
                self.acknowledged[name] = (result["id"], answer["position"])
            elif status == 503:
                time.sleep(0.01)
            else:
                self.trouble.append(f"{name}: {status} {answer}")
                return


class Rig:
    def __init__(self):
        self.pisces, self.state = os.environ["PISCES"], os.environ["PISCES_STATE"]
        self.kills = int(os.environ.get("KILLS", "40"))
        self.clients_ = int(os.environ.get("CLIENTS", "4"))
        seed = int(os.environ.get("SEED", "0")) or int.from_bytes(os.urandom(4), "big")
        print(f"note: {self.kills} kills, {self.clients_} clients, SEED={seed}", flush=True)
        self.random = random.Random(seed)
        self.socket = self.state + "/pisces.sock"
        self.over, self.give_up = threading.Event(), threading.Event()
        self.failed = self.passed = 0
        self.starts, self.repeated = [], set()

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}: {str(detail)[:500]}", flush=True)
        return good

    def say(self, good, what, detail=""):
        if self.check(good, what, detail):
            print(f"ok: {what}", flush=True)

    def up(self):
        begin = time.monotonic()
        with open(self.state + ".log", "ab") as log:
            node = subprocess.Popen(
                [self.pisces, "up", "--state", self.state, "--listen", "127.0.0.1:0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        while time.monotonic() < begin + 30 and node.poll() is None:
            try:
                status, _ = call(Unix(self.socket), "GET", "/v1/status")
                if status == 200:
                    self.starts.append(time.monotonic() - begin)
                    return node
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.005)
        raise SystemExit(f"FAILED: the node did not start, exit {node.poll()}: "
                         + pathlib.Path(self.state + ".log").read_text()[-600:])

    def run_cli(self, *arguments):
        return subprocess.run([self.pisces, *arguments, "--state", self.state],
                              capture_output=True, text=True, timeout=30)

    def present(self):
        """Every app there is: its name and the identifiers that have it."""
        found, after = {}, None
        connection = Unix(self.socket)
        while True:
            page = "/v1/resources/app?all=true&limit=1000"
            status, answer = call(connection, "GET", page + (f"&after={quote(after)}" if after else ""))
            if status != 200:
                raise SystemExit(f"FAILED: list: {status} {answer}")
            for one in answer["items"]:
                found.setdefault(one["name"], []).append(one["id"])
            after = answer.get("next")
            if not after:
                return found

    def compare(self, clients, when):
        before = [list(one.acknowledged) for one in clients]
        found = self.present()
        for one, acknowledged in zip(clients, before):
            lost = [name for name in acknowledged
                    if name not in found]
            self.check(not lost, f"all of {one.name_} is there {when}", lost[:5])
        double = [name for name, ids in found.items() if len(ids) > 1]
        self.check(not double, f"nothing is there twice {when}", double[:5])

    def creations(self):
        """How often the fleet log creates each name."""
        counts, position = {}, 1
        connection = Unix(self.socket)
        while True:
            status, page = call(connection, "GET", f"/v1/log?log=fleet&from={position}&limit=1000")
            if status != 200:
                raise SystemExit(f"FAILED: log: {status} {page}")
            for entry in page["entries"]:
                self.check(entry["position"] >= position, "positions ascend", entry["position"])
                position = entry["position"] + 1
                for command in entry["commands"]:
                    if command["action"] == "create" and command.get("type") == "app":
                        name = command.get("name") or command["id"]
                        counts[name] = counts.get(name, 0) + 1
            if not page["entries"] or position > page["tail"]:
                return counts

    def main(self):
        node = self.up()
        clients = [Client(self, number) for number in range(self.clients_)]
        for one in clients:
            one.start()
        try:
            for kill in range(1, self.kills + 1):
                time.sleep(self.random.uniform(0.0, 0.25) ** 1.3)
                node.send_signal(signal.SIGKILL)
                node.wait()
                node = self.up()
                if kill % 10 == 0:
                    print(f"note: {kill} kills, {sum(len(one.acknowledged) for one in clients)}"
                          f" acknowledged, started in {self.starts[-1] * 1000:.0f} ms", flush=True)
                if kill % 5 == 0 or kill == self.kills:
                    self.compare(clients, f"after kill {kill}")
                for one in clients:
                    self.check(not one.trouble, f"{one.name_} was not refused", one.trouble)
                if self.failed > 20:
                    break
            self.over.set()
            for one in clients:
                one.join(20)
            self.give_up.set()
            self.finish(clients)
        finally:
            self.give_up.set()
            node.terminate()
            try:
                code = node.wait(10)
                self.say(code == 0, "SIGTERM ends the node cleanly", code)
            except subprocess.TimeoutExpired:
                node.kill()
                self.say(False, "SIGTERM ends the node within 10 s")
        total = sum(len(one.acknowledged) for one in clients)
        print(f"note: {total} acknowledged; slowest start {max(self.starts) * 1000:.0f} ms,"
              f" median {sorted(self.starts)[len(self.starts) // 2] * 1000:.0f} ms")
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0

    def finish(self, clients):
        total = sum(len(one.acknowledged) for one in clients)
        self.say(total >= self.kills, "the load was a load", total)
        found = self.present()
        wanted = {name: id_ for one in clients for name, (id_, _) in one.acknowledged.items()}
        unknown = {f"{one.name_}-{one.sent}" for one in clients
                   if one.sent != len(one.acknowledged)}
        lost = [name for name in wanted if name not in found]
        self.say(not lost, "every acknowledged command is there", lost[:5])
        other = [f"{name}: answered {wanted[name]}, is {found[name]}, repeated:"
                 f" {name in self.repeated}" for name in wanted
                 if name in found and found[name] != [wanted[name]]]
        self.say(not other, "every answer has the identifier that the command gave",
                 f"{len(other)}: {other[:3]}")
        extra = [name for name in found if name not in wanted and name not in unknown]
        self.say(not extra, "nothing is there that was not acknowledged", extra[:5])
        counts = self.creations()
        twice = [name for name, count in counts.items() if count > 1]
        self.say(not twice, "no command is in the log twice", twice[:5])
        self.say(sum(counts.values()) == len(found), "the log has what the graph has",
                 f"{sum(counts.values())} creations, {len(found)} apps")
        ordered = all(
            positions == sorted(positions) and len(set(positions)) == len(positions)
            for positions in ([p for _, p in one.acknowledged.values()] for one in clients))
        self.say(ordered, "each client's commands are in its order")
        proof = self.run_cli("log", "verify")
        self.say(proof.returncode == 0 and "no edit" in proof.stdout, "log verify",
                 proof.stdout + proof.stderr)


if __name__ == "__main__":
    sys.exit(Rig().main())
