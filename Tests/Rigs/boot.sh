#!/usr/bin/env bash
# Boots the image in a guest without hardware help: the API answers from outside, an app runs, the
# machine ends in order and comes back with what it had; a flipped bit stops the boot and says so.
# The guest's clock is slow here: all waits are for conditions, with generous bounds.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
IMAGE=${IMAGE:-$ROOT/dist/image}
for tool in qemu-system-x86_64 sfdisk mkfs.ext4 python3; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
[ -e "$IMAGE/words" ] || { echo "skipped: no image; make static image"; exit 77; }
guest="" PORT=$((20000 + $$ % 20000))
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
    mkfs.ext4 -q -b 4096 -m 0 -J size=4 -O metadata_csum_seed -E nodiscard,resize=1G \
        -U 50495343-4553-2d54-454d-504c41544521 "$SCRATCH/data"
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

make_disk
start_guest pisces.name=first
until_true 120 answers || { say_failure; echo "FAILED: no answer from the guest"; exit 1; }
echo "time to API: $((($(date +%s%N) - begun) / 1000000)) ms"
sign_in
same "the machine has the name of the kernel's words" "first ready" \
    "$(api GET /v1/status | jq -r '.node.name + " " + .node.state')"
echo "resident in the guest: $(api GET /v1/status | jq .memory.residentBytes) bytes"
holds "the screen shows address, fingerprint and generation" "10.0.2.15:7117.*signing.*generation   [0-9a-f]{64}  slot a" \
    "$(tr -d '\r' < "$LOG" | tr '\n' ' ')"
same "PID 1 is in the graph" "pisces" "$(api GET '/v1/resources/process/1?namespace=/machines/first' | jq -r .data.name)"
holds "the data fill their partition" "^[4-9][0-9][0-9]" \
    "$(api GET '/v1/resources/mount?namespace=/machines/first' | jq '.items[] | select(.data.target == "/data" or .name == "/data") | .data.size // .data.totalBytes // 0' | head -1)"
before=$(api GET /v1/log?limit=1 | jq -c '.')
api POST '/v1/down' >/dev/null
until_true 60 ended || { say_failure; echo "FAILED: the guest does not end"; exit 1; }
guest=""
same "the file system was left clean" "clean" "$(
    read -r start size < <(place data)
    dd if="$DISK" of="$SCRATCH/data" bs=512 skip="$start" count="$size" conv=sparse status=none
    dumpe2fs -h "$SCRATCH/data" 2>/dev/null | sed -n 's/^Filesystem state: *//p')"
same "the data have an identity of their own" "1" \
    "$(dumpe2fs -h "$SCRATCH/data" 2>/dev/null | grep UUID | grep -vc 50495343-4553-2d54)"

start_guest
until_true 120 answers || { say_failure; echo "FAILED: no answer after the restart"; exit 1; }
sign_in
same "the same machine is back" "first ready" \
    "$(api GET /v1/status | jq -r '.node.name + " " + .node.state')"
end_guest

# --- one bit of the root
read -r start size < <(place root-a)
python3 - "$DISK" $((start * 512 + 4096 * 5 + 100)) <<'PY'
import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); b = f.read(1)[0]
f.seek(int(sys.argv[2])); f.write(bytes([b ^ 1]))
PY
start_guest
until_true 60 ended || { say_failure; echo "FAILED: a damaged root boots"; exit 1; }
guest=""
holds "a flipped bit in the root stops the boot, and the screen says so" "CANNOT BOOT.*damaged" \
    "$(tr -d '\r' < "$LOG" | tr '\n' ' ')"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
