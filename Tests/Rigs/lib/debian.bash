# A Debian of qemu without hardware help that runs our program, for rigs that hold our sensors against the tools of a machine
# that has what this one lacks. Used behind rig.bash and debianroot.bash. What a guest writes nobody keeps. Clocks of
# guests are slow here: all waits are for conditions.
API_PORT=$((20000 + $$ % 20000)) SSH_PORT=$((20000 + ($$ + 7919) % 20000))
guest="" watchers=()

# start_debian: the machine, with secure boot, a watchdog that nobody has started, and four empty disks.
start_debian() {
    local name disks=()
    LOG=$SCRATCH/serial
    cp "$FIRMWARE/OVMF_VARS_4M.ms.fd" "$SCRATCH/variables"
    for name in raid-a raid-b raid-c volumes; do
        truncate -s 128M "$SCRATCH/$name"
        disks+=(-drive "if=none,id=$name,format=raw,file=$SCRATCH/$name"
            -device "virtio-blk-pci,drive=$name,serial=$name")
    done
    : >"$LOG"
    TMPDIR=$SCRATCH qemu-system-x86_64 -machine q35,smm=on -accel tcg,thread=multi -cpu max -smp 2 -m 2048 \
        -nodefaults -display none -no-reboot -global driver=cfi.pflash01,property=secure,value=on \
        -drive "if=pflash,format=raw,readonly=on,file=$FIRMWARE/OVMF_CODE_4M.secboot.fd" \
        -drive "if=pflash,format=raw,file=$SCRATCH/variables" \
        -drive "if=none,id=root,format=raw,snapshot=on,file=$DEBIAN/root.img" \
        -device virtio-blk-pci,drive=root,serial=root \
        -drive "if=none,id=esp,format=raw,snapshot=on,file=$DEBIAN/esp.img" \
        -device virtio-blk-pci,drive=esp,serial=esp,bootindex=0 "${disks[@]}" \
        -device i6300esb -watchdog-action none -device virtio-rng-pci \
        -netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$API_PORT-:7117,hostfwd=tcp:127.0.0.1:$SSH_PORT-:22" \
        -device virtio-net-pci,netdev=net,romfile= -serial "file:$LOG" >"$SCRATCH/qemu" 2>&1 &
    guest=$!
}
end_debian() {
    local one
    for one in "${watchers[@]}"; do kill "$one" 2>/dev/null; done
    [ -n "$guest" ] && kill -9 "$guest" 2>/dev/null && wait "$guest" 2>/dev/null
    guest=""
}
# Where the machine ended no wait makes sense.
lives() { kill -0 "$guest" 2>/dev/null; }
access() { # access USER: the words of ssh for that user
    printf '%s\n' -i "$DEBIAN/key" -p "$SSH_PORT" -o StrictHostKeyChecking=no -o "UserKnownHostsFile=$SCRATCH/known" \
        -o LogLevel=ERROR -o BatchMode=yes -o ConnectTimeout=60 "$1@127.0.0.1"
}
# on COMMAND…: as root on the machine, through one connection that stays.
on() {
    local words
    mapfile -t words < <(access root)
    timeout -k 5 "${WAIT:-300}" ssh -o ControlMaster=auto -o ControlPersist=600 -o "ControlPath=$SCRATCH/ssh" \
        "${words[@]}" "$@" </dev/null
}
put() { # put FILE PATH: a file from here to there
    local words
    mapfile -t words < <(access root)
    timeout -k 5 600 ssh -o "ControlPath=$SCRATCH/ssh" "${words[@]}" "cat >'$2' && chmod +x '$2'" <"$1"
}
await_debian() { # until one can log in
    local end=$((SECONDS + 900))
    until on true >/dev/null 2>&1; do
        lives && [ $SECONDS -lt $end ] || { tail -30 "$LOG"; cat "$SCRATCH/qemu"; return 1; }
        sleep 1
    done
}

