#!/usr/bin/env bash
# A system makes a machine of itself: `reproduce --to qemu:NAME` builds it on the disk of a guest, which boots it and shows the
# same generation. And all that is refused before a byte is written. Needs root, qemu and dist/image; the node sees the root of
# that image at /pisces, as a machine that runs from it does, and nobody else sees it.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
IMAGE=${IMAGE:-$ROOT/dist/image}
[ "$(id -u)" = 0 ] || skip "only root mounts"
for tool in qemu-system-x86_64 jq curl nsenter unshare sgdisk; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "no firmware: ovmf is not installed"
[ -e "$IMAGE/pisces.img" ] || skip "no image; make image"
modprobe erofs 2>/dev/null
grep -qw erofs /proc/filesystems || skip "the kernel has no erofs"
[ ! -e /pisces ] || rmdir /pisces 2>/dev/null || skip "this machine runs from an image itself"
space=""
before_cleanup() {
    [ -S "$PISCES_STATE/pisces.sock" ] && for name in twin third; do pisces machine remove $name; done >/dev/null 2>&1
    until_true 60 eval '! pgrep -f "$PISCES_STATE/guests" >/dev/null'
    [ -n "$space" ] && kill "$space" 2>/dev/null && wait "$space" 2>/dev/null
    rmdir /pisces 2>/dev/null
}
pisces() { timeout -k 1 900 "$PISCES" "$@"; }
inside() { nsenter --mount="/proc/$space/ns/mnt" --wd="$PWD" "$@"; }
machine() { pisces machine list -o json | jq -r ".items[] | select(.name == \"$1\") | .$2 // \"\""; }
to() { pisces reproduce --to "$@" 2>&1; }
start() {
    inside "$PISCES" up --state "$PISCES_STATE" --listen 127.0.0.1:0 --background 2>/dev/null
    pids+=("$(pid_of "$PISCES_STATE")")
}
begin=$(sgdisk -i 2 "$IMAGE/pisces.img" | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
mkdir /pisces "$SCRATCH/root" "$SCRATCH/none"
cat >"$SCRATCH/mounts" <<'MOUNTS'
# mounts IMAGE SECTOR SCRATCH: the root's content is where a machine that runs from it has it: files that are here too, and
# other ones, are covered by those of the image.
set -e
mount -t erofs -o "loop,ro,offset=$(($2 * 512))" "$1" "$3/root"
mount --bind "$3/root/pisces" /pisces
cd "$3/root"
find . -path ./pisces -prune -o -type f -print | while read -r file; do
    [ ! -e "/$file" ] || cmp -s "$file" "/$file" || mount --bind "$file" "/$file"
done
touch "$3/mounted"
exec sleep infinity
MOUNTS
unshare --mount --propagation private bash "$SCRATCH/mounts" "$IMAGE/pisces.img" "$begin" "$SCRATCH" &
space=$!
until_true 20 [ -e "$SCRATCH/mounted" ] || skip "the root of the image cannot be mounted here"
generation=sha256:$(sha256sum <"$IMAGE/description" | cut -d' ' -f1)

check "the node starts" start
same "it is the system of the image" "$generation" "$(pisces describe-self -o json | jq -r .generation)"

# --- what is refused, before anything is written ------------------------------------------------------------
holds "a guest without a name" "resource name|'' " "$(to qemu:)"
holds "a name that no machine has" "more than letters, digits and -" "$(to 'qemu:a b')"
holds "a name that is no guest's" "more than letters, digits and -" "$(to qemu:a.b)"
holds "memory that no guest can have" "out of range" "$(to qemu:twin --memory 1)"
holds "a bus without a wire" "has --bus and --wire" "$(to qemu:twin --bus 10.98.0.2:7118)"
holds "a console that is no address" "no address and port" "$(to qemu:twin --api nowhere)"
holds "what means nothing for a guest" "means nothing for a guest" "$(to qemu:twin --key /root/key)"
holds "what means something for a guest alone" "is for a guest" "$(to "$SCRATCH/copy" --memory 512)"
printf 'type: birthpolicy\nname: default\ndata: {children: 0}\n' >"$SCRATCH/quota.yaml"
pisces apply -f "$SCRATCH/quota.yaml" >/dev/null
holds "a birth that is one too many" "made 0 others; the limit is 0" "$(to qemu:twin)"
pisces delete birthpolicy/default >/dev/null
# What is mounted over them hides qemu and its firmware from the node alone.
inside mount --bind "$SCRATCH/none" /usr/share/OVMF
holds "a machine without firmware for guests" "install ovmf" "$(to qemu:twin)"
inside umount /usr/share/OVMF
inside mount --bind /dev/null "$(readlink -f "$(command -v qemu-system-x86_64)")"
holds "a machine without qemu" "install qemu-system-x86" "$(to qemu:twin)"
inside umount "$(readlink -f "$(command -v qemu-system-x86_64)")"
same "nothing was made of all that" "0 0" \
    "$(find "$PISCES_STATE/guests" -name 'disk*' 2>/dev/null | wc -l) $(pisces machine list -o json | jq '.items | length')"

# --- the guest ----------------------------------------------------------------------------------------------
said=$(to qemu:twin)
same "it makes a machine of itself" 0 $?
holds "and says how far it was, and where it answers" \
    "generation sha256:.*good  .*guest twin boots this system; its console is at http://127.0.0.1:7[0-9]+" "$(sed '/^gathering\|^constructing\|^written/d' <<<"$said" | tr '\n' ' ')"
same "the guest runs" running "$(machine twin state)"
until_true 60 eval '[ "$(machine twin generation)" = "$generation" ]'
same "as the same generation" "$generation" "$(machine twin generation)"
holds "it answers" "<title>|<!doctype" "$(curl -s -m 20 "$(machine twin console)/" | head -5)"
same "the log says how it was made" "good image $PISCES_STATE/guests/twin/disk" \
    "$(pisces get reproduction -A -o json | jq -r '[.items[].data | select(.state == "good")] | .[0] | "\(.state) \(.kind) \(.target)"')"
same "its disk was the image, bit for bit, where it is not written" 0 "$(
    cmp -n $((begin * 512)) -s <(dd if="$IMAGE/pisces.img" bs=512 skip="$begin" count=524288 status=none) \
        <(dd if="$PISCES_STATE/guests/twin/disk" bs=512 skip="$begin" count=524288 status=none); echo $?)"
holds "a name that is taken is refused" "machine of that name is wanted" "$(to qemu:twin)"
holds "also with force" "machine of that name is wanted" "$(to qemu:twin --force)"

# --- a disk that is left, a name that is taken meanwhile, a quota that is used up ------------------------------
pisces machine remove twin >/dev/null
until_true 120 eval '[ -z "$(machine twin name)" ]' || bad "the guest ends" "$(pisces machine list)"
check "its disk stays" [ -e "$PISCES_STATE/guests/twin/disk" ]
holds "it is not lost without force" "disk of that name, made of the running system.*--force" "$(to qemu:twin)"
said=$(to qemu:twin --force --no-wait)
same "with force another one is made" 0 $?
holds "and not waited for" "guest twin is wanted" "$said"
until_true 300 eval '[ "$(machine twin state)" = running ]'
same "which runs" running "$(machine twin state)"
printf 'type: birthpolicy\nname: default\ndata: {children: 2}\n' >"$SCRATCH/quota.yaml"
pisces apply -f "$SCRATCH/quota.yaml" >/dev/null
holds "two guests count as two births" "made 2 others; the limit is 2" "$(to qemu:third)"
finish
