#!/usr/bin/env bash
# Two machines in network namespaces of this one: of two that may vote one does, the other one follows
# as a learner of etcd. The voter is lost: tasks run on, who writes is told what helps, and a person founds
# the log anew from the learner's copy; a third machine, their client, goes on with it. The old voter comes
# back, writes nothing, and joins again as the learner. In the end the voter is removed in good order; with
# FOUNDINGS=2 it is lost instead, and the founding is cut off by a kill.
# It takes a minute where nothing else runs: it runs with FOUNDINGS=1 or 2, and every night.
. "$(dirname "$0")/lib/rig.bash"
[ -n "${FOUNDINGS:-}" ] || skip "it takes minutes; FOUNDINGS=1 runs it, and make nightly"
MACHINES=3
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    p 2 app remove hello --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet

is_two() { [ "$(members "$1")" = '[["n1",true,"healthy"],["n2",false,"healthy"]]' ]; }
# etcd_list N: what etcd itself lists, asked of machine N's member: name and whether it learns.
etcd_list() {
    local files=$SCRATCH/$1/bus/etcd
    in_net "$1" curl -s --http1.1 -m 5 --cacert "$files/authority.pem" --cert "$files/certificate.pem" \
        --key "$files/key.pem" "https://10.79.0.$1:7119/v3/cluster/member/list" -d '{}' |
        jq -c '[.members[] | [.name, .isLearner // false]] | sort'
}

# put_prod N TEXT, has_prod N TEXT: in the namespace with a log of its own.
put_prod() {
    printf 'type: config\nnamespace: /prod\nname: greeting\ndata: {text: "%s"}\n' "$2" | p "$1" apply -f - >/dev/null
}
has_prod() { [ "$(p "$1" get config/greeting -n /prod -o json | jq -r .data.text)" = "$2" ]; }
cluster() { nodes "$1" | jq -r .log.cluster; }

say "two machines, an app on the second"
check "the first machine starts" start 1
check "a second one joins" join 2 "$(p 1 node invite 2>/dev/null)"
check "and starts" start 2
check "one votes and one learns" until_true 60 is_two 1
same "etcd says so too" '[["n1",false],["n2",true]]' "$(etcd_list 1)"
check "the log rests on etcd" until_true 30 rests 2 etcd
check "a third one joins as a client" join 3 "$(p 1 node invite --role client 2>/dev/null)"
check "and starts" start 3
check "a namespace gets a log of its own" p 1 log mount /prod
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
check "the namespace is written" until_true 10 put_prod 3 before
check "and the second has it" until_true 10 has_prod 2 before
kill_all 1
check "nothing is written" eval '! put 2 greeting lost 2>"$SCRATCH/said"'
holds "who writes is told so" 'did not write it|cannot be reached' "$(cat "$SCRATCH/said")"
holds "and what helps" 'start n1 again, which alone votes; when it is lost for good, found the log anew on n2: pisces node refound' \
    "$(cat "$SCRATCH/said")"
warned() { p 2 status | grep -q 'warning: fleet: n1, which alone votes, is not heard: nothing is written'; }
check "status says so" until_true 20 warned
check "what was written is read" has_text 2 last seen
same "tasks run on, with their processes" "$life" "$(lives 2)"
check "the app answers" in_net 2 curl -sf -m 5 -o /dev/null http://127.0.0.1:28400/

say "the log is founded anew from the second one's copy"
check "it is not done without a word" eval '! p 2 node refound 2>"$SCRATCH/said"'
holds "what may be lost is named" 'the copy on n2 goes to position [0-9]+: what was acknowledged behind that.* is lost for good; n1 will belong no more' \
    "$(cat "$SCRATCH/said")"
from=$(grep -oE -- '--from [0-9]+' "$SCRATCH/said" | grep -oE '[0-9]+')
check "nor for another position" eval '! p 2 node refound --from $((from + 1)) 2>"$SCRATCH/said"'
holds "and that is said" "position $((from + 1)) was confirmed, but the copy on n2 goes to position $from" "$(cat "$SCRATCH/said")"
began=$(date +%s%N)
check "it is done for that position" p 2 node refound --from "$from"
check "and the second one writes" put 2 greeting anew
echo "writes again $((($(date +%s%N) - began) / 1000000)) ms after the word"
holds "the log says who did it, from where, and who is lost" "^\[$from,\"n2\",\[\"n1\"\],\"[^\"]+\"\]$" \
    "$(p 2 get refounding -o json | jq -c '.items[0].data | [.from, .machine, .lost, .by]')"
