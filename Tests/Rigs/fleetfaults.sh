#!/usr/bin/env bash
# Three machines under a load, and a fault at a time on one of them: its network cut, deaf, mute or lossy (nftables),
# its node or its member of etcd stopped (SIGSTOP) or killed. Nothing that was acknowledged may be lost or done twice.
# SECONDS_OF_FAULTS (40; the long form is 300), CLIENTS (4), SEED. FIVE=1: five machines, of which two are cut off
# together, see their neighbours only, or one is removed, loses its disk and joins anew.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
MACHINES=$([ -n "${FIVE:-}" ] && echo 5 || echo 3)
. "$(dirname "${BASH_SOURCE[0]}")/lib/fleet.bash"
command -v nft >/dev/null || skip "there is no nft"
before_cleanup() { end_fleet; }
begin_fleet
check "the first machine starts" start 1
for n in $(seq 2 "$MACHINES"); do
    check "machine $n joins" join $n "$(p 1 node invite)"
    check "machine $n starts" start $n
done
check "the log rests on etcd" until_true 30 rests 1 etcd
check "$MACHINES members of etcd are healthy" until_true 180 healthy 1 "$MACHINES"
[ "$failed" -eq 0 ] || finish
export PISCES SCRATCH MACHINES tag
python3 "$ROOT/Tests/Rigs/lib/fleetfaults.py" && ok "the fleet outlives its faults" || bad "the fleet outlives its faults"
finish
