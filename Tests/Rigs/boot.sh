#!/usr/bin/env bash
# Boots the image in a guest without hardware help: the API answers from outside, an app runs, the
# machine ends in order and comes back with what it had; a flipped bit stops the boot and says so.
# The guest's clock is slow here: all waits are for conditions, with generous bounds.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
IMAGE=${IMAGE:-$ROOT/dist/image}
for tool in qemu-system-x86_64 sfdisk mkfs.ext4 dump.erofs python3; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
[ -e "$IMAGE/words" ] || skip "no image; make image"
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
guest="" PORT=$((20000 + $$ % 20000)) TEMPLATE=50495343-4553-2d54-454d-504c41544521
end_guest() { [ -n "$guest" ] && kill -9 "$guest" 2>/dev/null; wait "$guest" 2>/dev/null; guest=""; }
trap 'end_guest; cleanup' EXIT
LOG=$SCRATCH/serial DISK=$SCRATCH/disk

# --- the disk: the root in slot a, empty data as every image has them
make_disk() {
    truncate -s 1100M "$DISK"
    sfdisk -q "$DISK" <<'TABLE'
label: gpt
start=2048, size=4MiB, name=esp
size=256MiB, name=root-a
size=4MiB, name=verity-a
size=256MiB, name=root-b
size=4MiB, name=verity-b
name=data
TABLE
    local start size
    read -r start size < <(place data)
    truncate -s 16M "$SCRATCH/data"
    mkdir -p "$SCRATCH/seed/hello" && cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/seed/hello/"
    mkfs.ext4 -q -b 4096 -m 0 -J size=4 -O metadata_csum_seed -E nodiscard,resize=1G \
        -U $TEMPLATE -d "$SCRATCH/seed" "$SCRATCH/data"
    put "$IMAGE/root" root-a; put "$IMAGE/verity" verity-a; put "$SCRATCH/data" data
}
place() { # place LABEL: first sector and count of a partition
    sfdisk -J "$DISK" | jq -r ".partitiontable.partitions[] | select(.name == \"$1\") | \"\(.start) \(.size)\""
}
put() { # put FILE LABEL
    dd if="$1" of="$DISK" bs=512 seek="$(place "$2" | cut -d' ' -f1)" conv=notrunc,sparse status=none
}
start_guest() { # start_guest [WORDS]
    : > "$LOG"
    rm -f "$SCRATCH/serial.sock"
    qemu-system-x86_64 -machine q35 -m "${MEMORY:-512}" -accel tcg -cpu max -nodefaults -display none -no-reboot \
        -kernel "$IMAGE/kernel" -initrd "$IMAGE/initramfs" -append "$(cat "$IMAGE/words") $*" \
        -drive "if=virtio,format=raw,file=$DISK" \
        -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:7117" \
        -device virtio-net-pci,netdev=net \
        -chardev "socket,id=s,path=$SCRATCH/serial.sock,server=on,wait=off,logfile=$LOG" -serial chardev:s \
        >"$SCRATCH/qemu" 2>&1 &
    guest=$!
    begun=$(date +%s%N)
}
# Milliseconds of processor time that the guest has used: what it takes however busy the host is.
spent() { awk '{print ($14 + $15) * 10}' "/proc/$guest/stat"; }
screen() { tr -d '\r' < "$LOG" | tr '\n' ' '; }
shows() { grep -aq -- "$1" "$LOG"; }
ended() { ! kill -0 "$guest" 2>/dev/null; }
say_failure() { tail -40 "$LOG"; tail -5 "$SCRATCH/qemu"; }
answers() { curl -sf -m 5 "http://127.0.0.1:$PORT/healthz" >/dev/null; }
press_enter() {
    python3 - "$SCRATCH/serial.sock" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"\n")
PY
}
sign_in() { # a token from the serial console
    press_enter; until_true 60 shows '^token '
    token=$(grep -a '^token ' "$LOG" | tail -1 | tr -d '\r' | cut -d' ' -f2)
}
api() { # api METHOD PATH [CURL-OPTIONS]
    local method=$1 path=$2; shift 2
    curl -s -m 60 -X "$method" -H "authorization: Bearer $token" "http://127.0.0.1:$PORT$path" "$@"
}

# what an operator does from outside, with the token of the serial console
cli() { timeout 120 "$PISCES" "$@" --node "http://127.0.0.1:$PORT" --token "$token"; }
running() { cli app status hello 2>/dev/null | grep -c passing | grep -qx 2; }

make_disk
start_guest pisces.name=first
until_true 150 answers || { say_failure; echo "FAILED: no answer from the guest"; exit 1; }
echo "time to API: $((($(date +%s%N) - begun) / 1000000)) ms, of the processor $(spent) ms"
until_true 30 shows '10.0.2.15:7117'
sign_in
status=$(api GET /v1/status)
same "the machine has the name of the kernel's words" "first ready []" \
    "$(jq -r '.node.name + " " + .node.state + " " + (.warnings | tostring)' <<<"$status")"
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
until_true 90 ended || { say_failure; echo "FAILED: the guest does not end"; exit 1; }
guest=""
read -r start size < <(place data)
dd if="$DISK" of="$SCRATCH/data" bs=512 skip="$start" count="$size" conv=sparse status=none
dumpe2fs -h "$SCRATCH/data" >"$SCRATCH/header" 2>/dev/null
same "the file system was left clean, its journal empty" "clean 0" \
    "$(sed -n 's/^Filesystem state: *//p' "$SCRATCH/header") $(grep -c needs_recovery "$SCRATCH/header")"
check "… and is whole" e2fsck -fn "$SCRATCH/data"
same "the data have an identity of their own" "0" "$(grep -c "$TEMPLATE" "$SCRATCH/header")"
same "the data fill their partition" "$((size / 8))" "$(sed -n 's/^Block count: *//p' "$SCRATCH/header")"

start_guest
until_true 150 answers || { say_failure; echo "FAILED: no answer after the restart"; exit 1; }
sign_in
same "the same machine is back" "first $identity" "$(api GET /v1/status | jq -r '.node.name + " " + .node.id')"
until_true 100 running
check "… and runs what it ran" running
end_guest

# --- one bit of the root, in what the small first program reads: the description
block=$(dump.erofs --path=/pisces/description -e "$IMAGE/root" |
    sed -n 's/.*: *\([0-9]*\)\.\. *[0-9]* |.*/\1/p' | head -1)
read -r start size < <(place root-a)
python3 - "$DISK" $((start * 512 + block + 100)) <<'PY'
import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); b = f.read(1)[0]
f.seek(int(sys.argv[2])); f.write(bytes([b ^ 1]))
PY
start_guest
until_true 100 ended || { say_failure; echo "FAILED: a damaged root boots"; exit 1; }
guest=""
holds "a flipped bit in the root stops the boot, and the screen says so" \
    "CANNOT BOOT.*the root in slot a.*a block is damaged" "$(screen)"
start_guest pisces.id=00000000000000000000000000000000
until_true 100 ended || { say_failure; echo "FAILED: a root that is not there boots"; exit 1; }
guest=""
holds "a root that no slot has stops the boot, and the screen lists what is there" \
    "CANNOT BOOT.*root-a.*root-b.*no file system" "$(screen)"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
