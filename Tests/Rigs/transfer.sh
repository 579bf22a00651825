#!/usr/bin/env bash
# The fleet log is trimmed while a machine is off: it comes back by the state that another one gives,
# and a new machine joins without the first entries. What is only known elsewhere is asked there, and
# a bookmark of one machine holds on another.
. "$(dirname "$0")/lib/rig.bash"
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    p 2 app remove hello --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet

of_log() { nodes "$1" | jq -r ".log.$2 // empty"; }
# Each look writes: a log that stands still needs no second checkpoint, and is not trimmed.
begins_late() { put 1 tick "$RANDOM"; sleep 2; [ "$(of_log "$1" first)" -gt "$2" ]; }
# ordered_late N: what orders the log was trimmed by machine N, which decides.
ordered_late() { local first; first=$(of_log "$1" orderedFirst); [ "${first:-0}" -gt "$2" ]; }
# large N NAME: a document of 600 kB.
large() {
    { printf 'type: config\nname: %s\ndata:\n  text: "' "$2"; head -c 600000 /dev/zero | tr '\0' "$3"; printf '"\n'; } |
        p "$1" apply -f - >/dev/null
}
digest() { p "$1" get config -o json | jq -S '[.items[] | [.name, .revision, .data.text]]' | sha256sum; }
same_state() { [ "$(digest "$1")" = "$(digest "$2")" ]; }
asked() { curl -s --unix-socket "$SCRATCH/$1/pisces.sock" "http://node$2" "${@:3}"; }
code() { jq -r '.code // empty'; }

say "three machines"
check "the first machine starts" start 1
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "… and starts" start $n
done
check "the log rests on etcd" until_true 60 rests 1 etcd
check "three members of etcd are healthy" until_true 60 healthy 1 3
check "the third has what the first wrote" eval 'put 1 greeting hello && until_true 5 has_text 3 greeting hello'

say "the third goes off, and the log is trimmed"
check "the third stops" p 3 down
before=$(of_log 1 position)
printf 'type: retention\nname: default\ndata: {maxBytes: 1}\n' | p 1 apply -f - >/dev/null || bad "a budget is set"
for name in a b c d e f g h i j k; do large 1 "large-$name" "$name" || bad "a large command"; done
for n in 1 2; do check "machine $n lets go of its entries" until_true 90 begins_late $n "$before"; done
decides=$(holder 1); decides=${decides#n}
check "and what orders the log, too" until_true 90 ordered_late "$decides" "$before"
check "the old entries are gone" eval '! p 1 log --from 1 2>"$SCRATCH/said"'
holds "and that is said" "trimmed" "$(cat "$SCRATCH/said")"

say "the third comes back, and is killed again and again on its way"
for after in 0.4 0.8 1.2 1.6 2.0 2.4; do
    start 3 >/dev/null 2>&1 & starting=$!
    sleep "$after"
    kill -9 "$(pid_of "$SCRATCH/3")" 2>/dev/null
    wait "$starting"
done
check "the third starts" start 3
check "it has the state of the others" until_true 30 same_state 1 3
echo "it began behind $(of_log 3 first), taken now: $(of_log 3 taken)"
check "without the entries that were gone" eval '[ "$(of_log 3 first)" -gt "$before" ]'
check "it follows from there" eval 'put 1 greeting again && until_true 5 has_text 3 greeting again'
check "it writes" put 3 greeting third
check "which the others have" until_true 5 has_text 2 greeting third
check "its copy is whole" p 3 log verify
check "three members of etcd are healthy again" until_true 60 healthy 1 3
check "it is killed" kill -9 "$(pid_of "$SCRATCH/3")"
check "starts again from what it took" start 3
check "and still has the same" until_true 10 same_state 1 3

say "a fourth joins, as a client"
check "the fourth joins" join 4 "$(p 1 node invite --role client 2>/dev/null)"
check "it starts" start 4
check "it has the state without the first entries" until_true 30 same_state 1 4
holds "its log begins behind them" '^[0-9]{2,}$' "$(of_log 4 first)"
check "it follows" eval 'put 2 greeting fourth && until_true 5 has_text 4 greeting fourth'

say "what only others know is asked there"
same "it mirrors nobody" 0 "$(nodes 4 | jq '[.items[].mirror | select(. != null)] | length')"
of_1() { p 4 get process -n /machines/n1 -o json | jq '.items | length'; }
holds "processes of another machine" '^[1-9]' "$(of_1)"
same "processes of all machines" '["/machines/n1","/machines/n2","/machines/n3","/machines/n4"]' \
    "$(p 4 get process -A -o json | jq -c '[.items[].namespace] | unique')"
same "a question that names a machine" /machines/n2 "$(p 4 query \
    "MATCH (p:Process) WHERE p.namespace = '/machines/n2' RETURN DISTINCT p.namespace AS place" -o json |
    jq -r '.[0].place')"
