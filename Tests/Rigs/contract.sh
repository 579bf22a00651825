#!/usr/bin/env bash
# The commands that users and scripts rely on, typed one after the other against a real node.
. "$(dirname "$0")/lib/rig.bash"
cd "$ROOT" || exit 1
export TMPDIR=$SCRATCH
pisces() { timeout -k 1 10 "$PISCES" "$@"; }
# A killed process keeps its locks until its last thread is gone: then /proc has it no more.
running() { [ -d "/proc/$1" ]; }
gone() { ! running "$1"; }
data_of() { pisces get "instance/$1" -o json 2>/dev/null | jq -r ".data.$2"; }
pid_in() { data_of "$1" pid; }
is_running() { [ "$(data_of "$1" state)" = running ]; }
replaced() { local now; now=$(pid_in hello-web-0) && is_running hello-web-0 && [ "$now" != "$1" ]; }
before_cleanup() {
    [ -S "$PISCES_STATE/pisces.sock" ] || return 0
    pisces delete app/hello >/dev/null 2>&1
    until_true 15 eval '[ -z "$(pisces get instance -A -o name 2>/dev/null)" ]'
}

# A node that hangs: it takes connections and says nothing. Looked at in the end.
mkdir "$SCRATCH/silent"
python3 -c 'import socket, sys, time
silent = socket.socket(socket.AF_UNIX); silent.bind(sys.argv[1]); silent.listen(); time.sleep(300)' \
    "$SCRATCH/silent/pisces.sock" &
silent=$!
until_true 5 test -S "$SCRATCH/silent/pisces.sock"
"$PISCES" status --state "$SCRATCH/silent" >"$SCRATCH/silent.out" 2>&1 &
asking=$!

# Another node of this machine may serve the sample app now; then a copy takes free ports.
make -s -C Apps/hello || bad "the sample app builds"
app=Apps/hello/app.yaml port=18080
if [ -n "$(ss -Hltn '( sport = :18080 or sport = :18081 )')" ]; then
    port=28080
    echo "note: port 18080 is taken; a copy of the app takes $port"
    app=$SCRATCH/app.yaml
    sed "s|18080|$port|; s|^directory: .*|directory: $ROOT/.build/apps/hello|" Apps/hello/app.yaml >"$app"
fi
answers() { [[ $(curl -s -m 2 "http://127.0.0.1:$port/") == "hello from hello-web-0"* ]]; }

# Starting, and a second node on the same directory.
before=$(date +%s%N)
check "up --background" up "$PISCES_STATE"
took=$((($(date +%s%N) - before) / 1000000))
up_pid=$(pid_of "$PISCES_STATE")
pids+=("$up_pid")
echo "note: ready after $took ms"
for mode in "" --background; do
    said=$(timeout -k 1 10 "$PISCES" up --state "$PISCES_STATE" --listen 127.0.0.1:0 $mode 2>&1)
    same "a second up $mode exits 1" 1 $?
    holds "a second up $mode names the process" "$up_pid" "$said"
done
same "status says ready" ready "$(pisces status -o json | jq -r .node.state)"
holds "version" '[0-9]+\.[0-9]+' "$(pisces version 2>&1)"

# Observing.
holds "get process shows this shell" "^$$ " "$(pisces get process)"
same "get process/PID -o name" "process/$$" "$(pisces get process/$$ -o name | sed 's|.*/process/|process/|')"
same "get -o json is JSON" "$$" "$(pisces get process/$$ -o json | jq -r .data.pid)"
check "get -o yaml" pisces get process/$$ -o yaml
check "get -o wide" pisces get process -o wide
same "get -o ndjson is a resource a line" process "$(pisces get process -o ndjson | jq -r .type | sort -u)"
same "get --where" "$$" "$(pisces get process --where "pid = $$" -o ndjson | jq -r .name)"
same "get --limit" 3 "$(pisces get process --limit 3 -o ndjson | wc -l)"
holds "get --sort" '^[0-9]+$' "$(pisces get process --sort -pid -o ndjson | jq -r .data.pid | head -1)"
same "sorted downwards" "" "$(pisces get process --sort -pid -o ndjson | jq .data.pid | sort -rnc 2>&1)"
same "nothing but JSON on standard output" 0 "$(pisces get process -o json 2>/dev/null | jq empty >/dev/null 2>&1; echo $?)"
same "no colour in a pipe" 0 "$(pisces get process | grep -c $'\e')"

# Watching, in the background while things change. The machine has been read whole by then.
check "an answer as of now" until_true 30 pisces get machine --consistency now
"$PISCES" watch process --from now >"$SCRATCH/watched" 2>/dev/null &
watch=$!
pids+=("$watch")