# put_program: our program, and the libraries that it has besides those of every Debian.
put_program() {
    local libraries
    mapfile -t libraries < <(ldd "$PISCES" 2>/dev/null | grep -oE ' /[^ ]+' | tr -d ' ' |
        grep -vE '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread))\.so')
    strip -o "$SCRATCH/pisces" "$PISCES" && put "$SCRATCH/pisces" /usr/local/bin/pisces || return
    [ ${#libraries[@]} -eq 0 ] && return
    tar -C / -chf "$SCRATCH/libraries" --transform 's:.*/::' "${libraries[@]#/}" &&
        put "$SCRATCH/libraries" /root/libraries.tar && on "mkdir /opt/pisces && tar -C /opt/pisces -xf /root/libraries.tar"
}
# begin_node: our program as a node of that machine, asked from here.
begin_node() {
    put_program || return
    on systemd-run -q --unit=pisces-node -p KillMode=process -E LD_LIBRARY_PATH=/opt/pisces /usr/local/bin/pisces up \
        --state /var/lib/pisces --listen 10.0.2.15:7117 || return
    until_true 300 curl -sf -m 5 "http://127.0.0.1:$API_PORT/readyz" || return
    token=$(on LD_LIBRARY_PATH=/opt/pisces pisces token --name rig --state /var/lib/pisces | grep -a "^pisces_" | tail -1)
    [ -n "$token" ] && until_true 300 watching
}
watching() { cli sensors -o json | jq -e 'length > 0 and all(.[]; .state == "watching")'; }
cli() { timeout -k 5 120 "$PISCES" "$@" --node "http://127.0.0.1:$API_PORT" --token "$token"; }
# asked TYPE/NAME JQ: a figure of one resource. Not with --consistency now: all sensors at once take longer here than that
# waits.
asked() { cli get "$1" -o json 2>/dev/null | jq -r "$2"; }
# rows CYPHER: the rows of an answer as lists of JSON. The columns are numbered, as their names would order them.
rows() {
    local columns=${1##*RETURN } order="" distinct="" column names="" number=0
    case $columns in *" ORDER BY "*) order=" ORDER BY ${columns#* ORDER BY }" columns=${columns%% ORDER BY *} ;; esac
    case $columns in "DISTINCT "*) distinct="DISTINCT " columns=${columns#DISTINCT } ;; esac
    while read -r column; do
        names+="${names:+, }$column AS c$((number++))"
    done < <(sed 's/, /\n/g' <<<"$columns")
    cli query "${1%RETURN *}RETURN $distinct$names$order" -o ndjson | jq -c '[to_entries | sort_by(.key)[].value]'
}
# tells WHAT TOOL TOLD: the graph tells what a tool of the machine says, which is something.
tells() { if [ -n "$2" ]; then same "$1" "$2" "$3"; else bad "$1" "the machine's own tool says nothing"; fi; }
# comes_to WHAT WANTED COMMAND…: until it says that.
comes_to() {
    local what=$1 wanted=$2
    shift 2
    until_true 150 eval "[ \"\$($(printf '%q ' "$@"))\" = \"\$wanted\" ]"
    tells "$what" "$wanted" "$("$@")"
}
# follow NAME CYPHER: writes what enters and leaves an answer, with how it was learned.
follow() {
    "$PISCES" watch "$2" --from now --node "http://127.0.0.1:$API_PORT" --token "$token" \
        >"$SCRATCH/$1.live" 2>"$SCRATCH/$1.said" &
    watchers+=($!)
    until_true 60 grep -q class "$SCRATCH/$1.said" || bad "$1 is followed" "$(cat "$SCRATCH/$1.said")"
}
# live WHAT NAME ROW: that row came, by an event and not by a sweep.
live() { appears "$1" "$2" "$3(  .*)?  intercepted"; }
# appears WHAT NAME ROW: the same by whatever the sensor learnt it from.
appears() {
    until_true 150 grep -qE -- "^$3" "$SCRATCH/$2.live"
    holds "$1" "^$3" "$(cat "$SCRATCH/$2.live")"
}
