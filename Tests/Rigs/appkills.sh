#!/usr/bin/env bash
# Pisces is killed with kill -9 in the middle of installing, updating and removing an app that has a volume, a config
# and a secret; started again it must come to the same state as undisturbed, with nothing twice and nothing left.
# Killed right after its 1st step, its 2nd … until a node goes through (PISCES_DIE_AT, see HACKING.md), every EVERYth
# of them, and KILLS times at moments spread evenly over the time each takes. KILLS=all: every step, 10 moments.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ "$(id -u)" -eq 0 ] || skip "containers need root"
command -v crun >/dev/null || command -v runc >/dev/null || skip "there is no OCI runtime"
make -s -C "$ROOT/Apps/hello" || { echo "FAILED: the app does not build"; exit 1; }
KILLS=${KILLS:-1}
EVERY=${EVERY:-30}
if [ "$KILLS" = all ]; then KILLS=10 EVERY=1; fi
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
before_cleanup() {
    pisces app remove web --volumes >/dev/null 2>&1
    findmnt -rno TARGET | grep -F "$SCRATCH" | sort -r | while read -r mount; do umount "$mount"; done
}
# A volume is an image with a file system where this machine has loop devices, else a folder.
driver=loop
[ -e /dev/loop-control ] && command -v mkfs.ext4 >/dev/null \
    || { driver=directory; echo "skipped: volumes of driver loop: no loop devices, or no e2fsprogs"; }
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
    volumes: {data: /data}
    configs: {/etc/site.toml: site}
    secrets: {/run/key: key, KEY: key}
    health: {http: /healthz, every: 1s}
services:
  web: {component: web, port: http, listen: 29400}
volumes:
  data: {size: 8MiB, driver: $driver}
END
}
app 1.0.0 1 >"$SCRATCH/one.yaml"
app 1.1.0 2 >"$SCRATCH/two.yaml"

now() { date +%s%3N; }
running() { pgrep -fc '^/app/hello --port 2948[0-9]$'; }
# kept: all that the graph and the disk have of apps, without what is another one each time: identities, numbers of
# processes, times, and how often was tried.
kept() {
    local type
    for type in app component service taskgroup task assignment instance volume volumestate; do
        pisces get "$type" -A -o json | jq -c --arg type "$type" '.items | map({type: $type, name,
            data: (.data | {version, state, ready, health, ports, count, volumes, machine, task, driver, size, error}
            | with_entries(select(.value != null)))}) | sort_by(.name)[]'
    done
    echo "ledger $(find "$PISCES_STATE/instances" -mindepth 1 -maxdepth 1 | wc -l)"
    find "$PISCES_STATE/instances" "$PISCES_STATE/volumes" -name '*.new-*' -printf 'half %f\n'
    find "$PISCES_STATE/volumes" -mindepth 1 -maxdepth 1 | wc -l
    findmnt -rno TARGET,FSTYPE | grep -F "$SCRATCH" | sed -E 's/[0-9A-HJKMNP-TV-Z]{26}/ID/g' | sort
    echo "running $(running)"
}
# inside TASK: what a task sees of its config, its secret and its volume.
inside() { pisces app exec "$1" -- /bin/sh -c 'cat /etc/site.toml /run/key; ls /data' 2>&1 | tr -d '\r' | paste -sd' '; }
# at VERSION COUNT: the app has come to rest there, each replica is asked in turn, and all is as undisturbed.
at() {
    local state
    state=$(pisces app status web -o json 2>/dev/null) || return 1
    [ "$(jq -c '[.converged, ([.components[].replicas[].version] | unique)]' <<<"$state")" = "[true,[\"$1\"]]" ] \
        && [ "$(running)" -eq "$2" ] \
        && [ "$(for _ in $(seq $((2 * $2))); do curl -s -m 2 http://127.0.0.1:29400/; done | sort -u | wc -l)" -eq "$2" ] \
        && [ "$(kept)" = "$(cat "$SCRATCH/kept.$1" 2>/dev/null || kept)" ]
}
gone() { [ -z "$(pisces get app -A -o name)" ] && [ "$(kept)" = "$(cat "$SCRATCH/kept.none")" ]; }
wanted() { pisces get app/web -o json 2>/dev/null | jq -r .data.version; }

