#!/usr/bin/env bash
# The first lines of a newcomer, as they type them: nothing is named twice, no variable is set, and
# a node that `up --state` started is found by every command behind it.
. "$(dirname "$0")/lib/rig.bash"
unset PISCES_STATE
export HOME=$SCRATCH/home XDG_STATE_HOME=$SCRATCH/home/state
mkdir -p "$HOME" "$SCRATCH/bin" "$SCRATCH/here"
ln -s "$PISCES" "$SCRATCH/bin/pisces"
export PATH=$SCRATCH/bin:$PATH
before_cleanup() { pisces delete app/hello >/dev/null 2>&1; pisces down >/dev/null 2>&1; }
if [ -n "$(ss -Hltn '( sport = :7117 or sport = :7687 or sport = :18080 or sport = :18081 )')" ]; then
    skip "a port that these lines take is in use (7117, 7687, 18080 or 18081)"
fi
if [ -S /var/lib/pisces/pisces.sock ]; then
    skip "a node of this machine is found first"
fi
make -s -C "$ROOT/Apps/hello" || bad "the sample app builds"
ln -s "$ROOT/Apps" "$SCRATCH/here/Apps"
ln -s "$ROOT/.build" "$SCRATCH/here/.build"
cd "$SCRATCH/here" || exit 1

said=$(pisces status 2>&1)
same "before there is a node, a command says so" 4 $?
holds "and where it looked" 'no node answers at /' "$said"
check "pisces up --state ./p --background" pisces up --state ./p --background
pids+=("$(pid_of p)")
holds "pisces get process" "^$$ " "$(pisces get process)"
check "pisces apply -f Apps/hello/app.yaml" pisces apply -f Apps/hello/app.yaml
running() { pisces get instance -A -o json | jq -r '.items[].data | select(.state == "running").pid'; }
until_true 15 eval '[ "$(running | wc -l)" = 2 ]'
holds "pisces get task -A" 'hello-web-0' "$(pisces get task -A)"
pid=$(running | head -1)
timeout 20 "$PISCES" watch process >"$SCRATCH/watched" 2>&1 &
watching=$!
until_true 10 test -s "$SCRATCH/watched"
check "kill -9 a task's process" kill -9 "$pid"
check "pisces watch process shows its end" until_true 10 grep -qE "^- .*\b$pid\b|$pid.*(gone|deleted|ended)" "$SCRATCH/watched"
kill "$watching" 2>/dev/null
check "it is replaced" until_true 15 eval '[ "$(running | wc -l)" = 2 ] && ! running | grep -qx "$pid"'
task=$(pisces get task -A -o name | head -1)
holds "pisces history $task" "@[0-9]+" "$(pisces history "$task" 2>&1)"
sleep 1
holds "pisces get process --at -1s" "^$$ " "$(pisces get process --at -1s)"
holds "pisces log verify" 'no edit, no gap, no reorder' "$(pisces log verify 2>&1)"
other=$(mktemp -d)
cd "$other" && check "the node is found from any folder" pisces status
pisces delete app/hello >/dev/null
until_true 15 eval '[ -z "$(pisces get instance -A -o name)" ]'
check "pisces down" pisces down
pisces status >/dev/null 2>&1
same "then there is none again" 4 $?
cd / && rmdir "$other"
finish
