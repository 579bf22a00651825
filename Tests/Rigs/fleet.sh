#!/usr/bin/env bash
# Three machines in network namespaces of this one: a fleet grows 1 → 3 → 1 under a writer and a
# running app whose page is asked for all the time; its pen's holder is killed; invitations and
# removed machines are refused. With SHOW=1 it says what it does, for people (`make fleet`).
. "$(dirname "$0")/lib/rig.bash"
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    rm -f "$SCRATCH/go"
    wait "${loops[@]:-}" 2>/dev/null
    p 1 app remove hello --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet

say "one machine, alone, with an app"
check "the first machine starts" start 1
make -s -C Apps/hello || bad "the sample app builds"
sed "s|18080|28280|; s|18000|28200|; s|^directory: .*|directory: $ROOT/.build/apps/hello|" \
    Apps/hello/app.yaml >"$SCRATCH/app.yaml"
# It stays here: what moves is another rig's.
sed -i "s|^    count: 2|&\n    place: {require: {machine: n1}}|" "$SCRATCH/app.yaml"
check "an app is installed" p 1 app install "$SCRATCH/app.yaml"
life=$(p 1 get instance -A -o json | jq -c '[.items[].data | [.task, .life]] | sort')

: >"$SCRATCH/go"
# page N: machine N's balancer gives the app's page.
page() { in_net "$1" curl -sf -m 5 -o /dev/null http://127.0.0.1:28200/; }
# asks N [MACHINE]: machine N's balancer is asked all the time, until there is no $SCRATCH/go. What is missed
# from when MACHINE is given up (a lapse, after 5 s of silence) until it is served again is counted apart.
asks() {
    local good=0 failed=0 given=0 outage=
    while [ -e "$SCRATCH/go" ]; do
        if page "$1"; then good=$((good + 1)) outage=
        elif [ -n "$outage" ] || { [ -n "${2:-}" ] && p "$1" get "lapse/$2" >/dev/null 2>&1; }; then
            outage=1 given=$((given + 1))
        else failed=$((failed + 1)); fi
        sleep 0.05
    done
    echo "$good $failed $given" >"$SCRATCH/asked"
}
writes() {
    local number=0
    while [ -e "$SCRATCH/go" ]; do
        number=$((number + 1))
        if put 1 count "$number" 2>>"$SCRATCH/refused"; then echo "$number" >>"$SCRATCH/written"; fi
        sleep 0.05
    done
}
asks 1 & loops=($!)
writes & loops+=($!)

say "it invites two others"
first=$(p 1 node invite)
check "a second machine joins" join 2 "$first"
check "it starts and follows" start 2
check "a used invitation is refused" eval '! join 3 "$first" 2>"$SCRATCH/said"'
holds "the refusal says by whom it was used" "was used by n2" "$(cat "$SCRATCH/said")"
rm -rf "$SCRATCH/3"
check "a mistyped invitation is refused" eval '! join 3 "${first%?}" 2>"$SCRATCH/said"'
rm -rf "$SCRATCH/3"
# Whoever saw an invitation knows all of it but the secret of another one.
open=$(p 1 node invite)
forged=$(python3 "$ROOT/Tests/Rigs/lib/invitation.py" secret "$open")
check "a forged invitation is refused" eval '! join 3 "$forged" 2>"$SCRATCH/said"'
holds "the refusal says that it is none" "never made, deleted, or forged" "$(cat "$SCRATCH/said")"
rm -rf "$SCRATCH/3"
check "another fleet is founded" start 4
foreign=$(python3 "$ROOT/Tests/Rigs/lib/invitation.py" address "$(p 4 node invite)" 10.79.0.1:7118)
check "its invitation is refused here" eval '! join 3 "$foreign" 2>"$SCRATCH/said"'
holds "the refusal says that this is another fleet" "authority" "$(cat "$SCRATCH/said")"
p 4 down >/dev/null
rm -rf "$SCRATCH/3" "$SCRATCH/4"
check "a third machine joins with what was forged from" join 3 "$open"
check "it starts and follows too" start 3
check "the log rests on etcd" until_true 30 rests 1 etcd
check "three members of etcd are healthy" until_true 60 healthy 1 3
holds "etcd keeps what is asked of it" '^([0-9]+) of \1 are kept$' "$(nodes 1 | jq -r .log.checks)"
check "a command on the third machine" put 3 greeting hello
check "is on the second" until_true 5 has_text 2 greeting hello

say "all three have the same history"
put 2 last "before the loss"
entries() { p "$1" log --from 1 -o json | jq -c '[.[] | [.position, .author, .time]] | .[:40]'; }
holds "the third has the first entries too" '^\[\[1,' "$(entries 3)"
same "the log is the same everywhere" "$(entries 1)" "$(entries 3)"

say "a machine that is not the writer's loses its process"
check "the pen has a holder" until_true 10 eval '[ -n "$(holder 2)" ]'
kill -9 "$(pid_of "$SCRATCH/2")"
check "commands go on at once" put 3 greeting again
check "it comes back" start 2
check "and has what it missed" until_true 10 has_text 2 greeting again

say "the machine that decides is killed, with its member of etcd"
rm -f "$SCRATCH/go"; wait "${loops[@]}"; loops=()
read -r good lost given <"$SCRATCH/asked"
same "the page was there all the time ($good times)" 0 "$lost"
same "no command was refused" "" "$(grep -v 'still waiting$' "$SCRATCH/refused" | head -c 300)"
deciding=$(holder 3); n=${deciding#n}
other=$((n % 3 + 1)); third=$((other % 3 + 1))
put "$n" kept "$(tail -1 "$SCRATCH/written")"
# A balancer ends with the Pisces it is in, the app's processes do not. So the page is asked for
# where Pisces goes on: it comes from the processes on n1, also while that is the one killed. A machine that
# is given up is sent nothing, because others may have its tasks then: that is so after 5 s.
check "the page is there on n$other too" until_true 10 page "$other"
: >"$SCRATCH/go"
asks "$other" n1 & loops=($!)
sleep 1
kill -9 "$(pid_of "$SCRATCH/$n")"
ip netns pids "$tag$n" | while read -r pid; do
    [ "$(cat "/proc/$pid/comm")" = etcd ] && kill -9 "$pid"
done
began=$(date +%s%N)
check "another one writes" until_true 20 put "$other" greeting failover
took=$((($(date +%s%N) - began) / 1000000))
echo "writes again after $took ms"
check "nothing was lost" until_true 5 has_text "$third" kept "$(tail -1 "$SCRATCH/written")"
same "the last written number is there" "$(tail -1 "$SCRATCH/written")" "$(text_of "$third" count)"
check "the killed one comes back" start "$n"
rm -f "$SCRATCH/go"; wait "${loops[@]}"; loops=()
read -r good lost given <"$SCRATCH/asked"
check "the page was asked for through the kill ($good times)" test "$good" -gt 10
same "and was there as long as n1 was not given up ($given missed then)" 0 "$lost"
check "with all that was written" until_true 20 has_text "$n" greeting failover
check "three members are healthy again" until_true 60 healthy "$other" 3
same "the app's processes are those of before" "$life" \
    "$(p 1 get instance -A -o json | jq -c '[.items[].data | [.task, .life]] | sort')"

say "back to one machine"
: >"$SCRATCH/go"; : >"$SCRATCH/refused"
asks 1 & loops=($!)
writes & loops+=($!)
# at_etcd N PORT: machine 1's etcd on that port answers who shows the certificate of machine N, from
# machine N. The port for members knows no such request, and says so.
at_etcd() {
    local files=$SCRATCH/$1/bus/etcd
    in_net "$1" curl -s --http1.1 -m 5 -o /dev/null --cacert "$files/authority.pem" --cert "$files/certificate.pem" \
        --key "$files/key.pem" "https://10.79.0.1:$2/v3/cluster/member/list" -d '{}'
}
two_left() {
    [ "$(nodes 1 | jq -c '[.items[] | select(.member) | [.name, .votes, .member]] | sort')" = \
        '[["n1",true,"healthy"],["n3",false,"healthy"]]' ]
}
for port in 7119 7120; do check "etcd answers the second at port $port" at_etcd 2 $port; done
check "the second is removed" p 1 node remove n2
for port in 7119 7120; do
    check "and then refuses it at port $port" until_true 5 eval "! at_etcd 2 $port"
    check "but not the third" until_true 5 at_etcd 3 $port
done
check "one votes and one learns" until_true 60 two_left
check "the third is removed" p 1 node remove n3
check "the log is in files again" until_true 30 rests 1 "files of this machine"
sleep 1
rm -f "$SCRATCH/go"; wait "${loops[@]}"; loops=()
read -r good lost given <"$SCRATCH/asked"
same "the page was there all the time ($good times)" 0 "$lost"
same "no command was refused" "" "$(grep -v 'still waiting$' "$SCRATCH/refused" | head -c 300)"
same "every command is there" "$(tail -1 "$SCRATCH/written")" "$(text_of 1 count)"
check "the log is whole" p 1 log verify
check "no member of etcd is left" until_true 20 eval \
    '[ -z "$(for n in 1 2 3; do ip netns pids "$tag$n"; done | xargs -r -I{} cat /proc/{}/comm | grep -x etcd)" ]'
check "a removed machine decides nothing" eval '! timeout 20 "$PISCES" node promote n1 --state "$SCRATCH/3"'
finish
