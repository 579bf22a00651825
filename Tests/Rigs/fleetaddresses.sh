#!/usr/bin/env bash
# Three machines are stopped, all of them get other addresses, and they start again: told one address
# each, they find each other by their keys, and etcd is told where its members are. Nothing that was
# acknowledged is lost, and no task is restarted. Then one machine alone moves while the others run,
# and in the end all of them move within their network, by their ports only.
# It takes minutes: it runs with ADDRESSES=1, and every night.
. "$(dirname "$0")/lib/rig.bash"
[ -n "${ADDRESSES:-}" ] || skip "it takes minutes; ADDRESSES=1 runs it, and make nightly"
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    p 1 app remove hello --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet

declare -A at=([1]=10.79.0.1:7118 [2]=10.79.0.2:7118 [3]=10.79.0.3:7118)
start() {
    in_net "$1" "$PISCES" up --state "$SCRATCH/$1" --name "n$1" --listen 127.0.0.1:0 \
        --bolt 127.0.0.1:0 --bus "${at[$1]}" --background
}
# moved N ADDRESS: the interface of machine N has that address and no other.
moved() {
    ip -n "$tag$1" addr flush dev eth0
    ip -n "$tag$1" addr add "$2/16" dev eth0
    at[$1]=$2:${3:-7118}
}
lives() { p "$1" get instance -A -o json | jq -c '[.items[].data | [.task, .life]] | sort'; }
pids_of() { p "$1" get instance -A -o json | jq -c '[.items[].data.pid // empty] | sort'; }
state_hash() { p "$1" get config -o json | jq -S '[.items[] | [.name, .revision, .data.text]]' | sha256sum; }
same_state() { [ "$(state_hash "$1")" = "$(state_hash "$2")" ]; }
knows() { [ "$(nodes "$1" | jq -r ".items[] | select(.name == \"n$2\") | .addresses[0]")" = "${at[$2]}" ]; }
# The environment of the member of etcd of machine N.
proxy_of() {
    local pid
    for pid in $(ip netns pids "$tag$1"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = etcd ] && tr '\0' '\n' <"/proc/$pid/environ" | grep PROXY
    done
}
unbridged() { local n; for n in 1 2 3; do [ -z "$(proxy_of $n)" ] || return 1; done; }
peers_of() {
    in_net "$1" curl -s --cacert "$SCRATCH/$1/bus/etcd/authority.pem" --cert "$SCRATCH/$1/bus/etcd/certificate.pem" \
        --key "$SCRATCH/$1/bus/etcd/key.pem" "https://${at[$1]%:*}:$((${at[$1]#*:} + 1))/v3/cluster/member/list" -d '{}' |
        jq -c '[.members[] | [.name, .peerURLs[]]] | sort'
}
wanted_peers() {
    local n; for n in 1 2 3; do echo "[\"n$n\",\"https://${at[$n]%:*}:$((${at[$n]#*:} + 2))\"]"; done | jq -cs sort
}
advises() { p "$1" status | grep -q "pisces node at n"; }
listed() { [ "$(peers_of 1)" = "$(wanted_peers)" ]; }
# whole: what must hold of a fleet that is whole.
whole() {
    check "three members of etcd are healthy" until_true 90 healthy 1 3
    local from to
    for from in 1 2 3; do for to in 1 2 3; do
        check "machine $from knows where $to is" until_true 30 knows $from $to
    done; done
    check "etcd has the members where they are" until_true 60 listed
    check "and they dial each other themselves" until_true 90 unbridged
    check "three members are healthy then" until_true 60 healthy 1 3
    for from in 1 2 3; do
        check "machine $from writes" until_true 20 put $from "by-$from" "$1"
        for to in 1 2 3; do check "machine $to has it" until_true 10 has_text $to "by-$from" "$1"; done
    done
    same "the tasks are those of before" "$life" "$(lives 1)"
    same "so are their processes" "$processes" "$(pids_of 1)"
}

say "three machines with an app"
for n in 1 2 3; do moved $n "10.79.0.$n"; done
check "the first machine starts" start 1
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "… and starts" start $n
done
check "three members of etcd are healthy" until_true 60 healthy 1 3
make -s -C Apps/hello || bad "the sample app builds"
sed "s|18080|28380|; s|18000|28300|; s|^directory: .*|directory: $ROOT/.build/apps/hello|
    s|^    count: 2|&\n    place: {require: {machine: n1}}|" Apps/hello/app.yaml >"$SCRATCH/app.yaml"
check "an app is installed" p 1 app install "$SCRATCH/app.yaml"
life=$(lives 1) processes=$(pids_of 1)
holds "its tasks have processes" '[0-9]' "$processes"
taken=0
for number in $(seq 30); do put $((number % 3 + 1)) "note-$number" "$number" && taken=$number; done
same "commands are acknowledged" 30 "$taken"

say "all of them go down and move"
for n in 1 2 3; do check "machine $n stops" p $n down; done
for n in 1 2 3; do moved $n "10.79.7.$((n + 10))"; done
for n in 1 2 3; do check "machine $n starts at ${at[$n]}" start $n; done
for n in 1 2 3; do check "machine $n says what to do" until_true 30 advises $n; done
check "what was acknowledged can be read meanwhile" has_text 1 note-30 30
check "that is told on the second" p 2 node at n1 "${at[1]}"
check "and on the third" p 3 node at n1 "${at[1]}"
began=$(date +%s%N)
check "a command is taken" until_true 90 put 2 greeting moved
echo "writes again after $((($(date +%s%N) - began) / 1000000)) ms"
whole first
for n in 1 2 3; do
    same "all commands are on machine $n" 30 \
        "$(p $n get config -o json | jq '[.items[] | select(.name | startswith("note-")) | select(.name == "note-" + .data.text)] | length')"
    check "and it has the same state as the first" until_true 10 same_state 1 $n
    check "its log is whole" p $n log verify
done

say "what is told is held against"
check "a node that is not there is refused" eval '! p 1 node at n9 10.0.0.1:7118 2>"$SCRATCH/said"'
holds "and that is said" "not of this fleet" "$(cat "$SCRATCH/said")"
check "what is no address is refused" eval '! p 1 node at n2 there:7118 2>"$SCRATCH/said"'
holds "and that is said, too" "numeric address" "$(cat "$SCRATCH/said")"
check "a wrong address of a machine that is well" p 1 node at n2 10.79.9.9:7118
check "harms nothing" eval 'put 2 greeting well && until_true 5 has_text 1 greeting well'

say "one machine moves while the others run"
check "the third stops" p 3 down
moved 3 10.79.7.33
check "the others write" put 1 greeting without
check "it starts at ${at[3]}, told nothing" start 3
check "it has what it missed" until_true 30 has_text 3 greeting without
whole second

say "all of them get other ports, and are killed first"
for n in 1 2 3; do
    kill -9 "$(pid_of "$SCRATCH/$n")"
    for pid in $(ip netns pids "$tag$n"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = etcd ] && kill -9 "$pid"
    done
    at[$n]=10.79.7.$((n + 20)):7218
    moved $n "10.79.7.$((n + 20))" 7218
done
for n in 1 2 3; do check "machine $n starts at ${at[$n]}" start $n; done
check "that is told on the first, of the second" p 1 node at n2 "${at[2]}"
check "and of the third" p 1 node at n3 "${at[3]}"
check "a command is taken" until_true 90 put 3 greeting again
whole third
finish
