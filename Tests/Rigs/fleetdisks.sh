#!/usr/bin/env bash
# Three machines with real etcd; the disk of one is full, then it is lost whole. Nothing that was
# acknowledged is lost, and the machine comes back. FIVE=1 goes on to five machines, of which two die.
# For minutes and a machine of its own: it runs with DISKS=1, and every night.
MACHINES=5
. "$(dirname "$0")/lib/rig.bash"
[ -n "${DISKS:-}" ] || skip "it takes minutes; DISKS=1 runs it, and make nightly"
. "$(dirname "$0")/lib/fleet.bash"

unmount_disk() { mountpoint -q "$SCRATCH/3" && umount -l "$SCRATCH/3"; }
before_cleanup() { end_fleet; unmount_disk; }
begin_fleet

digest() { p "$1" get config -o json | jq -S '[.items[] | [.name, .revision, .data.text]]' | sha256sum; }
same_state() { [ "$(digest "$1")" = "$(digest "$2")" ]; }
has() { [ "$(count "$1")" = "$2" ]; }
count() { p "$1" get config -o json | jq '.items | length'; }
# write_through N FROM TO: that many documents, one after the other; prints how many were taken.
write_through() {
    local number taken=0
    for number in $(seq "$2" "$3"); do
        timeout 20 "$PISCES" apply -f - --state "$SCRATCH/$1" < <(document "note-$number" "$number") \
            >/dev/null 2>&1 && taken=$((taken + 1))
    done
    echo $taken
}

say "three machines, the third on a small disk"
truncate -s 700M "$SCRATCH/disk" && mkfs.ext4 -q -m 0 "$SCRATCH/disk" && mkdir "$SCRATCH/3" &&
    mount -o loop "$SCRATCH/disk" "$SCRATCH/3" || skip "no loop device for a small disk"
rmdir "$SCRATCH/3/lost+found"
check "the first machine starts" start 1
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "… and starts" start $n
done
check "three members of etcd are healthy" until_true 60 healthy 1 3
check "the third follows" eval 'put 1 greeting hello && until_true 10 has_text 3 greeting hello'

say "the disk of the third is full"
fallocate -l "$(($(df --output=avail -B1 "$SCRATCH/3" | tail -1) - 65536))" "$SCRATCH/3/filler" ||
    bad "the disk is filled"
dd if=/dev/zero of="$SCRATCH/3/filler2" bs=4096 status=none 2>/dev/null
same "the others take all that is written" 30 "$(write_through 1 1 30)"
same "through the second too" 20 "$(write_through 2 31 50)"
for n in 1 2; do check "machine $n has all of it" until_true 10 has $n 51; done
# Enough that etcd and the log need more room than they had ready.
head -c 400000 /dev/zero | tr '\0' x >"$SCRATCH/large"
for name in a b c d e f g h; do
    { printf 'type: config\nname: large-%s\ndata:\n  text: "' $name; cat "$SCRATCH/large"; printf '"\n'; } |
        timeout 30 "$PISCES" apply -f - --state "$SCRATCH/1" >/dev/null || bad "a large document $name is taken"
done
check "large ones too" until_true 20 has 2 59

say "there is room again"
rm -f "$SCRATCH/3/filler" "$SCRATCH/3/filler2"
if ! p 3 status >/dev/null 2>&1; then
    echo "the third had stopped, it is started again"
    check "the third starts again" start 3
fi
check "the third has what the others have" until_true 180 same_state 1 3
check "it writes" until_true 30 put 3 greeting third
check "which the others have" until_true 10 has_text 1 greeting third
check "its copy is whole" p 3 log verify
check "three members of etcd are healthy again" until_true 120 healthy 1 3

say "the disk of the third is lost"
kill -9 "$(pid_of "$SCRATCH/3")"
ip netns pids "${tag}3" | xargs -r kill -9
sleep 0.5
unmount_disk
rm -f "$SCRATCH/disk"
rm -rf "${SCRATCH:?}/3"
same "the others go on" 10 "$(write_through 2 51 60)"
check "the third is removed" p 1 node remove n3
check "a new third joins under its name" eval 'until_true 30 join 3 "$(p 1 node invite 2>/dev/null)"'
check "it starts" start 3
check "it has what the others have" until_true 180 same_state 1 3
check "three members of etcd are healthy again" until_true 120 healthy 1 3
check "it writes" until_true 30 put 3 greeting again
check "which the others have" until_true 10 has_text 2 greeting again

[ -n "${FIVE:-}" ] || finish
say "five machines"
for n in 4 5; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "… and starts" start $n
done
check "five members of etcd are healthy" until_true 180 healthy 1 5
written=$(count 1)
for n in 2 4; do
    kill -9 "$(pid_of "$SCRATCH/$n")"
    ip netns pids "$tag$n" | xargs -r kill -9
done
check "with two of them dead the others write" until_true 20 put 1 greeting three-of-five
same "all the time" 10 "$(write_through 3 61 70)"
for n in 2 4; do check "machine $n starts again" start $n; done
for n in 2 4; do check "machine $n has what the others have" until_true 90 same_state 1 $n; done
check "nothing is lost" until_true 10 has 4 $((written + 10))
check "five members of etcd are healthy again" until_true 120 healthy 1 5
finish