# The sample app, a killed replica and its replacement.
holds "diff before apply shows what is new" 'hello' "$(pisces diff -f "$app" 2>&1)"
holds "apply --dry-run" hello "$(pisces apply --dry-run -f "$app" 2>&1)"
same "a dry run changes nothing" "" "$(pisces get app -A -o name)"
holds "apply creates the app" 'app/hello created' "$(pisces apply -f "$app")"
check "both replicas run" until_true 10 eval 'is_running hello-web-0 && is_running hello-web-1'
holds "get task -A" 'hello-web-0 .*running' "$(pisces get task -A)"
holds "a second apply changes nothing or updates" 'app/hello' "$(pisces apply -f "$app")"
holds "diff after apply is empty" 'no difference' "$(pisces diff -f "$app" 2>&1)"
check "the replica answers" until_true 5 answers
first=$(pid_in hello-web-0)
mark=$(pisces status -o json | jq -r '.logs[] | select(.mount == "/") | .position')
kill -9 "$first"
check "a killed replica returns with another pid" until_true 10 replaced "$first"
check "the replacement answers" until_true 5 answers
same "its restarts are counted" 1 "$(data_of hello-web-0 restarts)"
sleep 0.3
holds "watch process saw the end of $first" "(^|[^0-9])$first([^0-9]|$)" "$(cat "$SCRATCH/watched")"
kill "$watch"
check "watch ends on SIGTERM" until_true 2 gone "$watch"
kill -9 "$watch" 2>/dev/null

# The past.
holds "history of a task" '^@[0-9]+' "$(pisces history task/hello-web-0)"
holds "history of an instance shows the end" 'restarts|exit' "$(pisces history instance/hello-web-0)"
sleep 1
before=$(pisces get process --at -1s -o name)
holds "get process --at an age shows the past" "process/$$" "$before"
holds "get --at a time" "process/$$" "$(pisces get process -o name --at "$(date -u +%Y-%m-%dT%H:%M:%SZ)")"
holds "get --at a position" 'app/hello' "$(pisces get app -A -o name --at "@$mark")"
same "before the app there was none" "" "$(pisces get app -A -o name --at @1)"
holds "log verify" 'no edit' "$(pisces log verify)"
holds "log" 'create app/hello' "$(pisces log)"
holds "log --log machine -o ndjson" '"position"' "$(pisces log --log machine --limit 2 -o ndjson)"
holds "why" 'hello' "$(pisces why task/hello-web-0)"
said=$(pisces describe task/hello-web-0)
holds "describe shows desired beside observed" Observed "$said"
holds "describe shows links" 'app/hello' "$said"

# Undo of a change.
sed 's/count: 2/count: 1/' "$app" >"$SCRATCH/one.yaml"
sed -i "s|^directory: .*|directory: $ROOT/.build/apps/hello|" "$SCRATCH/one.yaml"
was=$(pisces get app/hello -o json | jq .revision)
check "apply one replica less" pisces apply -f "$SCRATCH/one.yaml" -m "one is enough"
check "the second replica goes" until_true 15 eval '! pisces get task/hello-web-1'
holds "the reason is in the log" 'one is enough' "$(pisces log)"
check "undo" pisces undo app/hello --to "@$was"
check "the second replica returns" until_true 10 is_running hello-web-1

# Editing, with editors that are scripts.
edits() { EDITOR="$1" pisces edit app/hello "${@:2}" 2>&1; }
holds "edit without a change sends nothing" 'nothing was changed' "$(edits true)"
holds "edit" 'app/hello changed' "$(edits "sed -i 's/^tags: {}/tags: {by: hand}/'" -m 'by hand')"
same "edit sets what was written" hand "$(pisces get app/hello -o json | jq -r .tags.by)"
holds "edit refuses another name" 'name cannot be changed' "$(edits "sed -i 's/^name: hello/name: other/'")"
cat >"$SCRATCH/slow" <<END
"$PISCES" undo app/hello --to "@$was" >/dev/null; sed -i 's/by: hand/by: two/' "\$1"
END
said=$(edits "sh $SCRATCH/slow")
same "edit after someone faster: 1" 1 $?
holds "edit after someone faster is refused" 'has revision' "$said"
kept=$(grep -oE '/[^ ]*pisces-edit-[^ ]*' <<<"$said")
holds "the text is kept" 'by: two' "$(cat "$kept" 2>&1)"
rm -f "$TMPDIR"/pisces-edit-*.yaml
check "both replicas still run" until_true 10 eval 'is_running hello-web-0 && is_running hello-web-1'
holds "a field named as a common part is hinted at" 'data.name' \
    "$(pisces get process --where "name = 'nothing'" 2>&1)"

