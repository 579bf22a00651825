#!/usr/bin/env bash
# A blank machine is born over the network (F10 of design/05): it boots the image from a read-only medium with a ticket,
# fetches the system of its parent, loses its power and its network while it does, goes on, builds it on its own disk bit
# for bit, restarts from that, joins the fleet, takes its lineage and runs an app. Two guests on a network of their own.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
needs_guest sfdisk sgdisk debugfs
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
[ -e "$FIRMWARE/OVMF_CODE_4M.fd" ] || skip "no firmware: ovmf is not installed"
WAIT=${WAIT:-400}
told() { echo "     $1"; }
# The wire between the two: frames as datagrams on loopback (qemu-options: -netdev dgram).
WIRE=$((41000 + $$ % 1000 * 2))
wire() { # wire MAC HERE THERE: options of the second interface
    printf '%s\n' -netdev "dgram,id=wire,local.type=inet,local.host=127.0.0.1,local.port=$2,\
remote.type=inet,remote.host=127.0.0.1,remote.port=$3" -device "virtio-net-pci,netdev=wire,mac=$1,romfile="
}
mapfile -t of_parent < <(wire 52:54:00:00:00:01 "$WIRE" $((WIRE + 1)))
mapfile -t of_child < <(wire 52:54:00:00:00:02 $((WIRE + 1)) "$WIRE")
monitor() { # monitor COMMAND: tells qemu of the child. It reads byte by byte: who leaves before its prompt takes words along.
    python3 - "$SCRATCH/monitor" "$1" <<'PY'
import socket, sys
monitor = socket.socket(socket.AF_UNIX); monitor.connect(sys.argv[1]); monitor.settimeout(60)
def prompt():
    said = b""
    while not said.endswith(b"(qemu) "): said += monitor.recv(4096) or sys.exit("the monitor is gone")
prompt(); monitor.sendall(sys.argv[2].encode() + b"\n"); prompt()
PY
}
# boot_child medium|disk: by firmware, with the medium, from which it starts as long as its disk is blank, or without.
boot_child() {
    local medium=() restarts=1
    if [ "$1" = medium ]; then
        # Its restart ends the guest, so that its disk can be looked at.
        restarts="" medium=(-drive "if=virtio,format=raw,readonly=on,file=$IMAGE/pisces.img")
    fi
    rm -f "$SCRATCH/monitor"
    [ -e "$SCRATCH/child.variables" ] || cp "$FIRMWARE/OVMF_VARS_4M.fd" "$SCRATCH/child.variables"
    RESTARTS=$restarts run_guest -drive "if=pflash,format=raw,readonly=on,file=$FIRMWARE/OVMF_CODE_4M.fd" \
        -drive "if=pflash,format=raw,file=$SCRATCH/child.variables" \
        -drive "if=virtio,format=raw,file=$SCRATCH/disk" "${medium[@]}" \
        -drive "if=virtio,format=raw,readonly=on,file=$SCRATCH/ticket" \
        -monitor "unix:$SCRATCH/monitor,server=on,wait=off" "${of_child[@]}"
}
# The last number of megabytes that it said it had fetched.
fetched() { tr -d '\r' <"$LOG" | grep -ao 'fetched [0-9]* of' | tail -1 | grep -o '[0-9]*'; }
has_fetched() { [ "$(fetched)" -ge "$1" ] 2>/dev/null; }
generation() { cli describe-self -o json | jq -r .generation; }
node_of() { cli node list -o json | jq -r ".items[] | select(.name == \"$1\") | .state"; }
belongs() { [ "$(node_of child)" = active ]; }

cp --sparse=always "$IMAGE/pisces.img" "$SCRATCH/one"
# etcd, which keeps the log of a fleet, wants more room than the smallest disk has.
widen "$SCRATCH/one" 2G
truncate -s 2G "$SCRATCH/reference" "$SCRATCH/disk"
truncate -s 4096 "$SCRATCH/ticket"
mkdir "$SCRATCH/hello"
cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/hello/"
sed -e 's#^directory: .*##' -e 's#^    count: 2#&\n    place: {spread: machine}#' "$ROOT/Apps/hello/app.yaml" >"$SCRATCH/hello/app.yaml"
seed "$SCRATCH/one" "$SCRATCH/hello"

# --- the parent
use parent
mapfile -t options < <(disks "$SCRATCH/one" "$SCRATCH/reference")
run_guest -kernel "$IMAGE/kernel" -initrd "$IMAGE/initramfs" \
    -append "$(cat "$IMAGE/words") pisces.name=parent-of-all pisces.bus=10.99.0.1:7118" "${options[@]}" "${of_parent[@]}"
