#!/usr/bin/env bash
# An update goes through a fleet of three guests, one machine at a time (design/05, update, step 5): all three end on it,
# never two are away, an app with a replica on each goes on answering. Then a system that is never sound: the first machine
# that tries it falls back, no other one restarts, and all say why. The host must have little else to do: etcd in guests
# without hardware help elects anew when a guest stands still for a second, and a sound system is given up for that.
# It takes half an hour: it runs with TURNS=1, and every night.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ -n "${TURNS:-}" ] || skip "it takes half an hour; TURNS=1 runs it, and make nightly"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
STAGE=${STAGE:-$ROOT/dist/stage}
needs_guest fsck.erofs
[ -d "$STAGE/root" ] || skip "no staged system; make image"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guestfleet.bash"

# describe NAME SEQUENCE: a signed copy of the staged system in $SCRATCH/NAME, of which it says the generation.
describe() {
    "$PISCES" image build "$SCRATCH/stage" --to "$SCRATCH/built" --sequence "$2" >"$SCRATCH/said" 2>&1 ||
        bad "the $1 system is built" "$(cat "$SCRATCH/said")"
    cut_out "$SCRATCH/built/pisces.img" root-a "$SCRATCH/root"
    fsck.erofs --extract="$SCRATCH/unpacked" "$SCRATCH/root" >/dev/null 2>&1
    mv "$SCRATCH/unpacked/pisces" "$SCRATCH/$1"
    rm -r "$SCRATCH/unpacked" "$SCRATCH/built" "$SCRATCH/root"
    check "the $1 system is signed elsewhere" "$PISCES" update sign "$SCRATCH/$1" --state "$SCRATCH/node"
}
generation_of() { echo "sha256:$(sha256sum <"$SCRATCH/$1/description" | cut -d' ' -f1)"; }
# send DIRECTORY: to all three at once; each writes it, arms it and restarts when it is its turn.
send() {
    local name makers=()
    for name in "${MEMBERS[@]}"; do
        on "$name" update apply "$SCRATCH/$1" --send >"$SCRATCH/$name.applied" 2>&1 &
        makers+=($!)
    done
    wait "${makers[@]}"
    for name in "${MEMBERS[@]}"; do
        holds "$name has the $1 system and waits for its turn" "restarts when it is its turn" "$(tail -2 "$SCRATCH/$name.applied")"
    done
}
# watch: until $SCRATCH/over is there, lines of who answers and where the app answers: `SECONDS one two | one two`.
watch() {
    local name urls=()
    for name in "${MEMBERS[@]}"; do
        member "$name"
        urls+=("http://127.0.0.1:$PORT/healthz" "http://127.0.0.1:$APP/")
    done
    while [ -d "$SCRATCH" ] && [ ! -e "$SCRATCH/over" ]; do
        echo "$SECONDS $(curl -s -Z -m 10 -o /dev/null -o /dev/null -o /dev/null -o /dev/null -o /dev/null -o /dev/null \
            -w '%{url} %{http_code}\n' "${urls[@]}" 2>/dev/null | grep ' 200$' | cut -d' ' -f1 | sort | tr '\n' ' ')"
        sleep 1
    done >"$SCRATCH/$1"
}
# fewest FILE PATTERN: how many answered at least, of the better of each two looks in a row: one alone may be a host that is busy.
fewest() {
    awk -v wanted="$2" '{ n = 0; for (i = 2; i <= NF; i++) if ($i ~ wanted) n++
        if (NR > 1) { best = n > before ? n : before; if (least == "" || best < least) least = best }
        before = n } END { print least }' "$SCRATCH/$1"
}
turns() { on one history restarts/fleet -o json; }
# The turns that there were at one time, at most; who had one, in order.
most_turns() { turns | jq '[.[].resource.data.turns // [] | length] | max'; }
order() {
    turns | jq -r 'sort_by(.position) | [.[].resource.data.turns[0].machine // empty] |
        reduce .[] as $m ([]; if .[-1] == $m then . else . + [$m] end) | join(" ")'
}
boots() { local name; for name in "${MEMBERS[@]}"; do on "$name" get machine -n "/machines/$name" -o json | jq -r '.items[0].data.bootId'; done; }
all_run() { local name; for name in "${MEMBERS[@]}"; do [ "$(runs "$name")" = "$1" ] && settled "$name" || return 1; done; }
states() { local name; for name in "${MEMBERS[@]}"; do update_of "$name" state; done | sort | tr '\n' ' ' | sed 's/ $//'; }
ended_so() { [ "$(states)" = "$1" ]; }
nobody_turns() { [ "$(on "$1" get restarts/fleet -o json | jq '.data.turns | length')" = 0 ]; }