check "what was written before is there" has_text 2 last seen
check "for its client there is another cluster" until_true 60 eval \
    'rests 2 etcd && [ "$(cluster 2)" = etcd-2 ] && [ "$(members 2)" = "[[\"n2\",true,\"healthy\"]]" ]'
same "of which etcd knows nobody else" '[["n2",false]]' "$(etcd_list 2)"
check "the client goes on with it" until_true 60 eval '[ "$(cluster 3)" = etcd-2 ]'
check "and writes" until_true 20 put 3 client "goes on"
check "the second has it" until_true 10 has_text 2 client "goes on"
check "what was in the namespace is there" has_prod 2 before
check "and it is written" until_true 20 put_prod 3 after
check "the second has that, too" until_true 10 has_prod 2 after
check "a second time there is nothing to do" eval '! p 2 node refound --from "$from" 2>"$SCRATCH/said"'
holds "and that is said, too" 'can be written: its cluster answers' "$(cat "$SCRATCH/said")"
check "the log is whole" p 2 log verify
same "tasks run on, with their processes" "$life" "$(lives 2)"

say "the old voter comes back"
check "it starts" start 1
check "it writes nothing" eval '! put 1 greeting old 2>"$SCRATCH/said"'
holds "and says why, and what to do" "founded it anew from the copy on n2, which went to position $from, without this machine; .*join anew" \
    "$(cat "$SCRATCH/said")"
holds "status says so" "warning: fleet: log /: .*founded it anew" "$(p 1 status)"
check "its member of etcd does not run" until_true 20 eval '[ -z "$(etcd_of 1)" ]'
check "it cannot found anything either" eval '! p 1 node refound 2>"$SCRATCH/said"'
p 1 down >/dev/null
ip -n "$tag"2 link set eth0 down
check "also when it starts alone" start 1
check "it writes nothing then" eval '! put 1 greeting old 2>/dev/null'
p 1 down >/dev/null
ip -n "$tag"2 link set eth0 up
check "the second one has nothing of it" has_text 2 greeting anew

say "it joins again, with an empty state directory"
mv "$SCRATCH/1" "$SCRATCH/old"
check "it joins" join 1 "$(p 2 node invite 2>/dev/null)"
check "and starts" start 1
is_exchanged() { [ "$(members 2)" = '[["n1",false,"healthy"],["n2",true,"healthy"]]' ]; }
check "now the second one votes and the first one learns" until_true 60 is_exchanged
same "etcd says so too" '[["n1",true],["n2",false]]' "$(etcd_list 2)"
for n in 1 2; do check "machine $n writes" put $n "again-$n" hello; done
check "both have all of it" until_true 10 eval 'has_text 1 last seen && has_text 1 again-2 hello && has_text 2 again-1 hello'
same "tasks run on, with their processes" "$life" "$(lives 2)"

if [ "$FOUNDINGS" -eq 1 ]; then
    say "the one that votes is removed in good order"
    put 2 last again
    check "the second one is removed" p 1 node remove n2
    check "the first one votes" until_true 60 eval '[ "$(members 1)" = "[[\"n1\",true,\"healthy\"]]" ]'
    same "etcd says so too" '[["n1",false]]' "$(etcd_list 1)"
    check "it is the same cluster" eval '[ "$(cluster 1)" = etcd-2 ]'
    check "it writes" until_true 20 put 1 greeting third
    check "the client has all of it" until_true 20 eval 'has_text 3 greeting third && has_text 3 last again'
    finish
fi

say "the second one is lost, and the first one is killed while it founds the log anew"
put 2 last again
check "the first one has it" until_true 10 has_text 1 last again
kill -9 $(etcd_of 2)
voter_answers() { p 1 node refound 2>&1 | grep -q 'n2, which votes, answers\|its cluster answers'; }
check "while the voter's Pisces answers nothing is founded" voter_answers
kill_all 2
from=$(p 1 node refound 2>&1 | grep -oE -- '--from [0-9]+' | grep -oE '[0-9]+')
p 1 node refound --from "$from" >/dev/null 2>&1 & verb=$!
until [ -e "$SCRATCH/1/bus/founding" ] || ! kill -0 $verb 2>/dev/null; do :; done
kill -9 "$(pid_of "$SCRATCH/1")"
wait $verb
check "it starts again" start 1
check "and carries out what was confirmed" until_true 60 eval \
    '[ "$(p 1 get refounding -o json | jq -c "[.items[].data.machine] | sort")" = "[\"n1\",\"n2\"]" ]'
check "it writes" until_true 30 put 1 greeting third
check "the client follows it, too" until_true 60 eval '[ "$(cluster 3)" = etcd-3 ]'
check "and has all of it" until_true 20 eval 'has_text 3 greeting third && has_text 3 last again'
check "the log is whole" p 1 log verify
finish
