#!/usr/bin/env bash
# Checks the image with tools that others wrote and boots it in a guest without hardware help, directly and by firmware:
# the API answers from outside, an app runs, the machine ends in order and comes back with what it had; a flipped bit
# stops the boot and says so (F5, F6 and F11 of design/05). It runs in 128 MB, without its data, and in 1970.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
needs_guest sfdisk debugfs dump.erofs fsck.erofs veritysetup sgdisk fsck.vfat
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
DISK=$SCRATCH/disk TEMPLATE=50495343-4553-2d54-454d-504c41544521
cp --sparse=always "$IMAGE/pisces.img" "$DISK"

# --- checkers that others wrote find nothing wrong with the image
holds "sgdisk finds no problem (F11)" "No problems found" "$(sgdisk -v "$DISK" 2>&1 | tr '\n' ' ')"
for part in root-a verity-a esp data; do cut_out "$DISK" $part "$SCRATCH/$part"; done
word() { tr ' ' '\n' < "$IMAGE/words" | sed -n "s/^pisces.$1=//p"; }
truncate -s $(($(word blocks) * 4096)) "$SCRATCH/root-a"
check "fsck.erofs finds the root whole (F11)" fsck.erofs "$SCRATCH/root-a"
check "veritysetup proves it by the root hash of the command line (F11)" \
    veritysetup verify "$SCRATCH/root-a" "$SCRATCH/verity-a" "$(word root)"
check "fsck.vfat finds no fault in the ESP (F11)" fsck.vfat -n "$SCRATCH/esp"
check "e2fsck finds none in the data (F11)" e2fsck -fn "$SCRATCH/data"
generation=$(sha256sum < "$IMAGE/description" | cut -d' ' -f1)
same "the command line names the generation" "$generation" "$(word generation)"

running() { cli app status hello 2>/dev/null | grep -c passing | grep -qx 2; }

mkdir "$SCRATCH/hello" && cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/hello/"
seed "$DISK" "$SCRATCH/hello"
start_guest pisces.name=first "$DISK"
await_guest "the guest" || exit 1
until_true 30 shows '10.0.2.15:7117'
sign_in
status=$(api GET /v1/status)
same "the machine has the name of the kernel's words" "first ready []" \
    "$(jq -r '.node.name + " " + .node.state + " " + (.warnings | tostring)' <<<"$status")"
self=$(cli describe-self -o json)
same "it describes itself as what it was built from" "sha256:$generation true" \
    "$(jq -r '.generation + " " + (.boots | tostring)' <<<"$self")"
identity=$(jq -r .node.id <<<"$status")
echo "resident in the guest: $(jq .memory.residentBytes <<<"$status") bytes"
holds "the screen shows address, fingerprint and generation" \
    "10.0.2.15:7117.*fingerprint  SHA256:.*generation   [0-9a-f]{64}  slot a" "$(screen)"
same "PID 1 is in the graph" "/pisces/bin/pisces" \
    "$(api GET '/v1/resources/process/1?namespace=/machines/first' | jq -r .data.executable)"
holds "containers work there" "containers by crun" "$(cli drivers)"
setting() { printf 'type: network\nname: default\nnamespace: /machines/first\ndata: {address: %s}\n' "$1" | cli apply -f - >/dev/null; }
prefix() { cli query "MATCH (a:Address {address: '10.0.2.15'}) RETURN a.prefix AS p" -o ndjson 2>/dev/null | grep -qx "{\"p\":$1}"; }
setting "10.0.2.15/25, gateway: 10.0.2.2"
until_true 30 prefix 25
check "an address that is written down takes the place of the lent one" prefix 25
setting 10.0.2.15/99
until_true 30 shows "network/default.*10.0.2.15/99"
check "one that cannot be is shown, and an address is lent" until_true 30 prefix 24
sed 's#directory: .*#directory: /data/hello#' "$ROOT/Apps/hello/app.yaml" > "$SCRATCH/app.yaml"
cli app install "$SCRATCH/app.yaml" --timeout 100s >"$SCRATCH/install" 2>&1
check "the hello app runs in it" running
api POST /v1/down >/dev/null
await_end "the guest" || exit 1
read -r start size < <(place "$DISK" data)
cut_out "$DISK" data "$SCRATCH/data"
dumpe2fs -h "$SCRATCH/data" >"$SCRATCH/header" 2>/dev/null
same "the file system was left clean, its journal empty" "clean 0" \
    "$(sed -n 's/^Filesystem state: *//p' "$SCRATCH/header") $(grep -c needs_recovery "$SCRATCH/header")"
