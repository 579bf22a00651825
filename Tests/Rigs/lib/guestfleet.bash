# Three guests of the image that are one fleet, for rigs: `. lib/guestfleet.bash` behind rig.bash and guest.bash. Each has a
# disk of its own and, beside the interface to this machine, one on a wire between all: 10.99.0.N. An app has a replica on
# each, and answers at each guest.
needs_guest sfdisk sgdisk debugfs
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
[ -e "$FIRMWARE/OVMF_CODE_4M.fd" ] || skip "no firmware: ovmf is not installed"
MEMBERS=(one two three)
WAIT=${WAIT:-900}
declare -A number=([one]=1 [two]=2 [three]=3)
# The wire: frames as datagrams to a group on loopback, which all guests of this rig are in.
GROUP=230.77.$(($$ / 250 % 250)).$(($$ % 250 + 1)):$((45000 + $$ % 900))
told() { echo "     $1"; }
# member NAME: the guest that is spoken of, with its second interface and the app's port at this machine.
member() {
    use "$1"
    ALSO=(-netdev "socket,id=wire,mcast=$GROUP,localaddr=127.0.0.1"
        -device "virtio-net-pci,netdev=wire,mac=52:54:00:00:77:0${number[$1]},romfile=")
    APP=$((PORT - 10000))
    FORWARD=",hostfwd=tcp:127.0.0.1:$APP-:18000"
}
# boot NAME: from its own disk, by firmware, as a machine does; with CLOCK at that time. boot_all NAME…: and waits for all.
boot() { member "$1"; RESTARTS=1 start_firmware "$SCRATCH/$1.disk" "$SCRATCH/$1.ticket"; }
boot_all() {
    local name
    for name in "$@"; do boot "$name"; done
    for name in "$@"; do meet "$name" || return 1; done
}
# meet NAME: waits until it answers, and signs in there.
meet() {
    member "$1"
    until_true 400 answers || { say_failure; bad "$1 answers"; return 1; }
    sign_in
}
on() { member "$1"; shift; cli "$@"; }
# down NAME…: they end in order.
down() {
    local name
    for name in "$@"; do member "$name"; api POST /v1/down >/dev/null; done
    for name in "$@"; do member "$name"; await_end "$name" || return 1; done
}
nodes() { on "$1" node list -o json 2>/dev/null; }
# whole NAME: it says that all vote, that the log rests on etcd, and that nobody is drained.
whole() {
    [ "$(nodes "$1" | jq -r '([.items[] | select(.member == "healthy" and .votes and .state == "active")] | length), .log.rests' |
        tr '\n' ' ')" = "3 etcd " ]
}
runs() { on "$1" update status -o json 2>/dev/null | jq -r .runs; }
update_of() { on "$1" update status -o json 2>/dev/null | jq -r ".update.$2 // \"\""; }
settled() { [ "$(on "$1" update status -o json 2>/dev/null | jq -r .isOnTrial)" = false ]; }
warnings() { on "$1" status -o json 2>/dev/null | jq -r '.warnings[]'; }
warns() { warnings "$1" | grep -qE -- "$2"; }
# What runs of the app, as a machine knows: `task machine`, one a line.
placed() { on "$1" get assignment -A -o json | jq -r '.items[].data | "\(.task) \(.machine)"' | sort; }
passing() { on "$1" app status hello 2>/dev/null | grep -c passing; }
all_pass() { [ "$(passing "$1")" = 3 ]; }
put() { printf 'type: config\nname: %s\ndata: {text: "%s"}\n' "$2" "$3" | on "$1" apply -f - >/dev/null; }
text_of() { on "$1" get "config/$2" -o json 2>/dev/null | jq -r .data.text; }
has_text() { [ "$(text_of "$1" "$2")" = "$3" ]; }
# app_answers NAME: the app answers at this guest.
app_answers() { member "$1"; curl -sf -m 10 "http://127.0.0.1:$APP/" | grep -q '^hello from'; }