# again [STEP]: starts the node, after it has ended; with a step it will end right after that one.
again() {
    until_true 5 eval '! kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null'
    if [ $# -gt 0 ]; then local -x PISCES_DIE_AT=$1; fi
    up "$PISCES_STATE" >"$SCRATCH/up" 2>&1 \
        || bad "the node starts again after $verb $where" "$(tail -c 300 "$SCRATCH/up" | tr '\n' ' ')"
}
alive() { kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null; }

declare -A call=([install]="app install $SCRATCH/one.yaml" [update]="app update $SCRATCH/two.yaml" [remove]="app remove web --volumes")
declare -A version=([install]=1.0.0 [update]=1.1.0 [remove]="")
declare -A rest=([install]="at 1.0.0 1" [update]="at 1.1.0 2" [remove]=gone)
declare -A took=() deaths=() through=()
# settles: the state of the verb is reached within 30 s.
settles() {
    until_true 30 ${rest[$verb]} && { ok "$verb $where: all is as undisturbed"; return; }
    kept >"$SCRATCH/kept"
    bad "$verb $where: it came to what was asked" "$(diff "$SCRATCH/kept.${version[$verb]:-none}" "$SCRATCH/kept" | tr '\n' ' ')"
}
# comes CODE: after a command that ended with that code, and a death, the state is reached.
comes() {
    if [ "$1" -eq 0 ]; then same "$verb $where: what was said to be done is done" "${version[$verb]}" "$(wanted)"; fi
    # A command that was never acknowledged may be in the log or not; both are whole.
    [ "$(wanted)" = "${version[$verb]}" ] || check "$verb $where: again" pisces ${call[$verb]}
    settles
    [ "$verb" != install ] || pisces app exec web -- /bin/touch /data/mark
    [ -z "${version[$verb]}" ] || same "$verb $where: a task sees what it was given" sitekeymark "$(inside web)"
}

up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
printf site | pisces config set site >/dev/null && printf key | pisces secret set key --from-stdin >/dev/null
where="undisturbed"
kept >"$SCRATCH/kept.none"
for verb in install update remove; do
    began=$(now)
    check "$verb $where" pisces ${call[$verb]}
    took[$verb]=$(($(now) - began))
    settles
    [ "$verb" != install ] || pisces app exec web -- /bin/touch /data/mark
    [ "$verb" = remove ] || kept >"$SCRATCH/kept.${version[$verb]}"
    deaths[$verb]=0
done

# --- after each step ---------------------------------------------------------------------------------------------
# All three go on by the same number of steps; one that went through is only done, until all have.
for step in $(seq "$EVERY" "$EVERY" 2000); do
    for verb in install update remove; do
        where="ended after step $step"
        if [ -n "${through[$verb]:-}" ]; then
            where="in between"
            check "$verb $where" pisces ${call[$verb]}
            settles
        else
            pisces down >/dev/null 2>&1
            again "$step"
            pisces ${call[$verb]} >/dev/null 2>&1
            code=$?
            # What is done after the answer has its steps too.
            until_true 3 eval '! alive' || settles
            if alive; then
                # It would still die of what comes later, such as a look into a task.
                through[$verb]=$step
                pisces down >/dev/null 2>&1
                again
            else
                deaths[$verb]=$((deaths[$verb] + 1))
                again
                comes $code
            fi
        fi
        [ "$verb" != install ] || pisces app exec web -- /bin/touch /data/mark
    done
    [ ${#through[@]} -lt 3 ] || break
done
for verb in install update remove; do
    if [ -n "${through[$verb]:-}" ] && [ "${deaths[$verb]}" -gt 0 ]; then
        ok "$verb came to what was asked after each of ${deaths[$verb]} deaths, and has fewer than ${through[$verb]} steps"
    else
        bad "$verb came through" "${deaths[$verb]} deaths"
    fi
done

# --- at any moment -----------------------------------------------------------------------------------------------
for number in $(seq "$KILLS"); do
    for verb in install update remove; do
        delay=$((took[$verb] * number / (KILLS + 1)))
        where="killed after $delay ms"
        pisces ${call[$verb]} >/dev/null 2>&1 & client=$!
        sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
        kill -9 "$(pid_of "$PISCES_STATE")"
        wait $client
        code=$?
        again
        comes $code
    done
done
check "the log is whole" pisces log verify
finish
