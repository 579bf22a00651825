#!/usr/bin/env bash
# Figures of a fleet in network namespaces of this machine, a line "KEY name=value …" each: what clients feel while the
# log moves from files to three members of etcd and back, a replicated command, what an idle follower costs.
# ROUNDS (3) moves each way, SECONDS_EACH (5) of the rest. Servers and etcd members share this machine's cores.
. "$(dirname "${BASH_SOURCE[0]}")/../../Tests/Rigs/lib/rig.bash" >&2
. "$ROOT/Tests/Rigs/lib/fleet.bash" >&2
before_cleanup() { end_fleet >/dev/null 2>&1; }
begin_fleet >&2
start 1 >&2 || { echo "the first machine does not start" >&2; exit 1; }
export PISCES SCRATCH tag
python3 "$ROOT/Benchmarks/Fleet/fleet.py"
code=$?
cleanup
exit $code