# --- two systems, one of which is never sound: without etcd a machine keeps no member
check "who signs runs elsewhere" up "$SCRATCH/node"
key=$("$PISCES" lineage -o json --state "$SCRATCH/node" | jq -r .key)
cp -r --reflink=auto "$STAGE" "$SCRATCH/stage"
echo "the second" >"$SCRATCH/stage/root/etc/issue"
describe good 5
rm "$SCRATCH/stage/root/usr/bin/etcd"
describe bad 6
"$PISCES" down --state "$SCRATCH/node" >/dev/null 2>&1

# --- a fleet, and who may update it
begin_guests
printf 'type: updatepolicy\nname: ours\ndata: {keys: ["%s"], patience: 120000, soak: 3000, atOnce: 1}\n' "$key" |
    on one apply -f - >/dev/null || bad "a policy is written"

# --- the good one
before=$(boots)
watch good.seen & watcher=$!
began=$SECONDS
send good
check "all three end on it, and keep it" until_true 1500 all_run "$(generation_of good)"
check "all turns are given back" until_true 200 nobody_turns one
check "the fleet is whole again" until_true 400 whole one
check "with its app" until_true 200 all_pass one
touch "$SCRATCH/over"; wait "$watcher"; rm "$SCRATCH/over"
told "three machines: $((SECONDS - began)) s, turns of: $(order)"
same "each restarted once" 3 "$(comm -13 <(sort <<<"$before") <(boots | sort) | wc -l)"
same "each had a turn" "one three two" "$(order | tr ' ' '\n' | sort -u | tr '\n' ' ' | sed 's/ $//')"
same "never had two one at one time, as the log says" 1 "$(most_turns)"
check "never were two away, as their APIs say" [ "$(fewest good.seen /healthz)" -ge 2 ]
check "the app answered on two machines all the time" [ "$(fewest good.seen '/$')" -ge 2 ]
same "nothing failed" "" "$(on one get restarts/fleet -o json | jq -r '.data.failures[]?.reason')"

# --- the bad one
before=$(boots)
watch bad.seen & watcher=$!
began=$SECONDS
send bad
check "the first machine that tries it falls back" until_true 1200 ended_so "armed armed fellBack"
check "and gives its turn back" until_true 200 nobody_turns one
check "the fleet is whole again" until_true 400 whole one
check "with its app" until_true 200 all_pass one
failure=$(on one get restarts/fleet -o json | jq -r '.data.failures[0] | "\(.machine) \(.generation) \(.reason)"')
fallen=${failure%% *}
told "fallback: $((SECONDS - began)) s, $failure"
holds "the fleet's log says who, from what and why" "^(one|two|three) $(generation_of bad) .*etcd" "$failure"
touch "$SCRATCH/over"; wait "$watcher"; rm "$SCRATCH/over"
for name in "${MEMBERS[@]}"; do
    same "$name runs the good one" "$(generation_of good)" "$(runs "$name")"
    if [ "$name" = "$fallen" ]; then words="update 6 was given up: .*etcd"; else words="no restart into the update: $fallen fell back"; fi
    check "the status of $name says why" until_true 100 warns "$name" "$words"
done
same "no other one restarted" 1 "$(comm -13 <(sort <<<"$before") <(boots | sort) | wc -l)"
check "never were two away" [ "$(fewest bad.seen /healthz)" -ge 2 ]
check "the app answered on two machines all the time" [ "$(fewest bad.seen '/$')" -ge 2 ]
finish