check "… and is whole" e2fsck -fn "$SCRATCH/data"
same "the data have an identity of their own" "0" "$(grep -c "$TEMPLATE" "$SCRATCH/header")"
same "the data fill their partition" "$((size / 8))" "$(sed -n 's/^Block count: *//p' "$SCRATCH/header")"

start_firmware "$DISK"
await_guest "the guest, started by firmware, guard and loader," || exit 1
sign_in
same "the same machine is back" "first $identity" "$(api GET /v1/status | jq -r '.node.name + " " + .node.id')"
until_true 100 running
check "… and runs what it ran" running
end_guest

# --- the smallest machine
mib128=$SCRATCH/mib128
cp --sparse=always "$IMAGE/pisces.img" "$mib128"
MEMORY=128 start_guest pisces.name=small "$mib128"
await_guest "a machine with 128 MB" || exit 1
sign_in
same "its console page comes to the host" Pisces "$(page_title)"
# Idle is what it is when nobody asked for a while.
sleep "${IDLE:-60}"
resident=$(api GET /v1/status | jq .memory.residentBytes)
echo "resident with 128 MB after ${IDLE:-60} s idle: $resident bytes, of $(cli get machine -A -o json |
    jq '.items[0].data.memory') that its kernel leaves"
check "its node, idle, needs at most 64 MB" [ "$resident" -le 64000000 ]
same "nothing in it ran out of memory" 0 "$(grep -aci "out of memory" "$LOG")"
end_guest

# --- the data are lost: what is left of them has no superblock
lost=$SCRATCH/lost
cp --sparse=always "$IMAGE/pisces.img" "$lost"
read -r start size < <(place "$lost" data)
dd if=/dev/zero of="$lost" bs=512 seek=$((start + 2)) count=2 conv=notrunc status=none
start_guest pisces.name=lost "$lost"
await_guest "a machine that lost its data" || exit 1
until_true 30 shows '10.0.2.15:7117'
words="the data are lost .*no ext4.*this machine keeps nothing; let it be born again"
holds "its screen says so, and what to do" "warning +$words" "$(screen)"
sign_in
holds "and so does its status" "warning: $words" "$(cli status)"
end_guest

# --- a clock chip without a battery: no time is known, then that of the boot before
sign_in_at() { # sign_in_at CLOCK: boots with the chip there
    CLOCK=$1 start_guest pisces.name=clock "$SCRATCH/clock"
    await_guest "a machine whose clock chip stands at $1" || exit 1
    until_true 30 shows '10.0.2.15:7117'
    sign_in
}
warned() { api GET /v1/status | jq -r '.warnings[]'; }
cp --sparse=always "$IMAGE/pisces.img" "$SCRATCH/clock"
sign_in_at 1970-01-01
words="the clock stands at 1970-01-01T.*nothing here knows a later time; set the clock"
holds "its screen says so" "warning +$words" "$(screen)"
holds "and so does its status" "$words" "$(warned)"
api POST /v1/down >/dev/null
await_end "that machine" || exit 1
sign_in_at 2026-03-01
same "with another time all is well" "" "$(warned)"
api POST /v1/down >/dev/null
await_end "that machine" || exit 1
sign_in_at 1970-01-01
holds "back in 1970 it goes on from the last time that it knew, and says so" \
    "the clock stood at 1970-01-01T.*goes on from 2026-03-01T" "$(warned)"
end_guest

# --- one bit of the root, in what the small first program reads: the description
flip "$DISK" root-a $(($(description_at "$SCRATCH/root-a") + 100))
start_guest "" "$DISK"
await_end "a damaged root" || exit 1
holds "a flipped bit in the root stops the boot, and the screen says so (F5, F6)" \
    "CANNOT BOOT.*the root in slot a.*a block is damaged" "$(screen)"
start_guest pisces.id=00000000000000000000000000000000 "$DISK"
await_end "a root that is not there" || exit 1
holds "a root that no slot has stops the boot, and the screen lists what is there" \
    "CANNOT BOOT.*root-a.*root-b.*no file system" "$(screen)"
finish
