#!/usr/bin/env bash
# Pisces is killed with kill -9 in the middle of installing, updating and removing an app, spread evenly over the
# time each takes; started again it must come to the state that was asked for, with nothing twice and nothing left.
# KILLS (4 of each; the long form is 40).
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ "$(id -u)" -eq 0 ] || skip "containers need root"
command -v crun >/dev/null || command -v runc >/dev/null || skip "there is no OCI runtime"
make -s -C "$ROOT/Apps/hello" || { echo "FAILED: the app does not build"; exit 1; }
KILLS=${KILLS:-4}
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
before_cleanup() {
    pisces app remove web --volumes >/dev/null 2>&1
    findmnt -rno TARGET | grep -F "$SCRATCH" | sort -r | while read -r mount; do umount "$mount"; done
}
# app VERSION COUNT: the file of the app.
app() {
    cat <<END
app: web
version: $1
directory: $ROOT/.build/apps/hello
components:
  web:
    run: {native: './hello --port \$PORT'}
    count: $2
    needs: {cpu: 0.1, memory: 16MiB}
    ports: {http: 29480}
    health: {http: /healthz, every: 1s}
services:
  web: {component: web, port: http, listen: 29400}
END
}
app 1.0.0 2 >"$SCRATCH/one.yaml"
app 1.1.0 3 >"$SCRATCH/two.yaml"

now() { date +%s%3N; }
running() { pgrep -fc '^/app/hello --port 2948[0-9]$'; }
# at VERSION COUNT: so many replicas of that version run, no more, and each is asked in turn.
at() {
    local state
    state=$(pisces app status web -o json 2>/dev/null) || return 1
    [ "$(jq -c '[.converged, ([.components[].replicas[].version] | unique)]' <<<"$state")" = "[true,[\"$1\"]]" ] \
        && [ "$(running)" -eq "$2" ] \
        && [ "$(for _ in $(seq $((2 * $2))); do curl -s -m 2 http://127.0.0.1:29400/; done | sort -u | wc -l)" -eq "$2" ]
}
gone() {
    [ -z "$(pisces get app -A -o name)" ] && [ "$(running)" -eq 0 ] && [ -z "$(pisces get task -A -o name)" ] \
        && ! findmnt -rno TARGET | grep -qF "$SCRATCH"
}
wanted() { pisces get app/web -o json 2>/dev/null | jq -r .data.version; }

# killed MILLISECONDS COMMAND…: runs a command of the CLI, kills the node so long after its start, and starts it
# again. 0 when the command had said that it was done.
killed() {
    local delay=$1 client code
    shift
    pisces "$@" >/dev/null 2>&1 & client=$!
    sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
    kill -9 "$(pid_of "$PISCES_STATE")"
    wait $client; code=$?
    until_true 5 eval '! kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null'
    up "$PISCES_STATE" >/dev/null 2>&1 || bad "the node starts again after a kill at $delay ms of $1 $2"
    return $code
}
# settles WHAT COMMAND…: the state is reached within 30 s.
settles() {
    local what=$1
    shift
    until_true 30 "$@" && return
    bad "$what" "$(running) run; $(pisces get task -A -o name 2>&1 | tr '\n' ' '); $(
        findmnt -rno TARGET | grep -F "$SCRATCH" | tr '\n' ' '); $(pisces app status web 2>&1 | tail -4 | tr '\n' ' ')"
}

up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
declare -A took
measure() { local verb=$1 began; began=$(now); shift; pisces "$@" >/dev/null 2>&1 || bad "$verb"; took[$verb]=$(($(now) - began)); }
measure install app install "$SCRATCH/one.yaml"
measure update app update "$SCRATCH/two.yaml"
settles "an update that nobody disturbs" at 1.1.0 3
measure remove app remove web
settles "a removal that nobody disturbs" gone
for number in $(seq "$KILLS"); do
    spot() { echo $((took[$1] * number / (KILLS + 1))); }
    before=$failed
    if killed "$(spot install)" app install "$SCRATCH/one.yaml"; then
        same "what was said to be installed is there" 1.0.0 "$(wanted)"
    fi
    # A command that was never acknowledged may be in the log or not; both are whole.
    [ "$(wanted)" = 1.0.0 ] || check "installing again" pisces app install "$SCRATCH/one.yaml"
    settles "killed at $(spot install) ms of installing" at 1.0.0 2
    if killed "$(spot update)" app update "$SCRATCH/two.yaml"; then
        same "what was said to be updated is there" 1.1.0 "$(wanted)"
    fi
    [ "$(wanted)" = 1.1.0 ] || check "updating again" pisces app update "$SCRATCH/two.yaml"
    settles "killed at $(spot update) ms of updating" at 1.1.0 3
    if killed "$(spot remove)" app remove web; then same "what was said to be removed is gone" "" "$(wanted)"; fi
    [ -z "$(wanted)" ] || check "removing again" pisces app remove web
    settles "killed at $(spot remove) ms of removing" gone
    [ "$failed" -eq "$before" ] && ok "killed at $(spot install), $(spot update), $(spot remove) ms: it came to what was asked"
done
check "the log is whole" pisces log verify
finish
