#!/usr/bin/env bash
# Three machines in network namespaces of this one, all voters; the second and the third are lost for
# good. The first says why nothing can be written and what helps; a person founds the log anew from
# its copy, and it goes on alone with all that it had. The second one comes back: it is fenced, and joins anew.
# It takes a minute where nothing else runs: it runs with FOUNDINGS=1, and every night.
. "$(dirname "$0")/lib/rig.bash"
[ -n "${FOUNDINGS:-}" ] || skip "it takes minutes; FOUNDINGS=1 runs it, and make nightly"
MACHINES=3
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    p 1 app remove hello --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet

say "three machines, an app on the first"
check "the first machine starts" start 1
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "and starts" start $n
done
check "all three vote" until_true 90 has_members 1 '[["n1",true,"healthy"],["n2",true,"healthy"],["n3",true,"healthy"]]'
check "the log rests on etcd" until_true 30 rests 1 etcd
make -s -C Apps/hello || bad "the sample app builds"
sed "s|18080|28480|; s|18000|28400|; s|^directory: .*|directory: $ROOT/.build/apps/hello|
    s|^    count: 2|&\n    place: {require: {machine: n1}}|" Apps/hello/app.yaml >"$SCRATCH/app.yaml"
check "an app is installed" p 1 app install "$SCRATCH/app.yaml"
life=$(lives 1)
holds "its tasks run on the first" '[0-9]' "$life"
for n in 1 2 3; do check "machine $n writes" put $n "by-$n" hello; done

say "one is lost, and that stops nobody"
kill_all 3
check "the first one writes" until_true 20 put 1 greeting "of two"
check "nothing is founded anew" eval '! p 1 node refound 2>"$SCRATCH/said"'
holds "because it can be written" 'can be written: its cluster answers' "$(cat "$SCRATCH/said")"

say "a second one is lost"
for count in $(seq 20); do put 2 "last-$count" seen || bad "machine 2 writes $count"; done
check "the first one has it" until_true 10 has_text 1 last-20 seen
kill_all 2
check "nothing is written" eval '! put 1 greeting lost 2>/dev/null'
helps='start n2, n3 again, 2 of 3 voters must run; when they are lost for good, found the log anew on n1: pisces node refound'
is_told() { ! put 1 greeting lost 2>"$SCRATCH/said" && grep -qF "$helps" "$SCRATCH/said"; }
check "who writes is told what helps" until_true 120 is_told
warned() { p 1 status | grep -qF "warning: fleet: 2 of 3 voters are not heard (n2, n3), and nothing is written without 2"; }
check "status says why" until_true 60 warned
check "what was written is read" has_text 1 last-20 seen
same "tasks run on, with their processes" "$life" "$(lives 1)"

say "the log is founded anew from the first one's copy"
check "it is not done without a word" eval '! p 1 node refound 2>"$SCRATCH/said"'
holds "what may be lost is named" \
    'the copy on n1 goes to position [0-9]+: what was acknowledged behind that.* is lost for good; n2, n3 will belong no more' \
    "$(cat "$SCRATCH/said")"
from=$(grep -oE -- '--from [0-9]+' "$SCRATCH/said" | grep -oE '[0-9]+')
check "it is done for that position" p 1 node refound --from "$from"
check "and the first one writes" put 1 greeting anew
holds "the log says who did it, from where, and who is lost" "^\[$from,\"n1\",\[\"n2\",\"n3\"\],\"[^\"]+\"\]$" \
    "$(p 1 get refounding -o json | jq -c '.items[0].data | [.from, .machine, .lost, .by]')"
has_all() {
    local count
    for count in $(seq 20); do has_text "$1" "last-$count" seen || return 1; done
    has_text "$1" by-1 hello && has_text "$1" by-2 hello && has_text "$1" by-3 hello
}
check "nothing that it had is lost" has_all 1
check "the log is whole" p 1 log verify
check "nobody is missed any more" until_true 30 eval '! p 1 status | grep -q "voters are not heard"'
check "a second time there is nothing to do" eval '! p 1 node refound --from "$from" 2>"$SCRATCH/said"'
same "tasks run on, with their processes" "$life" "$(lives 1)"

say "the second one comes back"
check "it starts" start 2
fenced() { p 2 status | grep -qE 'warning: fleet: log /: .*founded it anew'; }
check "it hears that it was left behind" until_true 60 fenced
check "it writes nothing" eval '! put 2 greeting old 2>"$SCRATCH/said"'
holds "and says why, and what to do" "founded it anew from the copy on n1, which went to position $from, without this machine; .*join anew" \
    "$(cat "$SCRATCH/said")"
check "its member of etcd does not run" until_true 30 eval '[ -z "$(etcd_of 2)" ]'
check "also the third one" start 3
fenced3() { p 3 status | grep -qE 'warning: fleet: log /: .*founded it anew'; }
check "hears of it" until_true 60 fenced3
check "and writes nothing" eval '! put 3 greeting old 2>/dev/null'
check "the first one has nothing of theirs" has_text 1 greeting anew
for n in 2 3; do p $n down >/dev/null; mv "$SCRATCH/$n" "$SCRATCH/old-$n"; done

say "both join again, with empty state directories"
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "and starts" start $n
done
check "all three vote again" until_true 90 has_members 1 '[["n1",true,"healthy"],["n2",true,"healthy"],["n3",true,"healthy"]]'
for n in 1 2 3; do check "machine $n writes" until_true 20 put $n "again-$n" hello; done
for n in 2 3; do check "machine $n has all of it" until_true 20 has_all $n; done
same "tasks run on, with their processes" "$life" "$(lives 1)"
finish
