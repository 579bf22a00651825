#!/usr/bin/env bash
# A namespace is given a log of its own while it is written: on one machine, which is killed over
# and over, then in a fleet of three. What was acknowledged is there, under the revisions it had.
. "$(dirname "$0")/lib/rig.bash"
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    rm -f "$SCRATCH/go"
    wait "${loops[@]:-}" 2>/dev/null
    end_fleet
}
loops=()
begin_fleet

# set_in N NAMESPACE NAME TEXT
set_in() {
    printf 'type: config\nnamespace: %s\nname: %s\ndata: {text: "%s"}\n' "$2" "$3" "$4" |
        p "$1" apply -f - >/dev/null
}
text_in() { p "$1" get "config/$3" -n "$2" -o json | jq -r .data.text; }
has_in() { [ "$(text_in "$1" "$2" "$3")" = "$4" ]; }
all_have() { local m; for m in 1 2 3; do has_in "$m" "$@" || return 1; done; }
logs() { p "$1" log list -o json; }
hash_of() { logs "$1" | jq -r --arg m "$2" '.items[] | select(.mount == $m) | .hash'; }
mounts_of() { logs "$1" | jq -r '[.items[].mount] | sort | join(" ")'; }
revision() { p "$1" get "config/$3" -n "$2" -o json | jq -r .revision; }
# writer N NAMESPACE FILE: counts up until told to end; what is acknowledged is in FILE.
writer() {
    local number=0
    while [ -e "$SCRATCH/go" ]; do
        number=$((number + 1))
        set_in "$1" "$2" count "$number" 2>>"$SCRATCH/refused" && echo "$number" >>"$3"
        sleep 0.02
    done
}
end_writers() { rm -f "$SCRATCH/go"; wait "${loops[@]}"; loops=(); }

say "one machine: a log is mounted under two writers"
check "the machine starts" start 1
for name in a b c; do set_in 1 /prod "$name" "before $name"; done
set_in 1 / plain before
revision=$(revision 1 /prod b)
: >"$SCRATCH/go"
writer 1 /prod "$SCRATCH/prod" & loops=($!)
writer 1 / "$SCRATCH/plain" & loops+=($!)
check "both writers have begun" until_true 20 eval '[ -s "$SCRATCH/prod" ] && [ -s "$SCRATCH/plain" ]'
check "the log is mounted" p 1 log mount /prod
sleep 1
end_writers
same "no command was refused" "" "$(grep -v 'still waiting$' "$SCRATCH/refused" | head -c 300)"
same "the machine has three logs" "/ /machines/n1 /prod" "$(mounts_of 1)"
same "what was acknowledged in /prod is there" "$(tail -1 "$SCRATCH/prod")" "$(text_in 1 /prod count)"
same "what was acknowledged in / is there" "$(tail -1 "$SCRATCH/plain")" "$(text_in 1 / count)"
same "what was before has its revision" "$revision" "$(revision 1 /prod b)"
check "the same again changes nothing" p 1 log mount /prod
check "history reaches across the mount" eval '[ "$(p 1 history config/count -n /prod -o json | jq length)" -gt 3 ]'
holds "why finds the entry in the log it was in" '"position": ?'"$revision" "$(p 1 why config/b -n /prod -o json)"
printf 'type: config\nname: both\ndata: {text: x}\n---\ntype: config\nnamespace: /prod\nname: both\ndata: {text: x}\n' >"$SCRATCH/both"
check "a batch for both is refused" eval '! p 1 apply -f "$SCRATCH/both" >"$SCRATCH/said" 2>&1'
holds "and says for which" "two logs, / and /prod" "$(cat "$SCRATCH/said")"
check "a mounted log cannot be deleted" eval '! p 1 delete log/prod >"$SCRATCH/said" 2>&1'
check "a machine's namespace cannot be mounted" eval '! p 1 log mount /machines/n1 >"$SCRATCH/said" 2>&1'

say "the machine is killed in the middle of mounts"
for turn in $(seq "${KILLS:-8}"); do
    set_in 1 "/k$turn" kept "$turn"
    p 1 log mount "/k$turn" >/dev/null 2>&1 &
    mounting=$!
    sleep "0.0$((turn % 8 + 1))"
    kill -9 "$(pid_of "$SCRATCH/1")"
    wait "$mounting"
    start 1 || bad "it starts after kill $turn"
    has_in 1 "/k$turn" kept "$turn" || bad "what was written is there after kill $turn"
    p 1 log mount "/k$turn" >/dev/null || bad "the log is mounted after kill $turn"
    set_in 1 "/k$turn" kept "again $turn" || bad "it is written after kill $turn"
    has_in 1 "/k$turn" kept "again $turn" || bad "it reads back after kill $turn"
done
check "the logs are whole" p 1 log verify
same "what was acknowledged in /prod is there still" "$(tail -1 "$SCRATCH/prod")" "$(text_in 1 /prod count)"

say "the fleet grows: mounted logs move with the fleet log"
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite)"
    check "it starts" start $n
done
check "the fleet log rests on etcd" until_true 60 rests 1 etcd
all_on_etcd() { [ "$(logs 1 | jq '[.items[] | select(.name != "machine" and .rests != "etcd")] | length')" = 0 ]; }
check "and so do the mounted ones" until_true 60 all_on_etcd
check "a machine that joined has them" until_true 60 has_in 3 /prod a "before a"
check "and writes them" until_true 20 set_in 3 /prod a "after a"
check "which others see" until_true 10 has_in 2 /prod a "after a"

say "a log is mounted in the fleet, under three writers"
: >"$SCRATCH/go"; : >"$SCRATCH/refused"
for n in 1 2 3; do set_in $n "/site$n" count 0; done
for n in 1 2 3; do writer $n /site$n "$SCRATCH/site$n" & loops+=($!); done
sleep 1
check "it is mounted" p 2 log mount /site2
sleep 2
end_writers
same "no command was refused" "" "$(grep -v 'still waiting$' "$SCRATCH/refused" | head -c 300)"
for n in 1 2 3; do
    check "what was acknowledged in /site$n is everywhere" until_true 10 \
        all_have /site$n count "$(tail -1 "$SCRATCH/site$n")"
done
even() {
    local mount
    for mount in / /prod /site2; do
        [ "$(for n in 1 2 3; do hash_of $n $mount; done | sort -u | wc -l)" = 1 ] || return 1
    done
}
check "all machines have the same state of each log" until_true 20 even

say "the machine that decides /site2 is killed"
n=$(logs 1 | jq -r '.items[] | select(.mount == "/site2") | .writer'); n=${n#n}
other=$((n % 3 + 1))
kill -9 "$(pid_of "$SCRATCH/$n")"
check "another one writes" until_true 20 set_in "$other" /site2 after "the loss"
check "the killed one comes back" start "$n"
check "with what was written" until_true 30 has_in "$n" /site2 after "the loss"
check "all have the same state again" until_true 30 even
finish
