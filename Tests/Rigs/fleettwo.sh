#!/usr/bin/env bash
# Two machines in network namespaces of this one: of two that may vote one does, the other one follows
# as a learner of etcd. The voter is lost: tasks run on, who writes is told what helps.
. "$(dirname "$0")/lib/rig.bash"
MACHINES=3
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    p 2 app remove hello --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet

# etcd_of N: the processes of machine N's member. kill_all N: Pisces and its member, as a power cut does.
etcd_of() {
    local pid
    for pid in $(ip netns pids "$tag$1"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = etcd ] && echo "$pid"
    done
}
kill_all() { kill -9 "$(pid_of "$SCRATCH/$1")" $(etcd_of "$1"); }
# members N: the cluster as machine N's list says, `name votes health` of each.
members() { nodes "$1" | jq -c '[.items[] | select(.member) | [.name, .votes, .member]] | sort'; }
is_two() { [ "$(members "$1")" = '[["n1",true,"healthy"],["n2",false,"healthy"]]' ]; }
# etcd_list N: what etcd itself lists, asked of machine N's member: name and whether it learns.
etcd_list() {
    local files=$SCRATCH/$1/bus/etcd
    in_net "$1" curl -s --http1.1 -m 5 --cacert "$files/authority.pem" --cert "$files/certificate.pem" \
        --key "$files/key.pem" "https://10.79.0.$1:7119/v3/cluster/member/list" -d '{}' |
        jq -c '[.members[] | [.name, .isLearner // false]] | sort'
}
lives() { p "$1" get instance -A -o json | jq -c '[.items[].data | [.task, .life, .pid]] | sort'; }

say "two machines, an app on the second"
check "the first machine starts" start 1
check "a second one joins" join 2 "$(p 1 node invite 2>/dev/null)"
check "and starts" start 2
check "one votes and one learns" until_true 60 is_two 1
same "etcd says so too" '[["n1",false],["n2",true]]' "$(etcd_list 1)"
check "the log rests on etcd" until_true 30 rests 2 etcd
make -s -C Apps/hello || bad "the sample app builds"
sed "s|18080|28480|; s|18000|28400|; s|^directory: .*|directory: $ROOT/.build/apps/hello|
    s|^    count: 2|&\n    place: {require: {machine: n2}}|" Apps/hello/app.yaml >"$SCRATCH/app.yaml"
check "an app is installed" p 1 app install "$SCRATCH/app.yaml"
life=$(lives 2)
holds "its tasks run on the second" '[0-9]' "$life"
for n in 1 2; do
    check "machine $n writes" put $n "by-$n" hello
    said=$(p $n node list)
    holds "node list on $n says who votes" 'n1 .*voter, healthy' "$said"
    holds "and who learns" 'n2 .*learner, healthy' "$said"
    for said in "$said" "$(p $n status)"; do
        holds "it says what a loss means on $n" 'without n1 nothing is written' "$said"
        holds "and which verb helps" 'n2: pisces node refound' "$said"
    done
done

say "the learner is lost for a while"
kill_all 2
check "the first one writes without it" put 1 greeting alone
check "the second comes back" start 2
check "and has what it missed" until_true 20 has_text 2 greeting alone
check "one votes and one learns again" until_true 60 is_two 1
check "what the voter has written is on both" until_true 20 has_text 2 greeting alone

say "the voter is lost for good"
put 1 last seen
check "the second has it" until_true 10 has_text 2 last seen
kill_all 1
check "nothing is written" eval '! put 2 greeting lost 2>"$SCRATCH/said"'
holds "who writes is told so" 'did not write it' "$(cat "$SCRATCH/said")"
holds "and what helps" 'start n1 again, which alone votes; when it is lost for good, found the log anew on n2: pisces node refound' \
    "$(cat "$SCRATCH/said")"
warned() { p 2 status | grep -q 'warning: fleet: n1, which alone votes, is not heard: nothing is written'; }
check "status says so" until_true 20 warned
check "what was written is read" has_text 2 last seen
same "tasks run on, with their processes" "$life" "$(lives 2)"
check "the app answers" in_net 2 curl -sf -m 5 -o /dev/null http://127.0.0.1:28400/
finish