# make_ticket NAME INVITATION: what joins that machine to the fleet of the first, which has its system already.
make_ticket() {
    printf '%s\n' "pisces birth 1" "name $1" "parent one" "invitation $2" "bus 10.99.0.${number[$1]}:7118" \
        "address 10.99.0.${number[$1]}/24" "interface eth1" "end" >"$SCRATCH/words"
    dd if="$SCRATCH/words" of="$SCRATCH/$1.ticket" conv=notrunc status=none
}
# begin_guests: three guests that are one fleet, with an app. With KEPT=FOLDER their disks are kept there, and another run
# begins with them.
begin_guests() {
    local name
    if [ -n "${KEPT:-}" ] && [ -e "$KEPT/three.disk" ]; then
        for name in "${MEMBERS[@]}"; do cp --sparse=always "$KEPT/$name".* "$SCRATCH/"; done
        boot_all "${MEMBERS[@]}" || exit 1
    else
        found_guests
        install_app
        # What a system that was started by firmware has to prove of itself is behind it then.
        down one || exit 1
        boot one
        meet one || exit 1
        for name in "${MEMBERS[@]}"; do check "$name keeps what the image has" until_true 400 settled "$name"; done
        if [ -n "${KEPT:-}" ]; then
            down "${MEMBERS[@]}" || exit 1
            mkdir -p "$KEPT"
            for name in "${MEMBERS[@]}"; do cp --sparse=always "$SCRATCH/$name".{disk,ticket} "$KEPT/"; done
            boot_all "${MEMBERS[@]}" || exit 1
        fi
    fi
    check "the fleet is whole" until_true 400 whole two
    check "with its app" until_true 400 all_pass two
}
# found_guests: the first one is told by the kernel's words who it is, the others by a ticket.
found_guests() {
    local name invitation
    for name in "${MEMBERS[@]}"; do
        cp --sparse=always "$IMAGE/pisces.img" "$SCRATCH/$name.disk"
        # etcd, which keeps the log of a fleet, wants more room than the smallest disk has.
        widen "$SCRATCH/$name.disk" 2G
        truncate -s 4096 "$SCRATCH/$name.ticket"
    done
    mkdir "$SCRATCH/hello"
    cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/hello/"
    sed -e 's#^directory: .*##' -e 's#count: 2#count: 3#; s#listen: 18000#listen: "0.0.0.0:18000"#' \
        -e 's#^    ports#    place: {spread: machine}\n&#' "$ROOT/Apps/hello/app.yaml" >"$SCRATCH/hello/app.yaml"
    seed "$SCRATCH/one.disk" "$SCRATCH/hello"
    member one
    start_guest "pisces.name=one pisces.bus=10.99.0.1:7118" "$SCRATCH/one.disk"
    await_guest "the first guest" || exit 1
    sign_in
    printf 'type: network\nnamespace: /machines/one\nname: eth1\ndata: {address: 10.99.0.1/24}\n' | on one apply -f - >/dev/null ||
        bad "its second interface gets an address"
    for name in two three; do
        invitation=$(on one node invite 2>"$SCRATCH/said") || bad "$name is invited" "$(cat "$SCRATCH/said")"
        make_ticket "$name" "$(grep -o 'pisces-join-[0-9a-z-]*' <<<"$invitation" | head -1)"
        boot "$name"
    done
    for name in two three; do
        meet "$name" || exit 1
        ok "$name answers"
    done
    check "the three are one fleet, each with a voting member of etcd" until_true 400 whole one
}
# install_app: three replicas, one on each machine.
install_app() {
    local name
    check "an app comes from a bundle" on one store add /data/hello
    check "and is installed" on one store install hello --no-wait
    check "each of its three replicas answers its checks" until_true 400 all_pass one
    same "one replica runs on each" "one three two" "$(placed two | cut -d' ' -f2 | sort | tr '\n' ' ' | sed 's/ $//')"
    for name in "${MEMBERS[@]}"; do check "the app answers on $name" until_true 100 app_answers "$name"; done
}
