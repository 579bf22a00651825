#!/usr/bin/env bash
# A node makes a guest and keeps it: it is adopted after a restart and a kill of Pisces, started again when it ends, and
# goes with its disk only as desired state says. That needs qemu and a blank disk. With dist/image the guest boots our
# image: it runs, says its generation, and its console page answers on this machine.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
IMAGE=${IMAGE:-$ROOT/dist/image}
for tool in qemu-system-x86_64 jq curl; do command -v $tool >/dev/null || skip "$tool is not installed"; done
[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "no firmware: ovmf is not installed"
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
machine() { pisces machine list -o json | jq -r ".items[] | select(.name == \"$1\") | .$2 // \"\""; }
reaches() { [ "$(machine "$1" state)" = "$2" ]; }
gone() { [ -z "$(machine "$1" name)" ]; }
# lives NAME: a process of it is known and runs.
lives() { local pid; pid=$(machine "$1" pid) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
guest=""
before_cleanup() { [ -n "$guest" ] && kill -9 "$guest" 2>/dev/null; }
at=127.0.0.1:$((20000 + $$ % 20000))
folder=$PISCES_STATE/guests/one
truncate -s 64M "$SCRATCH/blank"
truncate -s 32M "$SCRATCH/other"
add() { pisces machine add one qemu --api $at "$@" 2>&1; }
let_go() {
    pisces machine remove one >/dev/null
    until_true 30 gone one || bad "it goes" "$(pisces machine list)"
}
up "$PISCES_STATE" 2>/dev/null || { bad "the node starts"; finish; }

# --- what is refused
holds "a guest without a console" "no address and port" "$(pisces machine add one qemu --image "$SCRATCH/blank" 2>&1)"
holds "one with too little memory" "out of range" "$(add --memory 16)"
holds "one with what only hosts have" "means nothing for a guest" "$(add --role member)"
holds "one that joins a fleet and reaches nothing" "no --api" "$(add --bus 10.0.0.1:7118)"
add --image "$SCRATCH/none" >/dev/null
until_true 20 reaches one failed
holds "an image that is not there, when it is looked for" "no file of this machine" "$(machine one reason)"
let_go
add >/dev/null
until_true 60 reaches one failed
holds "a guest of a system that boots nothing" "boots nothing" "$(machine one reason)"
let_go

# --- a guest, though nothing is on its disk
holds "a guest is wanted" "is wanted" "$(add --image "$SCRATCH/blank" --memory 128)"
until_true 30 lives one || bad "it lives" "$(pisces machine list)"
guest=$(machine one pid)
holds "under qemu" qemu-system "$(readlink "/proc/$guest/exe")"
holds "which lets it reach nothing" "restrict=on,hostfwd=tcp:$at-:7117 " "$(tr '\0' ' ' <"/proc/$guest/cmdline")"
same "it does not run before it answers" starting "$(machine one state)"
check "the node goes down" pisces down
until_true 10 eval '[ ! -d /proc/$(pid_of "$PISCES_STATE") ]'
check "the guest lives on" kill -0 "$guest"
up "$PISCES_STATE" 2>/dev/null || bad "the node comes back"
until_true 20 lives one
same "and finds it" "$guest" "$(machine one pid)"
kill -9 "$(pid_of "$PISCES_STATE")"
until_true 10 eval '[ ! -d /proc/$(pid_of "$PISCES_STATE") ]'
up "$PISCES_STATE" 2>/dev/null || bad "the node comes back from a kill"
until_true 20 lives one
sleep 3 # more than a look: a second guest would have its port taken, and end
same "and finds it then too" "$guest" "$(machine one pid)"
same "there is one" 1 "$(pgrep -cf "guests/one/disk")"
kill -9 "$guest"
until_true 60 eval '[ "$(machine one pid)" != "$guest" ] && lives one'
check "a guest that ended is started again" [ "$(machine one pid)" != "$guest" ]
guest=$(machine one pid)
let_go
check "it is let go: its process is gone" eval "! kill -0 $guest 2>/dev/null"
check "its disk stays" [ -e "$folder/disk" ]
add --image "$SCRATCH/other" >/dev/null
until_true 20 reaches one failed
holds "a disk is not replaced by one of another image" "its disk was made of" "$(machine one reason)"
let_go
add --image "$SCRATCH/blank" --erase >/dev/null
until_true 30 lives one
guest=$(machine one pid)
let_go
check "with --erase it goes too" [ ! -e "$folder" ]
check "and its process" eval "! kill -0 $guest 2>/dev/null"
guest=""

# --- a guest that boots our image
if [ ! -e "$IMAGE/pisces.img" ]; then
    echo "skipped: a guest that boots: no image; make image"
    finish
fi
generation=sha256:$(sha256sum <"$IMAGE/description" | cut -d' ' -f1)
add --image "$IMAGE/pisces.img" --erase >/dev/null
until_true 300 reaches one running || { tail -5 "$folder/serial"; bad "it runs" "$(pisces machine list)"; }
guest=$(machine one pid)
same "a guest of our image runs" running "$(machine one state)"
until_true 60 eval '[ "$(machine one generation)" = "$generation" ]'
same "it is the generation of the image" "$generation" "$(machine one generation)"
holds "its console page answers on this machine" "<title>|<!doctype" "$(curl -s -m 10 "$(machine one console)/" | head -5)"
let_go
check "it is gone" eval "! kill -0 $guest 2>/dev/null"
finish
