#!/usr/bin/env bash
# A guest of a node becomes a node of its fleet: a machine resource is a guest that boots our image, joins over a wire
# between the two, runs an app, is found again and started again as the node it was, and leaves the fleet when nobody wants
# it any more. Needs root, qemu and dist/image; the node lives in a network namespace of its own.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
IMAGE=${IMAGE:-$ROOT/dist/image}
[ "$(id -u)" = 0 ] || skip "only root makes interfaces"
for tool in qemu-system-x86_64 jq curl ip nsenter etcd; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "no firmware: ovmf is not installed"
[ -e /dev/net/tun ] || skip "the kernel has no tap devices"
[ -e "$IMAGE/pisces.img" ] || skip "no image; make image"
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
net=pg$$
guest=""
before_cleanup() {
    [ -n "$guest" ] && kill -9 "$guest" 2>/dev/null
    ip netns del "$net" 2>/dev/null
}
ip netns add "$net" && ip -n "$net" link set lo up && ip -n "$net" addr add 10.97.0.1/32 dev lo ||
    skip "network namespaces cannot be made here"
inside() { nsenter --net="/run/netns/$net" "$@"; }
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
machine() { pisces machine list -o json | jq -r ".items[] | select(.name == \"$1\") | .$2 // \"\""; }
reaches() { [ "$(machine "$1" state)" = "$2" ]; }
gone() { [ -z "$(machine "$1" name)" ]; }
state_of() { pisces node list -o json | jq -r ".items[] | select(.name == \"$1\") | .state"; }
belongs() { [ "$(state_of four)" = active ]; }
on_guest() { pisces get assignment -A -o json | jq '[.items[] | select(.data.machine == "four")] | length'; }
start() {
    inside "$PISCES" up --state "$PISCES_STATE" --listen 127.0.0.1:0 --bolt 127.0.0.1:0 --name one \
        --bus 10.97.0.1:7118 --background 2>/dev/null
    pids+=("$(pid_of "$PISCES_STATE")")
}
check "the node starts" start
add() { pisces machine add four qemu --image "$IMAGE/pisces.img" "$@" 2>&1; }

holds "a guest with a bus and no wire is refused" "has --bus and --wire" "$(add --bus 10.98.0.2:7118)"
holds "one that is no neighbour" "no address and port in the network" "$(add --bus 10.99.0.2:7118 --wire 10.98.0.1/30)"
holds "one at this machine's own address" "no address and port in the network" \
    "$(add --bus 10.98.0.1:7118 --wire 10.98.0.1/30)"
holds "a wire without a prefix" "no address with its prefix" "$(add --bus 10.98.0.2:7118 --wire 10.98.0.1)"
holds "an API of its own" "and no --api" "$(add --bus 10.98.0.2:7118 --wire 10.98.0.1/30 --api 127.0.0.1:7201)"

holds "a guest is wanted that joins" "is wanted" "$(add --bus 10.98.0.2:7118 --wire 10.98.0.1/30 --erase)"
until_true 300 belongs || { tail -20 "$PISCES_STATE/guests/four/serial"; bad "it joins" "$(pisces machine list)"; finish; }
ok "it is a node of the fleet"
guest=$(machine four pid)
same "its ticket is for no other's eyes" 600 "$(stat -c %a "$PISCES_STATE/guests/four/ticket")"
until_true 120 reaches four running
same "it runs" running "$(machine four state)"
holds "its console answers on the wire" "<title>|<!doctype" "$(inside curl -s -m 10 "$(machine four console)/" | head -5)"

# --- it runs an app of the fleet
mkdir "$SCRATCH/hello"
cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/hello/"
sed -e 's#^directory: .*##' -e 's#^    count: 2#&\n    place: {require: {machine: four}}#' "$ROOT/Apps/hello/app.yaml" >"$SCRATCH/hello/app.yaml"
check "an app for that machine comes from a bundle" pisces store add "$SCRATCH/hello"
check "and is installed" pisces store install hello --no-wait
passing() { [ "$(pisces app status hello | grep -c passing)" = 2 ]; }
until_true 200 passing || bad "it runs" "$(pisces app status hello)"
same "both replicas run on the guest" 2 "$(on_guest)"
holds "and answer through the node's balancer" "hello|Hello" "$(inside curl -s -m 10 http://127.0.0.1:18000/)"

# --- a restart of the node, a cut of the guest's power
check "the node goes down" pisces down
until_true 10 eval '[ ! -d /proc/$(pid_of "$PISCES_STATE") ]'
check "the guest lives on" kill -0 "$guest"
check "the node comes back" start
until_true 60 eval '[ "$(machine four pid)" = "$guest" ]'
same "and finds it" "$guest" "$(machine four pid)"
kill -9 "$guest"
until_true 120 eval '[ "$(machine four pid)" != "$guest" ] && [ -n "$(machine four pid)" ]'
guest=$(machine four pid)
until_true 300 reaches four running || bad "it runs again" "$(pisces machine list)"
same "after a cut of its power it is the node it was" "active 1" \
    "$(state_of four) $(pisces node list -o json | jq '[.items[] | select(.name == "four")] | length')"
same "and was told nothing anew" 0 "$(tr -d '\0' <"$PISCES_STATE/guests/four/ticket" | wc -c)"

# --- nobody wants it any more
until_true 200 passing || bad "the app runs again" "$(pisces app status hello)"
check "the app is removed" pisces app remove hello --no-wait
pisces machine remove four >/dev/null
until_true 200 gone four || bad "it goes" "$(pisces machine list)"
same "it left the fleet" removed "$(state_of four)"
check "its process is gone" eval "! kill -0 $guest 2>/dev/null"
check "and its disk, with --erase" [ ! -e "$PISCES_STATE/guests/four" ]
guest=""
finish
