#!/usr/bin/env bash
# Applications on a whole node from outside: installed, scaled, killed, updated under load, reverted, rolled back,
# planned, priced, named, told secrets, asked, removed; and a copy of the log from before that must stop nothing.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
[ "$(id -u)" -eq 0 ] || skip "containers need root"
command -v crun >/dev/null || command -v runc >/dev/null \
    || skip "there is no OCI runtime"
make -s -C "$ROOT/Apps/hello" && make -s -C "$ROOT/Apps/guestbook" || { echo "FAILED: the apps do not build"; exit 1; }
export TMPDIR=$SCRATCH
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
status() { pisces app status "$1" -o json; }
pids() { status "$1" | jq -c '[.components[].replicas[].pid]'; }
before_cleanup() {
    [ -S "$PISCES_STATE/pisces.sock" ] || return 0
    for app in $(pisces get app -A -o name 2>/dev/null); do pisces app remove "${app#app/}" --volumes; done >/dev/null 2>&1
    findmnt -rno TARGET | grep -F "$SCRATCH" | sort -r | while read -r mount; do umount "$mount"; done
}
# app VERSION COUNT COMMAND: the file of an app with a free set of ports.
app() {
    cat <<END
app: web
version: $1
directory: $ROOT/.build/apps/hello
components:
  web:
    run: {native: "$3"}
    count: $2
    needs: {cpu: 0.1, memory: 16MiB}
    ports: {http: 28480}
    health: {http: /healthz, every: 1s}
    update: {deadline: 20s}
services:
  web: {component: web, port: http, listen: 28400}
END
}
good='./hello --port $PORT'
app 1.0.0 2 "$good" >"$SCRATCH/one.yaml"
app 1.1.0 4 "$good" >"$SCRATCH/two.yaml"
app 1.2.0 4 './hello --port nothing' >"$SCRATCH/bad.yaml"
answers() { curl -s -m 2 http://127.0.0.1:28400/; }

# --- the file ---------------------------------------------------------------------------------------------
check "a sample file is written that reads without error" \
    bash -c "'$PISCES' app init sample >'$SCRATCH/sample.yaml' && '$PISCES' app check '$SCRATCH/sample.yaml'"
sed 's/count: 2/cuont: 2/' "$SCRATCH/one.yaml" >"$SCRATCH/typo.yaml"
holds "an unknown key names its place and the nearest one" "typo.yaml:7:.*cuont.*did you mean .count" \
    "$(pisces app check "$SCRATCH/typo.yaml" 2>&1)"
same "the schema is JSON" object "$(pisces app schema | jq -r type)"

up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
# A plan is of the machine as its sensors see it: on a busy machine they need a moment.
until_true 20 eval '[ "$(pisces get machine -A -o json 2>/dev/null | jq ".items[0].data.memory // 0")" -gt 0 ]'

# --- plan, install, scale, kill -----------------------------------------------------------------------------
plan=$(pisces app plan "$SCRATCH/one.yaml" -o json)
same "a plan names both replicas with their ports" '["28480","28481"]' \
    "$(jq -c '[.placements[].ports.http | tostring]' <<<"$plan")"
holds "installing waits, and says for what" "waits for" "$(pisces app install "$SCRATCH/one.yaml" --plan "$(jq .parent <<<"$plan")" 2>&1)"
holds "the balancer answers" "hello from web-web" "$(answers)"
same "both replicas are asked in turn" 2 "$(for _ in 1 2 3 4; do answers; done | sort -u | wc -l)"
holds "a plan that no longer holds is refused" "no such plan|another state|changed" \
    "$(pisces app install "$SCRATCH/two.yaml" --plan 1 2>&1)"
check "scaling waits too" pisces app scale web web=4
same "four answer" 4 "$(for _ in $(seq 8); do answers; done | sort -u | wc -l)"
victim=$(pids web | jq '.[0]')
kill -9 "$victim"
again() { [ "$(pids web | jq '.[0]')" != "$victim" ] && [ "$(status web | jq .converged)" = true ]; }
until_true 10 again && ok "a killed replica is back" || bad "a killed replica is back" "$(status web | jq -c .waits)"

# --- update under load, revert, rollback ----------------------------------------------------------------------
load() { # Asks until told to stop; counts what is no answer.
    local lost=0 asked=0
    while [ ! -e "$SCRATCH/enough" ]; do
        asked=$((asked + 1))
        [[ $(answers) == "hello from"* ]] || lost=$((lost + 1))
    done
    echo "$lost $asked"
}
load >"$SCRATCH/load" & loader=$!
check "an update of four replicas" pisces app update "$SCRATCH/two.yaml"
touch "$SCRATCH/enough"; wait "$loader"
read -r lost asked <"$SCRATCH/load"
same "no request was lost of $asked" 0 "$lost"
same "all run the new version" '["1.1.0"]' "$(status web | jq -c '[.components[].replicas[].version] | unique')"
holds "an update that fails goes back, and says why" "restarted 3 times.*version before runs on" \
    "$(pisces app update "$SCRATCH/bad.yaml" 2>&1)"
holds "… and the app answers still" "hello from" "$(answers)"
sed 's#/healthz#/nowhere#; s/^version: .*/version: 1.3.0/' "$SCRATCH/two.yaml" >"$SCRATCH/never.yaml"
timeout -k 1 4 "$PISCES" app update "$SCRATCH/never.yaml" >/dev/null 2>&1
check "an update that is taken back in its middle comes to its end" pisces app update "$SCRATCH/two.yaml"
check "rolling back to a version of history" pisces app rollback web --to 1.0.0
same "it is as it was" '"1.0.0" 4' "$(pisces get app/web -o json | jq -c '.data.version, .data.components.web.count' | paste -sd' ')"

# --- blue-green; haproxy --------------------------------------------------------------------------------------
answers() { curl -s -m 2 "http://127.0.0.1:${port:-28400}/"; }
# twin VERSION DRIVER PORT: two replicas behind a driver, updated as a second set.
twin() {
    app "$1" 2 "$good" | sed "s/app: web/app: twin/; s/^  web: {comp/  twin: {comp/; s/28480/28320/; s/listen: 28400/listen: $3, driver: $2/
        s/update: {/update: {strategy: blue-green, /"
}
twin 1.0.0 builtin 28300 >"$SCRATCH/blue.yaml"
twin 1.1.0 builtin 28300 >"$SCRATCH/green.yaml"
check "an app that is updated as a whole" pisces app install "$SCRATCH/blue.yaml"
blue=$(pids twin)
rm -f "$SCRATCH/enough"
port=28300 load >"$SCRATCH/load" & loader=$!
check "its second set takes over" pisces app update "$SCRATCH/green.yaml"
touch "$SCRATCH/enough"; wait "$loader"
read -r lost asked <"$SCRATCH/load"
same "no request was lost of $asked" 0 "$lost"
same "only the new version runs" '["1.1.0","1.1.0"]' "$(status twin | jq -c '[.components[].replicas[].version]')"
old_ones() { for pid in $(tr -d '[],' <<<"${blue//,/ }"); do [ ! -d "/proc/$pid" ] || echo "$pid"; done | wc -l; }
# They are drained before they end.
until_true 30 eval '[ "$(old_ones)" = 0 ]'
same "in other processes" 0 "$(old_ones)"
if command -v haproxy >/dev/null; then
    twin 1.2.0 haproxy 28301 >"$SCRATCH/haproxy.yaml"
    check "behind haproxy" pisces app update "$SCRATCH/haproxy.yaml"
    same "it sends to both" 2 "$(for _ in $(seq 8); do port=28301 answers; done | sort -u | wc -l)"
    listener() { pisces query 'MATCH (p:Process)-[:LISTENS]->(s:Socket {port: 28301}) RETURN p.name' -o ndjson 2>/dev/null; }
    # The sensor of sockets looks once a second.
    until_true 20 eval 'listener | grep -q haproxy'
    holds "and it is haproxy that listens" haproxy "$(listener)"
    rm -f "$SCRATCH/enough"
    port=28301 load >"$SCRATCH/load" & loader=$!
    check "its set is changed under load" pisces app scale twin web=3
    touch "$SCRATCH/enough"; wait "$loader"
    read -r lost asked <"$SCRATCH/load"
    same "and no request was lost of $asked" 0 "$lost"
    same "it sends to the third" 3 "$(for _ in $(seq 12); do port=28301 answers; done | sort -u | wc -l)"
else
    echo "skipped: behind haproxy: haproxy is not installed"
fi
pisces app remove twin >/dev/null 2>&1

# --- kill -9 of Pisces; an older copy of the log ------------------------------------------------------------------
running=$(pids web)
kill -9 "$(pid_of "$PISCES_STATE")"
until_true 5 eval '! kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null'
up "$PISCES_STATE" 2>/dev/null
until_true 10 eval '[ "$(status web | jq .converged)" = true ]'
same "the replicas outlive Pisces" "$running" "$(pids web)"
# What is fenced is the age of a position, not of a clock: the machine never obeys a state of the fleet's log that
# stands below the highest position it has obeyed (its cursor, in its own log). An hour-old copy and one of ten seconds
# ago are the same to it, so this one is as old as what happens to the apps in between takes.
other() { sed "s/app: web/app: $1/; s/284/$2/g; s/^  web: {comp/  $1: {comp/" "$SCRATCH/one.yaml" >"$SCRATCH/$1.yaml"; }
other late 285
other gone 282
check "an app that will be in the copy" pisces app install "$SCRATCH/gone.yaml"
pisces down 2>/dev/null
cp -a "$PISCES_STATE/fleet" "$SCRATCH/fleet.old"
cp -a "$PISCES_STATE/graph" "$SCRATCH/graph.old"
copied=$(pids gone)
up "$PISCES_STATE" 2>/dev/null
check "after the copy the app is scaled" pisces app scale web web=3
app 1.1.0 5 "$good" >"$SCRATCH/later.yaml"
check "… and updated, to more than the copy knows" pisces app update "$SCRATCH/later.yaml"
check "… one that is in the copy is removed" pisces app remove gone
check "… and another one comes" pisces app install "$SCRATCH/late.yaml"
# lives: of each task its name, life, process and version of what it runs.
lives() { pisces get instance -A -o json | jq -c '[.items[] | [.name, .data.life, .data.pid, .data.state, .data.taskRevision]] | sort'; }
filler=0
newest() { pisces log --log "$1" --limit 1 -o ndjson | jq -s '.[-1].position'; }
before=$(lives)
running="$(pids web) $(pids late)"
same "seven tasks run" 7 "$(jq length <<<"$before")"
last=$(newest fleet)
pisces down 2>/dev/null
rm -rf "$PISCES_STATE/fleet" "$PISCES_STATE/graph"
cp -a "$SCRATCH/fleet.old" "$PISCES_STATE/fleet"
cp -a "$SCRATCH/graph.old" "$PISCES_STATE/graph"
up "$PISCES_STATE" 2>/dev/null
restored=$(newest fleet)
holds "the restored log is shorter than what was obeyed" "^true$" "$(jq -n "$restored < $last")"
same "it has the app that was removed, and the version of before" '"1.0.0",4 app/gone' \
    "$(pisces get app/web -o json | jq -c '.data.version, .data.components.web.count' | paste -sd,) $(pisces get app/gone -o name)"
# Longer than two turns of every loop, and than the grace of a stop.
sleep 15
alive=0
for pid in $(tr -d '[],' <<<"${running//,/ }"); do [ -d "/proc/$pid" ] && alive=$((alive + 1)); done
same "an older copy of the log ends no process (law 1)" 7 "$alive"
# It may start what it finds wanted there: the app that was removed is not among them.
same "… every task has the life, the process and the version it had" "$before" \
    "$(lives | jq -c '[.[] | select(.[0] | startswith("gone") | not)]')"
holds "status says that nothing is stopped, and what to do" "log / ends at @$restored, .* up to @$last: it stops nothing.*restore" \
    "$(pisces status)"
# What that log starts must not make the machine obey it either.
check "the app that was forgotten is asked for again" pisces app install "$SCRATCH/late.yaml" --no-wait
sleep 2
same "… and still no life has ended" "$before" "$(lives | jq -c '[.[] | select(.[0] | startswith("gone") | not)]')"
while [ "$(newest fleet)" -lt "$last" ]; do pisces config set filler <<<"$((filler += 1))" >/dev/null || break; done
check "past what was obeyed it is obeyed again" pisces app remove late
until_true 30 eval '[ "$(status web | jq -c "[.converged, (.components[].replicas | length)]")" = "[true,4]" ]'
same "… and the app is as the log has it" '"1.0.0" 4' "$(status web | jq -c '.version, ([.components[].replicas[]] | length)' | paste -sd' ')"
check "… with the one that had been removed" pisces app remove gone

# --- volumes, names, secrets, operations, jobs -----------------------------------------------------------------
check "a guestbook with a volume" pisces app install "$ROOT/Apps/guestbook/app.yaml"
same "an entry is kept" written "$(curl -s -m 5 -d "first" http://127.0.0.1:18010/)"
victim=$(pids guestbook | jq '.[0]')
kill -9 "$victim"
until_true 15 eval 'curl -s -m 2 http://127.0.0.1:18010/ | grep -q first' \
    && ok "it is there after a kill" || bad "it is there after a kill"
same "an operation returns a number" 1 "$(pisces app run guestbook count)"
same "its call and outcome are resources" 'done 1' \
    "$(pisces get outcome -o json | jq -r '.items[] | "\(.data.state) \(.data.result)"')"
holds "an operation that is not offered names those that are" "did you mean count" "$(pisces app run guestbook cuont 2>&1)"
if command -v dig >/dev/null && dig +short +time=1 +tries=1 @127.77.0.53 pisces.internal SOA | grep -q hostmaster; then
    same "a service has a name" 127.0.0.1 "$(dig +short @127.77.0.53 guestbook.pisces.internal A)"
    holds "… and a port under it" "18010 guestbook.pisces.internal" "$(dig +short @127.77.0.53 _http._tcp.guestbook.pisces.internal SRV)"
    holds "an unknown name is denied with authority" "NXDOMAIN" "$(dig @127.77.0.53 nope.pisces.internal A)"
    holds "tasks ask the same server" "127.77.0.53" "$(pisces app exec guestbook -- /bin/cat /etc/resolv.conf)"
    holds "… and find it by its name" "^127.0.0.1 +guestbook.pisces.internal" \
        "$(pisces app exec guestbook -- /usr/bin/getent hosts guestbook.pisces.internal)"
else
    echo "skipped: names: dig is missing, or another node answers at 127.77.0.53"
fi
same "a command runs inside" "guestbook-web-0" "$(pisces app exec guestbook -- /bin/hostname | tr -d '\r')"
pisces app exec guestbook -- /bin/sh -c 'exit 7'
same "… and its exit code comes back" 7 $?
python3 "$ROOT/Tests/Rigs/lib/terminal.py" 40x99 "$PISCES" app exec guestbook -- /bin/sh >"$SCRATCH/terminal" 2>&1 <<'END'
test -t 0 && stty size
echo $((6 * 7))
exit 9
END
same "a terminal's exit code comes back" 9 $?
holds "it is one, of that size, and shows what is typed" "echo.*40 99.*42" "$(tr -d '\r' <"$SCRATCH/terminal" | paste -sd' ')"
timeout 60 "$PISCES" app logs guestbook --follow >"$SCRATCH/followed" 2>&1 & follower=$!
until_true 10 grep -q "the book is open" "$SCRATCH/followed"
before=$(grep -c "the book is open" "$SCRATCH/followed")
kill -9 "$(pids guestbook | jq '.[0]')"
until_true 15 eval '[ "$(grep -c "the book is open" "$SCRATCH/followed")" = $((before + 1)) ]' \
    && ok "output is followed over a restart" || bad "output is followed over a restart" "$(tail -c 300 "$SCRATCH/followed")"
kill "$follower"
holds "what it says is kept over its lives" "the book is open.*the book is open" "$(pisces app logs guestbook | tr '\n' ' ')"
check "removing it keeps the volume" pisces app remove guestbook
same "the volume is there" '["guestbook-data-0"]' "$(pisces get volume -o json | jq -c '[.items[].name]')"
check "installed again" pisces app install "$ROOT/Apps/guestbook/app.yaml"
holds "… it finds its data" first "$(curl -s -m 5 http://127.0.0.1:18010/)"
check "a job" pisces app install "$ROOT/Apps/ticker/app.yaml"
until_true 10 eval 'pisces app logs ticker | grep -q Z' && ok "it ran" || bad "it ran"
if command -v redis-server >/dev/null; then
    check "a foreign program: redis" pisces app install "$ROOT/Apps/redis/app.yaml"
    same "it takes a value" OK "$(redis-cli -p 16379 set planet earth)"
    kill -9 "$(pids redis | jq '.[0]')"
    until_true 15 eval '[ "$(redis-cli -p 16379 get planet)" = earth ]' \
        && ok "which outlives its kill -9" || bad "which outlives its kill -9"
    running=$(pids redis)
    kill -9 "$(pid_of "$PISCES_STATE")"
    until_true 5 eval '! kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null'
    same "it goes on without Pisces" OK "$(redis-cli -p 16380 set moon luna)"
    up "$PISCES_STATE" 2>/dev/null
    until_true 15 eval '[ "$(redis-cli -p 16379 get moon)" = luna ]' \
        && ok "… and with the next one" || bad "… and with the next one" "$(status redis | jq -c .waits)"
    same "it was not restarted" "$running" "$(pids redis)"
    kill -9 "$(pid_of "$PISCES_STATE")"
    until_true 5 eval '! kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null'
    kill -9 "$(jq '.[0]' <<<"$running")"
    up "$PISCES_STATE" 2>/dev/null
    until_true 20 eval '[ "$(redis-cli -p 16379 mget planet moon | paste -sd" ")" = "earth luna" ]' \
        && ok "both values outlive a kill of both" || bad "both values outlive a kill of both" "$(status redis | jq -c .waits)"
else
    echo "skipped: a foreign program: redis-server is not installed"
fi

python3 "$ROOT/Tests/Rigs/lib/layout.py" "$SCRATCH/image" "$ROOT/.build/apps/hello/hello"
holds "an image is imported by its digest" "^sha256:[0-9a-f]{64}$" "$(pisces image import "$SCRATCH/image" --name hello)"
app 1.0.0 2 nothing | sed "s|run: .*|run: {oci: hello, command: /hello --port \$PORT}|; s/app: web/app: boxed/; s/^  web: {comp/  boxed: {comp/; s/284/288/g" \
    >"$SCRATCH/boxed.yaml"
check "two containers of it" pisces app install "$SCRATCH/boxed.yaml"
holds "they answer" "hello from boxed-web" "$(curl -s -m 3 http://127.0.0.1:28800/)"
holds "their root has nothing but the image" "hello" "$(pisces app exec boxed -- /hello 2>&1)"
sed 's/oci: hello/oci: nowhere/; s/28[48]/289/g; s/boxed/lost/' "$SCRATCH/boxed.yaml" >"$SCRATCH/lost.yaml"
holds "an image that is not here is named, with the remedy" "nowhere.*image import" \
    "$(pisces app install "$SCRATCH/lost.yaml" --timeout 3s 2>&1)"
pisces app remove lost >/dev/null 2>&1

# --- budgets and rights -----------------------------------------------------------------------------------------
printf 'type: price\nname: default\ndata: {cpu: 0.02, memory: 0.005}\n' | pisces apply -f - >/dev/null
holds "cost has money" "app/web +4 +0.4 .* 0.008" "$(pisces cost)"
printf 'type: budget\nname: small\nnamespace: /lab\ndata: {cpu: 0.3}\n' | pisces apply -f - >/dev/null
sed 's/284/286/g; s/count: 2/count: 4/' "$SCRATCH/one.yaml" >"$SCRATCH/large.yaml"
holds "what a budget does not allow is refused, and by how much" "small.*0.1" \
    "$(pisces app install "$SCRATCH/large.yaml" -n /lab 2>&1)"
token=$(pisces token --scope read --name reader 2>/dev/null)
api=$(api_of "$PISCES_STATE")
code() { curl -s -o /dev/null -w '%{http_code}' -m 5 -H "Authorization: Bearer $token" "$@"; }
same "a reader sees the app" 200 "$(code "$api/v1/apps/web")"
same "… may not scale it" 403 "$(code -d '{"counts":{"web":1}}' "$api/v1/apps/web/scale")"
printf x | pisces secret set hidden --from-stdin >/dev/null
same "… nor read secrets" 404 "$(code "$api/v1/resources/secret/hidden")"
holds "a grant is added" "token:reader may .*write.* in /" "$(pisces grant add ops --subject token:reader --verbs write --types app)"
same "a grant lets it" 200 "$(code -d '{"counts":{"web":1}}' "$api/v1/apps/web/scale")"
holds "grants are listed" "ops .*token:reader" "$(pisces grant list)"
check "a grant is taken back" pisces grant remove ops
same "… and lets nobody any more" 403 "$(code -d '{"counts":{"web":1}}' "$api/v1/apps/web/scale")"
holds "a verb that is none is named" "did you mean write" "$(pisces grant add ops --subject token:reader --verbs wriet 2>&1)"

# --- configs ------------------------------------------------------------------------------------------------------
printf 'title = "one"\n' >"$SCRATCH/site.toml"
printf '\0\377\n' >"$SCRATCH/raw"
for one in site.toml raw; do
    holds "a config is set from $one" "config/${one%.toml} has [0-9]+ bytes" \
        "$(pisces config set "${one%.toml}" --file "$SCRATCH/$one")"
    same "… and comes back byte for byte" "$(sha256sum <"$SCRATCH/$one")" "$(pisces config get "${one%.toml}" | sha256sum)"
done
holds "configs are listed" "site" "$(pisces config list)"
printf 'title = "two"\n' | pisces config set site --mode 400 >/dev/null
same "… replaced from standard input" 'title = "two"' "$(pisces config get site)"
holds "a file that is not there is named" "nowhere" "$(pisces config set site --file "$SCRATCH/nowhere" 2>&1)"
holds "a mode that is none is refused" "octal" "$(pisces config set site --mode 9 </dev/null 2>&1)"

# --- two administrators at once; a secret that is not there -------------------------------------------------------
app 2.0.0 3 "$good" >"$SCRATCH/left.yaml"
app 2.1.0 4 "$good" >"$SCRATCH/right.yaml"
pisces app update "$SCRATCH/left.yaml" >"$SCRATCH/left.said" 2>&1 &
left=$!
check "one of two administrators updates" pisces app update "$SCRATCH/right.yaml"
if wait "$left"; then ok "the other one too"; else bad "the other one too" "$(tail -c 300 "$SCRATCH/left.said")"; fi
holds "the app is wholly what one of them asked for" '^\["2\.(0\.0",true,"2\.0\.0,2\.0\.0,2\.0\.0|1\.0",true,"2\.1\.0,2\.1\.0,2\.1\.0,2\.1\.0)"\]$' \
    "$(status web | jq -c '[.version, .converged, ([.components[].replicas[].version] | join(","))]')"
sed "s/app: web/app: needy/; s/^  web: {comp/  needy: {comp/; s/284/286/g; s/^    needs:.*/    secrets: {KEY: nothing-here}/" \
    "$SCRATCH/one.yaml" >"$SCRATCH/needy.yaml"
holds "a secret that is not there is named, with the remedy" "no secret/nothing-here.*pisces secret set nothing-here" \
    "$(pisces app install "$SCRATCH/needy.yaml" --timeout 5s 2>&1)"
pisces app remove needy >/dev/null 2>&1
{ sed "s/app: web/app: huge/; s/^  web: {comp/  huge: {comp/; s/284/286/g; s/^    needs:.*/    volumes: {data: \/data}/" "$SCRATCH/one.yaml"
    echo 'volumes: {data: {size: 16TiB}}'; } >"$SCRATCH/huge.yaml"
holds "a volume beyond the disk is refused: which, how much is free, and what to do" \
    "huge-web-0.*create huge-data-0: volume too large: 16 TiB asked, [0-9.]+ [GTM]iB are free.*ask for less" \
    "$(pisces app install "$SCRATCH/huge.yaml" --timeout 5s 2>&1 | paste -sd' ')"
sed -i 's/16TiB/17TiB/' "$SCRATCH/huge.yaml"
holds "… and one beyond the limit, with its place" "huge.yaml:14:18: volumes.data.size: is too large; write 1B to 16TiB" \
    "$(pisces app install "$SCRATCH/huge.yaml" 2>&1)"
pisces app remove huge --volumes >/dev/null 2>&1

# --- the store ----------------------------------------------------------------------------------------------------
mkdir -p "$SCRATCH/shop/bin" && cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/shop/bin/"
sed "s/app: web/app: shop/; s|^directory: .*|directory: bin|; s/284/287/g" "$SCRATCH/one.yaml" >"$SCRATCH/shop/app.yaml"
holds "a name that another app has is refused with its reason" "service/web.*two parts" \
    "$(pisces app install "$SCRATCH/shop/app.yaml" --timeout 3s 2>&1)"
pisces app remove shop >/dev/null 2>&1
sed -i 's/^  web: {comp/  shop: {comp/' "$SCRATCH/shop/app.yaml"
check "a bundle is made and signed" pisces store add "$SCRATCH/shop"
holds "it is found" "shop +1.0.0" "$(pisces store search shop)"
check "and installed" pisces store install shop
holds "it answers" "hello from shop" "$(curl -s -m 3 http://127.0.0.1:28700/)"
sed -i 's/^version: .*/version: 1.1.0/' "$SCRATCH/shop/app.yaml"
check "a newer bundle" pisces store add "$SCRATCH/shop"
same "changes nothing by itself" '"1.0.0"' "$(status shop | jq -c .version)"
check "it is updated from the store" pisces store update shop
same "and runs" '"1.1.0" ["1.1.0","1.1.0"]' "$(status shop | jq -c '.version, [.components[].replicas[].version]' | paste -sd' ')"
check "a node prints one line of JSON for each log" pisces log verify
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