# What the system knows about itself.
holds "types TYPE shows fields in columns" '^pid +yes +int' "$(pisces types process)"
holds "types" '^process' "$(pisces types)"
holds "sensors" '^processes' "$(pisces sensors)"
holds "drivers" '^process' "$(pisces drivers)"
same "all of design/04, each with its ceilings" "balancer health images machine names process volume" \
    "$(pisces drivers -o json | jq -r '[.[] | select(.ceilings | length > 2) | .name] | sort | join(" ")')"
holds "a ceiling is shown with its number and reason" "^volume +volumes +[0-9]+ volumes +[a-z]" "$(pisces drivers)"
holds "of one driver too" "^CEILINGS" "$(pisces drivers machine)"
holds "handlers" '^scheduler' "$(pisces handlers)"
holds "limits" 'command size' "$(pisces limits)"
holds "token" '^pisces_' "$(pisces token 2>/dev/null)"
holds "console" '^http://127.0.0.1:[0-9]+/console\?ticket=' "$(pisces console)"
pisces completions bash >"$SCRATCH/completions.bash"
check "completions for bash parse" bash -n "$SCRATCH/completions.bash"
for shell in zsh fish; do
    pisces completions $shell >"$SCRATCH/completions.$shell"
    [ -s "$SCRATCH/completions.$shell" ] && ok "completions for $shell" || bad "completions for $shell" "empty"
    command -v $shell >/dev/null && check "completions for $shell parse" $shell -n "$SCRATCH/completions.$shell"
done
said=$(timeout -k 1 3 "$PISCES" top </dev/null | head -c 2000)
same "top in a pipe does not hang" 1 $(($? < 124))
holds "top in a pipe shows the machine" 'load|PID|process' "$said"

# Exit codes.
pisces get process/999999999 >/dev/null 2>&1
same "3: not found" 3 $?
said=$(pisces get proces 2>&1)
same "1: refused" 1 $?
holds "an unknown type names the nearest" 'process' "$said"
pisces get process --nonsense >/dev/null 2>&1
same "2: usage" 2 $?
said=$(pisces --state "$SCRATCH/none" status 2>&1 || true)
pisces status --state "$SCRATCH/none" >/dev/null 2>&1
same "4: no node" 4 $?
pisces frobnicate >/dev/null 2>&1
same "2: no such verb" 2 $?

# The end of the node is not the end of what it runs.
one=$(pid_in hello-web-0) two=$(pid_in hello-web-1) restarts=$(data_of hello-web-0 restarts)
kill -9 "$up_pid"
until_true 5 gone "$up_pid"
answers && ok "the app answers while the node is dead" || bad "the app answers while the node is dead"
check "up after kill -9" up "$PISCES_STATE"
sleep 1
same "the first replica is adopted" "$one running" "$(pid_in hello-web-0) $(data_of hello-web-0 state)"
same "the second replica is adopted" "$two running" "$(pid_in hello-web-1) $(data_of hello-web-1 state)"
same "nothing was restarted" "$restarts" "$(data_of hello-web-0 restarts)"
running "$one" && answers && ok "it is still that process that answers" || bad "it is still that process that answers"
kill -9 "$two"
check "an adopted replica that dies returns" until_true 10 eval \
    'is_running hello-web-1 && [ "$(pid_in hello-web-1)" != "'"$two"'" ]'
up_pid=$(pid_of "$PISCES_STATE")
before=$(date +%s%N)
kill "$up_pid"
check "the node to stop runs" running "$up_pid"
check "SIGTERM stops the node" until_true 5 gone "$up_pid"
took=$((($(date +%s%N) - before) / 1000000))
[ $took -le 5000 ] && ok "within 5 s" || bad "within 5 s" "$took ms"
running "$one" && ok "SIGTERM leaves the app alone" || bad "SIGTERM leaves the app alone"
check "up after SIGTERM" up "$PISCES_STATE"
same "adopted again" "$one" "$(sleep 0.5; pid_in hello-web-0)"
two=$(pid_in hello-web-1)
check "delete app/hello" pisces delete app/hello
check "its instances stop" until_true 15 eval 'gone '"$one"' && gone '"$two"
check "no instance is left" until_true 5 eval '[ -z "$(pisces get instance -A -o name)" ]'
holds "log verify at the end" 'no edit' "$(pisces log verify)"
up_pid=$(pid_of "$PISCES_STATE")
check "down" pisces down
check "down ends the process" until_true 5 gone "$up_pid"
pisces status >/dev/null 2>&1
same "then there is no node" 4 $?
check "who asks a node that hangs is told" until_true 15 \
    grep -q 'has not answered for 10 s; still waiting' "$SCRATCH/silent.out"
check "and waits on" running $asking
kill $silent
wait $asking
same "until it is gone" 4 $?
finish
