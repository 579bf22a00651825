#!/usr/bin/env bash
# A subscriber that is stopped under load: neighbours and commands go on, the node's memory stays bounded, and
# once it runs again it ends with the right state. STOPPED=60 stops it for a minute.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
seconds=${STOPPED:-8}
up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
node=$(pid_of "$PISCES_STATE")
cat >"$SCRATCH/types.yaml" <<END
type: type
name: note
data: {summary: A note., role: desired, writer: people, columns: [number], fields: [{name: number, kind: int, summary: A number.}, {name: text, kind: text, summary: A text.}]}
END
check "a type to write" "$PISCES" apply -f "$SCRATCH/types.yaml"
for n in $(seq 200); do printf -- '---\ntype: note\nname: n%s\ndata: {number: 0}\n' "$n"; done | "$PISCES" apply -f - >/dev/null
"$PISCES" get note -A -o json >"$SCRATCH/notes.json"
text=$(head -c 1200 /dev/zero | tr '\0' x)
# write N: one batch that sets every note to N.
write() {
    jq -c --argjson n "$1" --arg text "$text" '{commands: [.items[] | {update: {id: .id, data: {number: $n, text: $text}}}]}' \
        "$SCRATCH/notes.json" | curl -s -m 10 --unix-socket "$PISCES_STATE/pisces.sock" -d @- http://node/v1/commands >"$SCRATCH/answer"
}
written=0
# load SECONDS: writes until the time is over; `rounds` is how often.
load() {
    local end=$((SECONDS + $1))
    rounds=0
    while [ $SECONDS -lt $end ]; do
        written=$((written + 1)) rounds=$((rounds + 1))
        write $written
    done
}
resident() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$node/status"; }
follow() { "$PISCES" watch 'MATCH (n:Note) RETURN n.name, n.number, n.text' --from snapshot -o ndjson >"$SCRATCH/$1" 2>"$SCRATCH/$1.said" & eval "$1=\$!"; }
# state FILE: by name the number that a follower knows, as lines.
state() { jq -rc 'select(.row) | [.sign // 1, .row["n.name"], .row["n.number"]] | @tsv' "$1" |
    awk '$1 > 0 { n[$2] = $3 } $1 < 0 && n[$2] == $3 { delete n[$2] } END { for (k in n) print k, n[k] }' | sort; }
current() { [ "$(state "$SCRATCH/$1" | awk -v n="$written" '$2 == n' | wc -l)" = 200 ]; }

follow stopped
follow neighbour
curl -sN --unix-socket "$PISCES_STATE/pisces.sock" -G http://node/v1/subscribe \
    --data-urlencode 'query=MATCH (n:Note) RETURN n.name, n.number, n.text' >"$SCRATCH/raw" &
raw=$!
until_true 10 current neighbour && until_true 10 current stopped && ok "two follow" || bad "two follow" "$(cat "$SCRATCH"/*.said)"
# slices N SECONDS: loads of so long each; the middle one's rounds a second in hundredths are $rate, and
# behind each the neighbour has everything, or $lagged counts it.
slices() {
    local n all=()
    lagged=0
    for n in $(seq "$1"); do
        load "$2"
        all+=($((rounds * 100 / $2)))
        until_true 5 current neighbour || lagged=$((lagged + 1))
    done
    rate=$(printf '%s\n' "${all[@]}" | sort -n | sed -n "$((($1 + 1) / 2))p")
}
slices 3 2
before=$rate
memory=$(resident)
kill -STOP "$stopped" "$raw"
slices $((seconds / 2)) 2
echo "commands: $((before * 2))/s before, $((rate * 2))/s while one is stopped for $seconds s; memory $memory MB, then $(resident) MB"
[ $((rate * 3)) -ge $((before * 2)) ] && ok "commands go on as before" || bad "commands go on as before" "$before before, $rate while one is stopped"
same "its neighbour has everything within 5 s, each time" 0 "$lagged"
until_true 10 current neighbour && ok "its neighbour has everything" || bad "its neighbour has everything"
[ "$(resident)" -le $((memory + 64)) ] && ok "memory stays bounded" || bad "memory stays bounded" "$memory MB, then $(resident) MB"
kill -CONT "$stopped" "$raw"
until_true 20 current stopped && ok "it ends with the right state" || bad "it ends with the right state" "$(tail -c 300 "$SCRATCH/stopped.said")"
until_true 10 grep -q '"coalesced":true' "$SCRATCH/raw" && ok "what it missed came folded, and says so" \
    || bad "what it missed came folded, and says so" "$(wc -c <"$SCRATCH/raw") bytes"
kill "$stopped" "$neighbour" "$raw" 2>/dev/null
wait "$stopped" "$neighbour" "$raw" 2>/dev/null
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