await_guest "the parent" || exit 1
sign_in
cat >"$SCRATCH/network.json" <<'JSON'
{"type": "network", "namespace": "/machines/parent-of-all", "name": "eth1", "data": {"address": "10.99.0.1/24"}}
JSON
check "its second interface gets an address" cli apply -f "$SCRATCH/network.json"
check "an app comes from a bundle" cli store add /data/hello
check "and is installed" cli store install hello --no-wait
until_true 150 eval '[ "$(cli app status hello 2>/dev/null | grep -c passing)" = 2 ]' || bad "it runs"
holds "a birth without an address for others is refused" "bus: is missing" "$(cli birth invite child 2>&1)"
holds "one with a gateway in another network" "must be in the network" "$(cli birth invite child --bus 10.99.0.2:7118 \
    --address 10.99.0.2/24 --gateway 10.1.1.1 2>&1)"
cli birth invite child --bus 10.99.0.2:7118 --address 10.99.0.2/24 --interface eth1 >"$SCRATCH/words" 2>"$SCRATCH/said" ||
    bad "a blank machine is invited" "$(cat "$SCRATCH/said")"
dd if="$SCRATCH/words" of="$SCRATCH/ticket" conv=notrunc status=none
generation=$(grep '^generation ' "$SCRATCH/words" | cut -d' ' -f2)
same "its ticket names what the parent is" "$generation" "$(generation)"
birth=$(cli get reproduction -A -o json | jq -r '.items[] | select(.data.kind == "machine") | .name')
check "what the parent builds beside it is for the comparison" cli reproduce --to device:/dev/vdb

# --- the child: nothing is given while births are switched off; power and network are cut while it fetches
echo '{"type": "birthpolicy", "namespace": "/", "name": "all", "data": {"stopped": true}}' >"$SCRATCH/policy.json"
check "births are switched off" cli apply -f "$SCRATCH/policy.json"
use child
boot_child medium
until_true 200 shows "births are switched off" || { say_failure; bad "it is told so"; finish; }
ok "a birth that was invited before is not begun"
use parent
check "births are switched on" cli delete birthpolicy/all
use child
until_true 200 has_fetched 10 || { say_failure; bad "it fetches"; finish; }
ok "a blank machine with a ticket fetches its system (F10)"
kill -9 "$guest"; wait "$guest" 2>/dev/null
before=$(fetched)
boot_child medium
until_true 200 has_fetched 1 || { say_failure; bad "it goes on"; finish; }
first=$(tr -d '\r' <"$LOG" | grep -ao 'fetched [0-9]* of' | head -1 | grep -o '[0-9]*')
check "after a cut of its power it goes on where it was (F10): at $first MB, cut at $before" [ "$first" -ge $((before - 10)) ]
until_true 200 has_fetched $((first + 10)) || bad "it fetches on"
monitor "set_link wire off"
sleep 5
cut=$(fetched)
monitor "set_link wire on"
if until_true 200 has_fetched $((cut + 5)); then ok "after a cut of its network it goes on (F10): at $cut MB"
else say_failure; bad "after a cut of its network it goes on (F10)"; finish; fi
until_true 300 shows "was born" || { say_failure; bad "it is built"; finish; }
await_end "the blank machine"
check "what it built on its own disk is what its parent built, bit for bit (F10)" cmp "$SCRATCH/disk" "$SCRATCH/reference"

# --- it is a node
boot_child disk
await_guest "the child, from its own disk," || exit 1
told "from its start to its API, with joining: $((($(date +%s%N) - begun) / 1000000)) ms, of the processor $(spent) ms"
sign_in
same "its digest is that of its parent" "$generation" "$(generation)"
until_true 60 eval '[ "$(cli lineage -o json | jq -r .number)" = 1 ]'
use parent
founder=$(cli lineage -o json | jq -r .key)
until_true 60 belongs || bad "it belongs to the fleet" "$(cli node list)"
same "it belongs to the fleet (F10)" active "$(node_of child)"
# What happens at the child after it has fetched all is in no log but its own to come: its parent sees it again when it is.
same "the birth is good, with each step that the parent saw in its log" "described gathering good" \
    "$(cli history "reproduction/$birth" --namespace /machines/parent-of-all -o json |
        jq -r 'sort_by(.position) | [.[].resource.data.state // empty] | reduce .[] as $s ([]; if .[-1] == $s then . else . + [$s] end) | join(" ")')"
use child
same "its lineage is verified up to the founder" "1 $founder $generation" \
    "$(cli lineage -o json | jq -r '"\(.number) \(.founder) \(.births[0].generation)"')"

# --- the fleet runs an app on it
use parent
check "more replicas are wanted than one machine shall have" cli app scale hello web=4 --no-wait
on_child() { cli get assignment -A -o json | jq '[.items[] | select(.data.machine == "child")] | length'; }
until_true 60 eval '[ "$(on_child)" = 2 ]' || bad "two of them are for the child" "$(cli get assignment -A)"
until_true 200 eval '[ "$(cli app status hello 2>/dev/null | grep -c passing)" = 4 ]' || bad "they run" "$(cli app status hello)"
same "the app runs on the child (F10)" 2 "$(on_child)"
use child
check "where it is a process" eval 'cli query "MATCH (p:Process {name: \"hello\"}) RETURN count(p) AS n" -o json | grep -q "[1-9]"'
finish