pid=$(p 1 get process -o json | jq -r '.items[0].name')
holds "a description" '"namespace": ?"/machines/n1"' "$(p 4 describe "process/$pid" -n /machines/n1 -o json)"
holds "a history with its entries" '"author"' "$(p 4 history "process/$pid" -n /machines/n1 -o json)"
holds "why" '"entries"|"author"' "$(p 4 why "process/$pid" -n /machines/n1 -o json)"
holds "and entries of another machine on one that mirrors it" '"author"' \
    "$(p 2 history "process/$pid" -n /machines/n1 -o json)"
token=$(p 4 token --name narrow --scope read --prefix /prod | grep -oE '[A-Za-z0-9_.-]{30,}' | tail -1)
same "under the rights of who asks" forbidden \
    "$(in_net 4 curl -s -H "authorization: Bearer $token" "$(api_of "$SCRATCH/4")/v1/resources/process?namespace=/machines/n1" | code)"

say "a plan is made where the fleet is decided for"
make -s -C Apps/hello || bad "the sample app builds"
sed "s|18080|28280|; s|18000|28200|; s|^directory: .*|directory: $ROOT/.build/apps/hello|" \
    Apps/hello/app.yaml >"$SCRATCH/app.yaml"
deciding=$(holder 2)
plan=$(p 4 app plan "$SCRATCH/app.yaml" -o json)
same "a client is shown where replicas go" 2 "$(jq '.placements | length' <<<"$plan")"
check "and has it carried out" timeout 90 "$PISCES" app install "$SCRATCH/app.yaml" \
    --plan "$(jq .parent <<<"$plan")" --state "$SCRATCH/4"
same "who decides is the same" "$deciding" "$(holder 2)"
holds "the same plan is refused the next time" 'changed|another state|was made' \
    "$(p 4 app install "$SCRATCH/app.yaml" --plan "$(jq .parent <<<"$plan")" 2>&1)"
check "the app is removed by a client" timeout 60 "$PISCES" app remove hello --state "$SCRATCH/4"

say "the machine itself is gone"
check "the first is killed" kill -9 "$(pid_of "$SCRATCH/1")"
holds "who mirrors it answers for it" '^[1-9]' "$(of_1)"
check "it starts again" start 1

say "bookmarks"
written=$(asked 2 /v1/commands -d '{"commands":[{"apply":{"type":"config","name":"marked","data":{"text":"two"}}}]}')
mark=$(jq -r .bookmark <<<"$written")
holds "a command gives one" '^[A-Za-z0-9_-]{6,}$' "$mark"
same "it holds on another machine at once" two \
    "$(p 4 get config/marked --bookmark "$mark" -o json | jq -r .data.text)"
whole=$(asked 2 /v1/resources/config | jq -r .bookmark)
same "one that names logs of others is taken elsewhere" two \
    "$(p 4 get config/marked --bookmark "$whole" -o json | jq -r .data.text)"
# [["/", 999999999]]
began=$SECONDS
same "one that nobody has reached is refused" unavailable \
    "$(asked 4 "/v1/resources/config?bookmark=gYJhLxo7msn_" | code)"
same "whoever is asked for the apps waits for it too" unavailable \
    "$(asked 4 "/v1/apps?bookmark=gYJhLxo7msn_" | code)"
holds "after two waits" '^([89]|1[0-9])$' "$((SECONDS - began))"
same "one of a log that is nowhere is refused at once" unavailable \
    "$(asked 4 "/v1/resources/config?bookmark=gYJtL21hY2hpbmVzL3h5egE" | code)"

say "nobody that has it can be reached"
for n in 1 2 3; do kill -9 "$(pid_of "$SCRATCH/$n")"; done
same "a question is refused by name" unavailable \
    "$(asked 4 "/v1/resources/process?namespace=/machines/n1" | code)"
same "what is here is answered" two "$(text_of 4 marked)"
finish
