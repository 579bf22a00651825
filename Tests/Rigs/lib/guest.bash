# Guests of qemu without hardware help, for rigs that boot images. Used behind rig.bash. `use NAME` says which guest the
# others speak of; `guest` is its process. Clocks of guests are slow here: all waits are for conditions, with generous
# bounds.
IMAGE=${IMAGE:-$ROOT/dist/image}
FIRMWARE=${FIRMWARE:-/usr/share/OVMF}
declare -A guests=() tokens=() ports=()
current="" guest="" token="" PORT="" LOG=""
use() { # use NAME: the guest that is spoken of from now on
    if [ -n "$current" ]; then guests[$current]=$guest; tokens[$current]=$token; fi
    current=$1 guest=${guests[$1]:-} token=${tokens[$1]:-}
    [ -n "${ports[$1]:-}" ] || ports[$1]=$((20000 + ($$ + 7919 * ${#ports[@]}) % 20000))
    PORT=${ports[$1]} LOG=$SCRATCH/$1.serial SOCKET=$SCRATCH/$1.sock
}
use guest
end_guests() { local name; for name in "${!ports[@]}"; do use "$name"; end_guest; done; }
trap 'end_guests; cleanup; echo "$passed passed, $((failed + 1)) failed"; exit 1' EXIT INT TERM
before_cleanup() { end_guests; }

# needs_guest TOOL…: skips where a guest cannot run.
needs_guest() {
    local tool
    for tool in qemu-system-x86_64 jq curl python3 "$@"; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
    [ -e "$IMAGE/pisces.img" ] || skip "no image; make image"
}
end_guest() { [ -n "$guest" ] && kill -9 "$guest" 2>/dev/null; wait "$guest" 2>/dev/null; guest=""; }
# run_guest OPTION…: a guest with these disks and this way of booting; with RESTARTS it may restart, with CLOCK its clock
# chip stands there when it starts. ALSO has more options, of every guest.
ALSO=()
run_guest() {
    local ends=-no-reboot
    : > "$LOG"
    rm -f "$SOCKET"
    [ -z "${RESTARTS:-}" ] || ends=
    [ -z "${CLOCK:-}" ] || set -- "$@" -rtc "base=$CLOCK"
    qemu-system-x86_64 -machine q35 -m "${MEMORY:-512}" -accel tcg -cpu max -nodefaults -display none $ends \
        -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:7117${FORWARD:-}" \
        -device virtio-net-pci,netdev=net,romfile= \
        -chardev "socket,id=s,path=$SOCKET,server=on,wait=off,logfile=$LOG" -serial chardev:s \
        "${ALSO[@]}" "$@" >"$SCRATCH/$current.qemu" 2>&1 &
    guest=$!
    begun=$(date +%s%N)
}
widen() { # widen DISK SIZE: a disk of that size, the rest of it for the data
    truncate -s "$2" "$1"
    sgdisk -e "$1" >/dev/null && echo ', +' | sfdisk -q --no-reread -N 6 "$1" >/dev/null
}
disks() { # disks FILE…: options for virtio disks, vda first
    local file
    for file in "$@"; do printf '%s\n' -drive "if=virtio,format=raw,discard=unmap,file=$file"; done
}
# start_guest "WORDS" DISK…: directly, with the kernel of the image.
start_guest() {
    local words=$1 options
    shift
    mapfile -t options < <(disks "$@")
    run_guest -kernel "$IMAGE/kernel" -initrd "$IMAGE/initramfs" -append "$(cat "$IMAGE/words") $words" "${options[@]}"
}
# start_firmware DISK…: as a machine does, from the ESP of the first disk.
start_firmware() {
    local options
    [ -e "$FIRMWARE/OVMF_CODE_4M.fd" ] || skip "no firmware: ovmf is not installed"
    cp "$FIRMWARE/OVMF_VARS_4M.fd" "$SCRATCH/$current.variables"
    mapfile -t options < <(disks "$@")
    run_guest -drive "if=pflash,format=raw,readonly=on,file=$FIRMWARE/OVMF_CODE_4M.fd" \
        -drive "if=pflash,format=raw,file=$SCRATCH/$current.variables" "${options[@]}"
}
# Milliseconds of processor time that the guest has used: what it takes however busy the host is.
spent() { awk '{print ($14 + $15) * 10}' "/proc/$guest/stat"; }
screen() { tr -d '\r' < "$LOG" | tr '\n' ' '; }
shows() { grep -aq -- "$1" "$LOG"; }
ended() { ! kill -0 "$guest" 2>/dev/null; }
say_failure() { tail -40 "$LOG"; tail -5 "$SCRATCH/$current.qemu"; }
answers() { curl -sf -m "${1:-5}" "http://127.0.0.1:$PORT/healthz" >/dev/null; } # answers [SECONDS]
# await_guest WHAT: until the API answers; says what that took. It asks often and waits little: qemu takes a connection
# before the guest has an address, and that one is never answered. A host that is very busy is asked with patience.
await_guest() {
    until_true 60 answers 0.25 || until_true 240 answers || { say_failure; bad "$1 answers"; return 1; }
    ok "$1 answers"
    echo "time to API: $((($(date +%s%N) - begun) / 1000000)) ms, of the processor $(spent) ms ($1)"
}
await_end() { until_true 120 ended || { say_failure; bad "$1 ends"; end_guest; return 1; }; guest=""; }
# The title of the console's page, as a browser at the host gets it.
page_title() { curl -sfL -m 60 "http://127.0.0.1:$PORT/" | sed -n 's:.*<title>\(.*\)</title>.*:\1:p'; }
press_enter() {
    python3 - "$SOCKET" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"\n")
PY
}
# The line behind a token is begun when the token is whole.
tokens_shown() { grep -ac '^link ' "$LOG"; }
sign_in() { # a token from the serial console, in place of the one before
    local before
    # A machine that was just born answers before its screen looks at the keyboard.
    until_true 240 shows '^PISCES  .*  ready'
    before=$(tokens_shown)
    # While the log of a fleet cannot be written there is none.
    until_true 400 eval "press_enter; until_true 20 eval '[ \"\$(tokens_shown)\" -gt $before ]'"
    token=$(grep -a '^token ' "$LOG" | tail -1 | tr -d '\r' | cut -d' ' -f2)
}
api() { # api METHOD PATH [CURL-OPTIONS]
    local method=$1 path=$2; shift 2
    curl -s -m 60 -X "$method" -H "authorization: Bearer $token" "http://127.0.0.1:$PORT$path" "$@"
}
# what an operator does from outside, with the token of the serial console
cli() { timeout "${WAIT:-120}" "$PISCES" "$@" --node "http://127.0.0.1:$PORT" --token "$token"; }
place() { # place DISK LABEL: first sector and count of a partition
    sfdisk -J "$1" | jq -r ".partitiontable.partitions[] | select(.name == \"$2\") | \"\(.start) \(.size)\""
}
cut_out() { # cut_out DISK LABEL FILE: the bytes of a partition
    local start size
    read -r start size < <(place "$1" "$2")
    dd if="$1" of="$3" bs=512 skip="$start" count="$size" conv=sparse status=none
}
put_back() { # put_back FILE DISK LABEL
    local start size
    read -r start size < <(place "$2" "$3")
    dd if="$1" of="$2" bs=512 seek="$start" conv=notrunc status=none
}
# flip DISK LABEL BYTE: one bit of that byte of a partition.
flip() {
    local start size
    read -r start size < <(place "$1" "$2")
    python3 - "$1" $((start * 512 + $3)) <<'PY'
import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); b = f.read(1)[0]
f.seek(int(sys.argv[2])); f.write(bytes([b ^ 1]))
PY
}
# description_at ROOT: the first byte of the description in a root, which the small first program reads.
description_at() {
    dump.erofs --path=/pisces/description -e "$1" | sed -n 's/.*: *\([0-9]*\)\.\. *[0-9]* |.*/\1/p' | head -1
}
# seed DISK FOLDER: puts a folder of files on the data of a disk that never booted, as a stick would bring it.
seed() {
    local name
    cut_out "$1" data "$SCRATCH/data"
    {
        echo "mkdir /$(basename "$2")"
        for name in "$2"/*; do
            echo "write $name /$(basename "$2")/$(basename "$name")"
            [ -x "$name" ] && echo "sif /$(basename "$2")/$(basename "$name") mode 0100755"
        done
    } | debugfs -w -f - "$SCRATCH/data" >/dev/null 2>"$SCRATCH/debugfs"
    put_back "$SCRATCH/data" "$1" data
}
