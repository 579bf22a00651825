"""Clients write through all machines of a fleet while its network, nodes and members of etcd fail; then all
acknowledged commands must be there once, and all machines must have the same log."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import load


class Machine:
    """One machine in its network namespace."""

    def __init__(self, rig, number):
        self.rig, self.number = rig, number
        self.state = f"{os.environ['SCRATCH']}/{number}"
        self.socket = self.state + "/pisces.sock"
        self.enter = ["nsenter", f"--net=/run/netns/{os.environ['tag']}{number}"]
        self.net = f"{os.environ['tag']}{number}"

    def node(self):
        return int("".join(c for c in pathlib.Path(self.state, "lock").read_text() if c.isdigit()))

    def member(self):
        """The process of its member of etcd, when it has one."""
        listed = subprocess.run(["ip", "netns", "pids", self.net], capture_output=True, text=True)
        for pid in listed.stdout.split():
            try:
                if pathlib.Path("/proc", pid, "comm").read_text().strip() == "etcd":
                    return int(pid)
            except OSError:
                continue
        return None

    def rules(self, *rules):
        """Packets of its interface meet these rules; none lets all pass."""
        text = "table inet fault\ndelete table inet fault\n"
        if rules:
            text += "table inet fault {\n" + "".join(
                f"chain {hook} {{ type filter hook {hook} priority 0; {rule} }}\n"
                for hook, rule in rules) + "}\n"
        subprocess.run([*self.enter, "nft", "-f", "-"], input=text, text=True, check=True)

    def apart(self, others):
        """Nothing passes between this machine and those."""
        if others:
            addresses = ", ".join(f"10.79.0.{one.number}" for one in others)
            self.rules(("input", f"ip saddr {{ {addresses} }} drop;"),
                       ("output", f"ip daddr {{ {addresses} }} drop;"))
        else:
            self.rules()

    def start(self):
        subprocess.run(
            [*self.enter, self.rig.pisces, "up", "--state", self.state, "--name", f"n{self.number}",
             "--listen", "127.0.0.1:0", "--bolt", "127.0.0.1:0", "--bus", f"10.79.0.{self.number}:7118",
             "--background"], check=True, capture_output=True, timeout=60)

    def join(self, invitation):
        subprocess.run(
            [*self.enter, self.rig.pisces, "node", "join", invitation, "--state", self.state,
             "--name", f"n{self.number}", "--bus", f"10.79.0.{self.number}:7118"],
            check=True, capture_output=True, timeout=60)

    def log(self):
        """Position, author and first identifier of each entry of the fleet log."""
        found, position = [], 1
        connection = load.Unix(self.socket)
        while True:
            status, page = load.call(
                connection, "GET", f"/v1/log?log=fleet&from={position}&limit=1000")
            if status != 200:
                raise SystemExit(f"FAILED: the log of n{self.number}: {status} {page}")
            for entry in page["entries"]:
                found.append(json.dumps(entry, sort_keys=True))
                position = entry["position"] + 1
            if not page["entries"] or position > page["tail"]:
                return found


class FleetRig(load.Rig):
    """A fault at a time on one machine, so that the others are a majority; of five machines also two
    that are cut off together, a network that is a ring, and one that leaves and comes anew."""

    def __init__(self):
        super().__init__()
        self.seconds = float(os.environ.get("SECONDS_OF_FAULTS", "40"))
        self.machines = [
            Machine(self, number) for number in range(1, int(os.environ.get("MACHINES", "3")) + 1)]
        self.counts = {}

    @property
    def socket(self):
        """Clients go to any machine that stays; after a failure to any other."""
        return self.random.choice(self.machines[:4]).socket

    @socket.setter
    def socket(self, _):
        pass

    # The faults: each lasts for so many seconds and is mended at its end.

    def cut(self, machine, seconds):
        machine.rules(("input", 'iifname "eth0" drop;'), ("output", 'oifname "eth0" drop;'))
        time.sleep(seconds)
        machine.rules()

    def deafen(self, machine, seconds):
        machine.rules(("input", 'iifname "eth0" drop;'))
        time.sleep(seconds)
        machine.rules()

    def mute(self, machine, seconds):
        machine.rules(("output", 'oifname "eth0" drop;'))
        time.sleep(seconds)
        machine.rules()

    def lose(self, machine, seconds):
        percent = self.random.randint(5, 30)
        machine.rules(("input", f'iifname "eth0" numgen random mod 100 < {percent} drop;'))
        time.sleep(seconds)
        machine.rules()

    def stop(self, machine, seconds):
        pid = machine.node()
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def stop_member(self, machine, seconds):
        pid = machine.member()
        if pid:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.kill(pid, signal.SIGCONT)

    def kill(self, machine, seconds):
        os.kill(machine.node(), signal.SIGKILL)
        time.sleep(seconds)
        machine.start()

    def kill_member(self, machine, seconds):
        pid = machine.member()
        if pid:
            os.kill(pid, signal.SIGKILL)
        time.sleep(seconds)

    def kill_both(self, machine, seconds):
        pid = machine.member()
        os.kill(machine.node(), signal.SIGKILL)
        if pid:
            os.kill(pid, signal.SIGKILL)
        time.sleep(seconds)
        machine.start()

    # Those of five machines.

    def halves(self, machine, seconds):
        """This machine and the next one see each other, and none of the three others."""
        pair = [machine, self.machines[machine.number % len(self.machines)]]
        rest = [one for one in self.machines if one not in pair]
        for one in pair:
            one.apart(rest)
        time.sleep(seconds)
        for one in pair:
            one.apart([])

    def ring(self, _, seconds):
        """Each sees its two neighbours only: with itself a majority."""
        count = len(self.machines)
        for place, one in enumerate(self.machines):
            near = {(place - 1) % count, place, (place + 1) % count}
            one.apart([other for at, other in enumerate(self.machines) if at not in near])
        time.sleep(seconds)
        for one in self.machines:
            one.apart([])

    def replace(self, _, seconds):
        """The last machine is removed, loses its disk, and joins as a new one."""
        machine = self.machines[-1]
        name = f"n{machine.number}"
        removed = self.run_cli("node", "remove", name)
        self.check(removed.returncode == 0, f"{name} is removed", removed.stderr)
        self.wait(4, 60)
        os.kill(machine.node(), signal.SIGKILL)
        pid = machine.member()
        if pid:
            os.kill(pid, signal.SIGKILL)
        time.sleep(seconds)
        shutil.rmtree(machine.state)
        invited = self.run_cli("node", "invite")
        self.check(invited.returncode == 0, f"{name} is invited", invited.stderr)
        machine.join(invited.stdout.strip())
        machine.start()

    def main(self):
        faults = [self.cut, self.deafen, self.mute, self.lose, self.stop, self.stop_member,
                  self.kill, self.kill_member, self.kill_both]
        if len(self.machines) == 5:
            faults += [self.halves, self.halves, self.ring, self.ring, self.replace]
        clients = [load.Client(self, number) for number in range(self.clients_)]
        for one in clients:
            one.start()
        begin, longest = time.monotonic(), 0.0
        queue = []
        while time.monotonic() < begin + self.seconds and not self.failed:
            if not queue:
                queue = self.random.sample(faults, len(faults))
            fault, machine = queue.pop(), self.random.choice(self.machines)
            before = sum(len(one.acknowledged) for one in clients)
            started = time.monotonic()
            fault(machine, self.random.uniform(0.5, 4))
            # The next fault may strike another machine: this one has to vote again first.
            longest = max(longest, self.recover(clients))
            took = time.monotonic() - started
            count = sum(len(one.acknowledged) for one in clients) - before
            print(f"note: {fault.__name__} n{machine.number}: {count} commands in {took:.1f} s",
                  flush=True)
            self.counts[fault.__name__] = self.counts.get(fault.__name__, 0) + 1
            for one in clients:
                self.check(not one.trouble, f"{one.name_} was not refused", one.trouble)
        self.over.set()
        for one in clients:
            one.join(30)
        self.give_up.set()
        print(f"note: {sum(self.counts.values())} faults of {len(self.counts)} kinds; writes again at"
              f" most {longest:.1f} s after the last fault was mended", flush=True)
        self.settle(clients)
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0

    def recover(self, clients):
        """Waits until a client is answered and all members of etcd are healthy."""
        begin, counts = time.monotonic(), [len(one.acknowledged) for one in clients]
        while time.monotonic() < begin + 60:
            if any(len(one.acknowledged) > count for one, count in zip(clients, counts)):
                break
            time.sleep(0.01)
        writes = time.monotonic() - begin
        self.check(writes < 60, "writes go on when a fault is mended", f"{writes:.1f} s")
        self.wait(len(self.machines), 60)
        return writes

    def wait(self, wanted, seconds):
        """Waits until so many members of etcd are healthy."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                status, answer = load.call(load.Unix(self.machines[0].socket), "GET", "/v1/nodes")
                healthy = [one for one in answer["items"] if one.get("member") == "healthy"]
                if status == 200 and len(healthy) == wanted:
                    break
            except (OSError, load.http.client.HTTPException, ValueError, KeyError, TypeError):
                pass
            time.sleep(0.1)

    def settle(self, clients):
        """What must hold when all is mended: safety first, then that all machines come to the same."""
        logs = []
        for _ in range(300):
            logs = [machine.log() for machine in self.machines]
            if all(log == logs[0] for log in logs):
                break
            time.sleep(0.1)
        lengths = [len(log) for log in logs]
        self.say(all(log == logs[0] for log in logs), f"all machines have the same {lengths[0]} entries",
                 lengths)
        for machine in self.machines:
            proof = subprocess.run([self.pisces, "log", "verify", "--state", machine.state],
                                   capture_output=True, text=True, timeout=60)
            self.say(proof.returncode == 0 and "no edit" in proof.stdout,
                     f"log verify on n{machine.number}", proof.stdout + proof.stderr)
        self.finish(clients)

    def run_cli(self, *arguments):
        return subprocess.run([self.pisces, *arguments, "--state", self.machines[0].state],
                              capture_output=True, text=True, timeout=60)


if __name__ == "__main__":
    sys.exit(FleetRig().main())
