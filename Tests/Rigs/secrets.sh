#!/usr/bin/env bash
# Plants a secret and looks for it everywhere but in the memory of the task that needs it: as set, as rotated, after a
# restart of the node, after a crash, and when its app is gone. Needs root and an OCI runtime.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
planted=$ROOT/Tests/Rigs/lib/planted.py
export TMPDIR=$SCRATCH
[ "$(id -u)" = 0 ] || skip "containers need root"
command -v crun >/dev/null || command -v runc >/dev/null \
    || skip "there is no OCI runtime"

# The texts live in variables of this shell that are not exported, and travel through pipes only: no argument, no
# environment, no file of ours has them. printf is a part of the shell.
text() { printf '%s' "$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 40)"; }
first=$(text) second=$(text) third=$(text)
digest() { printf '%s' "$1" | sha256sum | cut -c1-64; }
pisces() { timeout -k 1 20 "$PISCES" "$@"; }
set_secret() { printf '%s' "$1" | pisces secret set holder-key --from-stdin; }

# nowhere WHAT TEXT… -- MODE ARGUMENT…: the texts are not where the mode looks.
nowhere() {
    local what=$1 texts=() said code
    shift
    while [ "$1" != -- ]; do texts+=("$1"); shift; done
    shift
    said=$(printf '%s\n' "${texts[@]}" | python3 "$planted" "$@" 2>&1)
    code=$?
    [ $code -eq 0 ] && ok "$what" || bad "$what" "$(head -c 1500 <<<"$said" | tr '\n' ' ')"
}
instances() { pisces get instance -A -o ndjson 2>/dev/null; }
tasks_pids() { instances | jq -r '.data.pid // empty'; }
proof() { find "$PISCES_STATE" -name "proof-$1" -not -path '*/root/*' -exec cat {} + 2>/dev/null; }
proves() { [ "$(proof "$1")" = "$(printf 'variable %s\nfile %s' "$(digest "$2")" "$(digest "$3")")" ]; }
# A process that ended and was not waited for is still there, as a zombie.
ended() { ! grep -qs '^State:.*[^Z] (' "/proc/$1/status"; }
before_cleanup() {
    [ -S "$PISCES_STATE/pisces.sock" ] || return 0
    pisces app remove holder >/dev/null 2>&1
    until_true 20 eval '[ -z "$(instances)" ]'
    findmnt -rno TARGET | grep -F "$SCRATCH" | sort -r | while read -r mount; do umount "$mount"; done
}

# The looking itself: what cannot find anything proves nothing.
mkdir -p "$SCRATCH/self"
for form in "cat" "base64 -w0" "xxd -p -c 200" "tail -c 20"; do
    printf '{"a":"%s"}' "$(printf '%s' "$first" | $form)" >"$SCRATCH/self/sample"
    printf '%s\n' "$first" | python3 "$planted" files "$SCRATCH/self" >/dev/null
    same "the rig finds it written by $form" 1 $?
done
KEY=$first sleep 30 &
sleeper=$!
pids+=("$sleeper")
until_true 5 grep -q KEY "/proc/$sleeper/environ"
printf '%s\n' "$first" | python3 "$planted" processes >/dev/null
same "the rig finds it in an environment" 1 $?
printf '%s\n' "$first" | python3 "$planted" processes "$sleeper" >/dev/null
same "but for the one that may have it" 0 $?
kill "$sleeper"
wait "$sleeper" 2>/dev/null
rm -rf "$SCRATCH/self"

# A node that may leave a core, in the foreground, so that all it says is kept.
mkdir -p "$SCRATCH/place" "$SCRATCH/answers"
start() {
    (cd "$SCRATCH/place" && ulimit -c unlimited 2>/dev/null
        SWIFT_BACKTRACE=enable=yes,color=no exec "$PISCES" up --state "$PISCES_STATE" --listen 127.0.0.1:0 >>"$SCRATCH/answers/node" 2>&1) &
    node=$!
    pids+=("$node")
    # Reporters of a crash hold the socket of before: who asks there waits for ever.
    until_true 15 timeout 5 "$PISCES" status
}
# Not by check: it would wait for the node, which holds its output.
start && ok "a node starts" || bad "a node starts" "$(tail -c 300 "$SCRATCH/answers/node")"

