#!/usr/bin/env bash
# Four machines that may vote, three of them with members of etcd. One that held the key of etcd's authority is removed, and a
# thief makes certificates with the key on its disk: the authority is replaced while two clients write,
# nothing that is written fails, and the thief gets in nowhere. A machine that was away finds its way by the bus.
# Then Pisces is killed on each machine after each step of another replacement, and at last one voter is left with a learner.
# It takes minutes: it runs with AUTHORITIES=1, and every night.
. "$(dirname "$0")/lib/rig.bash"
[ -n "${AUTHORITIES:-}" ] || skip "it takes minutes; AUTHORITIES=1 runs it, and make nightly"
MACHINES=6
. "$(dirname "$0")/lib/fleet.bash"
THIEF=$(dirname "$PISCES")/ThiefRig
[ -x "$THIEF" ] || skip "there is no $THIEF; swift build --product ThiefRig"

before_cleanup() {
    rm -f "$SCRATCH/go"
    wait "${loops[@]:-}" 2>/dev/null
    end_fleet
}
loops=()
begin_fleet

# writes N: machine N is written to until there is no $SCRATCH/go; what was written, and what was refused.
writes() {
    local number=0
    while [ -e "$SCRATCH/go" ]; do
        number=$((number + 1))
        if put "$1" "count-$1" "$number" 2>>"$SCRATCH/refused"; then echo "$number" >>"$SCRATCH/written-$1"; fi
    done
}
begin_writes() {
    local n
    : >"$SCRATCH/go"; : >"$SCRATCH/refused"
    for n in "$@"; do : >"$SCRATCH/written-$n"; writes "$n" & loops+=($!); done
}
# end_writes READER N…: all that machines N were given is there, and nothing of it was refused.
end_writes() {
    local reader=$1 n
    shift
    rm -f "$SCRATCH/go"; wait "${loops[@]}"; loops=()
    same "no command was refused" "" "$(grep -v 'still waiting$' "$SCRATCH/refused" | head -c 300)"
    for n in "$@"; do
        check "what machine $n wrote is there ($(wc -l <"$SCRATCH/written-$n") commands)" \
            until_true 10 has_text "$reader" "count-$n" "$(tail -1 "$SCRATCH/written-$n")"
    done
}
# at_etcd FILES FROM N PORT: the etcd of machine N on that port answers who shows those files, from machine FROM.
# Whoever shows them believes any server. The port for members knows no such request, and says so.
at_etcd() {
    in_net "$2" curl -s --http1.1 -m 5 -o /dev/null -k --cert "$1/certificate.pem" --key "$1/key.pem" \
        "https://10.79.0.$3:$4/v3/cluster/member/list" -d '{}'
}
# steal N: what is on the disk of machine N, and the certificate that its copy of the key makes.
steal() {
    p "$1" get authority/etcd -o json >"$SCRATCH/authority-$1.json" &&
        "$THIEF" "$SCRATCH/$1" "n$1" "$SCRATCH/authority-$1.json" "$SCRATCH/thief-$1" "10.79.0.$1"
}
step_of() { nodes "$1" | jq -r .log.authorityStep; }
# replaced N STEP: that many steps were taken, and all machines have followed them, as machine N knows.
replaced() { [ "$(nodes "$1" | jq -c '[.log.authorityStep, .log.authority]')" = "[$2,null]" ]; }
trusted() { grep -c BEGIN "$SCRATCH/$1/bus/etcd/authority.pem"; }

say "four machines that may vote, and one that may not"
check "the first machine starts" start 1
for n in 2 3 4; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "and starts" start $n
done
check "machine 5 joins as a client" join 5 "$(p 1 node invite --role client 2>/dev/null)"
check "and starts" start 5
check "three of them keep members of etcd" until_true 120 has_members 1 \
    '[["n1",true,"healthy"],["n2",true,"healthy"],["n3",true,"healthy"]]'
for n in 2 3 4 5; do check "machine $n writes" until_true 30 put $n "by-$n" hello; done
shares() { [ "$(p 1 get authority/etcd -o json | jq -c '[.data.sealed[].machine]')" = '["n1","n2","n3","n4"]' ]; }
check "all four hold the key of etcd's authority" until_true 30 shares
same "it was never replaced" 0 "$(step_of 1)"
old=$(sha256sum <"$SCRATCH/1/bus/etcd/authority.pem")

say "the second is broken into, and a client is away"
check "a thief makes a certificate" steal 2
for port in 7119 7120; do
    for n in 1 3; do check "which opens port $port of machine $n" at_etcd "$SCRATCH/thief-2" 2 $n $port; done
done
check "the client is stopped" p 5 down
begin_writes 1 4