# Two components that are given it as a variable and as a file; one is restarted by a new one, one is signalled.
mkdir -p "$SCRATCH/app/bin"
cat >"$SCRATCH/app/bin/holder" <<'END'
#!/bin/sh
# Proves what it was given by digests; printf is a part of the shell, so nothing is seen in arguments.
prove() {
    { printf 'variable %s\n' "$(printf '%s' "$API_KEY" | sha256sum | cut -c1-64)"
      printf 'file %s\n' "$(sha256sum </run/key | cut -c1-64)"; } >"/var/lib/holder/proof-$1.new"
    mv "/var/lib/holder/proof-$1.new" "/var/lib/holder/proof-$1"
}
trap 'prove "$1"' HUP
prove "$1"
while :; do sleep 1 & wait $!; done
END
chmod 755 "$SCRATCH/app/bin/holder"
cat >"$SCRATCH/app/app.yaml" <<'END'
app: holder
version: 1.0.0
directory: bin
components:
  restarted:
    run: {native: ./holder restarted}
    volumes: {one: /var/lib/holder}
    secrets: {API_KEY: holder-key, /run/key: holder-key}
    on-change: restart
  # A running program keeps its variables: what is signalled is given a file only.
  signalled:
    run: {native: ./holder signalled}
    volumes: {two: /var/lib/holder}
    secrets: {/run/key: holder-key}
    on-change: signal HUP
volumes:
  one: {size: 1MiB}
  two: {size: 1MiB}
END

# answers NAME: asks for everything by every way there is, and keeps what was said.
answers() {
    local to=$SCRATCH/answers/$1 api token type id bolt
    mkdir -p "$to"
    api=$(api_of "$PISCES_STATE")
    token=$(pisces token --scope read --name "reader-$1" 2>/dev/null)
    for type in $(pisces types -o json | jq -r '.. | .name? // empty' | grep -E '^[a-z][a-z0-9-]*$' | sort -u); do
        pisces get "$type" -A -o json >"$to/get-$type" 2>&1
    done
    for type in secret config task instance app component assignment volume; do
        curl -s -m 10 -H "authorization: Bearer $token" "$api/v1/resources/$type?all=true" >"$to/http-$type" 2>&1
        for id in $(jq -r '.. | .id? // empty' "$to/get-$type" 2>/dev/null | sort -u | head -20); do
            curl -s -m 10 -H "authorization: Bearer $token" "$api/v1/history/$id" >>"$to/history-$type" 2>&1
            curl -s -m 10 -H "authorization: Bearer $token" "$api/v1/why/$id" >>"$to/why-$type" 2>&1
        done
    done
    for type in Secret Config Task Instance App Process; do
        pisces query "MATCH (n:$type) RETURN n, properties(n)" -o ndjson >"$to/query-$type" 2>&1
        curl -s -m 10 -H "authorization: Bearer $token" -d "{\"query\": \"MATCH (n:$type) RETURN n\"}" \
            "$api/v1/query" >"$to/http-query-$type" 2>&1
    done
    bolt=$(jq -r '.bolt // empty' "$PISCES_STATE/endpoints.json")
    if [ -n "$bolt" ] && [ -x "$ROOT/.build/venv/bin/python3" ]; then
        BOLT=$bolt TOKEN=$token "$ROOT/.build/venv/bin/python3" - >"$to/bolt" 2>&1 <<'END'
import os
import neo4j
with neo4j.GraphDatabase.driver(os.environ["BOLT"], auth=("reader", os.environ["TOKEN"])) as driver:
    for record in driver.session().run("MATCH (n) WHERE n:Secret OR n:Task OR n:Instance OR n:Process RETURN n"):
        print(dict(record["n"]))
END
        [ -s "$to/bolt" ] || bad "Bolt answers" "nothing"
    else
        echo "skipped: Bolt: there is no driver for it in .build/venv; it was not asked ($1)"
    fi
    pisces log --limit 100000 -o ndjson >"$to/log-fleet" 2>&1
    pisces log --log machine --limit 100000 -o ndjson >"$to/log-machine" 2>&1
    pisces get secret/holder-key -o yaml >"$to/yaml" 2>&1
    for id in secret/holder-key app/holder task/holder-restarted-0 instance/holder-restarted-0; do
        pisces describe "$id" >>"$to/describe" 2>&1
        pisces history "$id" >>"$to/history" 2>&1
        pisces why "$id" >>"$to/why" 2>&1
    done
    for id in status "app status holder" "app logs holder" sensors drivers handlers; do
        # shellcheck disable=SC2086
        pisces $id >>"$to/verbs" 2>&1
    done
    timeout 3 curl -s -N -H "authorization: Bearer $token" "$api/v1/subscribe?from=0" >"$to/subscribe" 2>&1
    curl -s -m 10 -H "authorization: Bearer $token" "$api/metrics" >"$to/metrics" 2>&1
    [ "$(wc -c <"$to/log-fleet")" -gt 1000 ] && grep -q holder-key "$to/get-secret" "$to/http-secret" \
        && ok "everything was asked ($1)" || bad "everything was asked ($1)" "an answer is empty"
}