say "it is removed"
check "a person removes the second" p 1 node remove n2
begun() { nodes 1 | jq -r .log.authority | grep -q 'the authority of etcd is replaced: '; }
check "that its key is replaced is seen" until_true 20 begun
check "status says so too" until_true 20 eval 'p 1 status -o json | jq -r .fleet.authority | grep -q replaced'
check "the fourth takes its place" until_true 120 has_members 1 \
    '[["n1",true,"healthy"],["n3",true,"healthy"],["n4",true,"healthy"]]'
check "the authority is replaced" until_true 180 replaced 1 3
end_writes 3 1 4
for n in 1 3 4; do
    for port in 7119 7120; do
        check "port $port of machine $n does not open for the thief" eval "! at_etcd '$SCRATCH/thief-2' 2 $n $port"
        check "but for the third" at_etcd "$SCRATCH/3/bus/etcd" 3 $n $port
    done
    same "machine $n trusts one authority" 1 "$(trusted $n)"
done
check "it is another one" test "$old" != "$(sha256sum <"$SCRATCH/1/bus/etcd/authority.pem")"
p 1 get authority/etcd -o json >"$SCRATCH/authority-now.json"
check "the key of the present one is not on that disk" \
    eval '! "$THIEF" "$SCRATCH/2" n2 "$SCRATCH/authority-now.json" "$SCRATCH/none" 10.79.0.2 2>"$SCRATCH/said"'
holds "because it is not sealed to that machine" 'is not sealed to this machine' "$(cat "$SCRATCH/said")"
check "etcd keeps what is asked of it" until_true 70 eval \
    'nodes 1 | jq -r .log.checks | grep -qE "^([0-9]+) of \1 are kept$"'

say "the client comes back"
check "it starts" start 5
check "it reads what it missed" until_true 60 eval 'has_text 5 count-1 "$(tail -1 "$SCRATCH/written-1")"'
check "and writes" until_true 30 put 5 by-5 again
check "it shows the new authority's certificate" until_true 30 at_etcd "$SCRATCH/5/bus/etcd" 5 1 7119

say "whoever has the pen hangs, and the client writes"
hangs=$(holder 5)
kill -STOP "$(pid_of "$SCRATCH/${hangs#n}")"
check "that is written" until_true 30 put 5 by-5 still
kill -CONT "$(pid_of "$SCRATCH/${hangs#n}")"
voter_has_pen() { case $(holder 5) in n5 | "") return 1 ;; esac; }
check "one that votes has the pen, whoever took it" until_true 20 voter_has_pen
same "nobody was given up" "" "$(p 5 get lapse -o name)"

say "another one is removed; Pisces is killed on each machine at each step"
check "machine 6 joins" join 6 "$(p 1 node invite 2>/dev/null)"
check "and starts" start 6
check "it holds the key" until_true 30 eval 'p 1 get authority/etcd -o json | jq -r ".data.sealed[].machine" | grep -qx n6'
check "a thief makes a certificate of the fourth" steal 4
check "which opens a port" at_etcd "$SCRATCH/thief-4" 4 1 7119
check "the fourth is removed" p 1 node remove n4
p 4 down >/dev/null 2>&1
for step in 4 5 6; do
    reached() { local n; for n in 1 3 6; do [ "$(step_of $n)" = "$1" ] && return 0; done; return 1; }
    check "step $step is taken" until_true 180 reached $step
    for n in 1 3 6; do
        kill -9 "$(pid_of "$SCRATCH/$n")"
        check "machine $n starts again" start $n
    done
done
check "the authority is replaced again" until_true 240 replaced 1 6
check "three keep members of etcd" until_true 60 has_members 1 \
    '[["n1",true,"healthy"],["n3",true,"healthy"],["n6",true,"healthy"]]'
for n in 1 3 6; do
    check "machine $n does not open for the thief" eval "! at_etcd '$SCRATCH/thief-4' 4 $n 7119"
    check "it writes" until_true 30 put $n "by-$n" last
done

say "one more is removed: one is left that votes, and one that learns"
check "a thief makes a certificate of the sixth" steal 6
check "which opens a port" at_etcd "$SCRATCH/thief-6" 6 1 7119
begin_writes 1 3
check "the sixth is removed" p 1 node remove n6
check "the authority is replaced" until_true 240 replaced 1 9
check "one votes and one learns" until_true 60 has_members 1 '[["n1",true,"healthy"],["n3",false,"healthy"]]'
end_writes 3 1 3
for n in 1 3; do check "machine $n does not open for the thief" eval "! at_etcd '$SCRATCH/thief-6' 6 $n 7119"; done
check "the log is whole" p 1 log verify
finish