# checkpoint: fills files of the log beyond a budget, until the state is written down with a text that only it has. The
# budget goes before entries do: those are looked into, too.
checkpoint() {
    local mark turn
    mark=$(text)
    { printf 'type: retention\nname: default\ndata: {maxBytes: 1}\n---\ntype: config\nname: mark\ndata: {text: %s}\n' "$mark"
    } | pisces apply -f - >/dev/null
    for turn in $(seq 9); do
        { printf 'type: config\nname: filler\ndata:\n  text: "%s' "$turn"; head -c 600000 /dev/zero | tr '\0' x; printf '"\n'; } |
            pisces apply -f - >/dev/null
    done
    until_true 40 eval 'grep -rqF "$mark" "$PISCES_STATE/checkpoints"'
    turn=$?
    pisces delete retention/default >/dev/null
    return $turn
}

# everywhere NAME TEXT…: files but private memory, what was answered, other places in memory, processes.
everywhere() {
    local name=$1
    shift
    answers "$name"
    nowhere "no file, log, store or answer has it ($name)" "$@" -- files --memory "$SCRATCH"
    # The runtime's own notes of a container hold its environment.
    for folder in /dev/shm /run/crun /run/runc /run/user; do
        find "$folder" -type f 2>/dev/null | grep -q . && nowhere "$folder does not have it ($name)" "$@" -- files "$folder"
    done
    # shellcheck disable=SC2046
    nowhere "no arguments and nobody else's environment have it ($name)" "$@" -- processes $(tasks_pids)
}

said=$(set_secret "$first" 2>&1)
same "secret set" 0 $?
nowhere_in_text() { grep -qF -f <(printf '%s\n' "$2") <<<"$3" && bad "$1" "it is there" || ok "$1"; }
nowhere_in_text "what it said does not show it" "$first" "$said"
check "install" pisces app install "$SCRATCH/app/app.yaml"
check "restarted was given it" until_true 20 proves restarted "$first" "$first"
check "signalled was given it" until_true 20 proves signalled "" "$first"
check "a checkpoint is written, in which texts are found" checkpoint
everywhere set "$first"

# A refused setting, and a secret that a command carries by mistake, are no way into the log either.
printf '%s' "$third" | pisces secret set 'holder key/../x' --from-stdin --namespace nowhere >"$SCRATCH/answers/refused" 2>&1
nowhere "a refused setting is not kept" "$third" -- files --memory "$SCRATCH"

# Rotation: one command, both hear of it, the old one is gone from everywhere, memory included.
started=$(pisces get instance/holder-signalled-0 -o json | jq -r .data.pid)
check "rotated" set_secret "$second"
check "restarted has the new one, as variable and as file" \
    until_true 20 proves restarted "$second" "$second"
check "signalled has the new file" until_true 20 proves signalled "" "$second"
same "signalled was not restarted" "$started" "$(pisces get instance/holder-signalled-0 -o json | jq -r .data.pid)"
check "a checkpoint is written after it" checkpoint
everywhere rotated "$first" "$second"
nowhere "the old one is not even in private memory" "$first" -- files "$SCRATCH"

# The node stops and starts: tasks run on, and what it keeps opens again.
check "down" pisces down
check "the node ends" until_true 10 ended "$node"
start && ok "the node starts again" || bad "the node starts again" "$(tail -c 300 "$SCRATCH/answers/node")"
find "$PISCES_STATE" -name 'proof-restarted' -not -path '*/root/*' -delete
kill -9 "$(pisces get instance/holder-restarted-0 -o json | jq -r .data.pid)"
check "a replacement is given it by the node that was restarted" until_true 30 eval \
    '[ "$(pisces get instance/holder-restarted-0 -o json | jq -r .data.state)" = running ] &&
        proves restarted "$second" "$second"'

# A crash: what the node says and leaves then.
case $(cat /proc/sys/kernel/core_pattern) in
'|'*) echo "skipped: cores: they go to a program of this machine; what it keeps was not looked at" ;;
esac
kill -ABRT "$node"
# Who is told from outside reports and goes on: the second time it ends.
until_true 20 ended "$node" || kill -ABRT "$node"
check "the node crashed" until_true 90 ended "$node"
nowhere "a crash leaves no report or core with it" "$first" "$second" -- files --memory "$SCRATCH"
start && ok "the node starts after the crash" || bad "the node starts after the crash" \
    "$(tail -c 300 "$SCRATCH/answers/node")"
everywhere crashed "$first" "$second"

# Removed: nobody has it any more.
check "the app is removed" pisces app remove holder
check "its tasks end" until_true 30 eval '[ -z "$(instances)" ]'
nowhere "no file has it, private memory included" "$first" "$second" -- files "$SCRATCH"
nowhere "no process has it" "$first" "$second" -- processes
check "no memory of it stays mounted" eval '! findmnt -rno TARGET | grep -F "$SCRATCH" | grep -q private'
finish
