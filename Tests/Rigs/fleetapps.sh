#!/usr/bin/env bash
# Apps over three machines in network namespaces of this one: replicas are spread and balanced to
# from each machine, a machine that is lost is given up and its replicas run elsewhere, data waits
# for the machine it is on, or begins anew where it may, draining moves what runs, and a machine that
# comes back stops nothing.
. "$(dirname "$0")/lib/rig.bash"
. "$(dirname "$0")/lib/fleet.bash"

before_cleanup() {
    p 1 app remove hello --volumes >/dev/null 2>&1
    p 1 app remove diary --volumes >/dev/null 2>&1
    end_fleet
}
begin_fleet
make -s -C Apps/hello && make -s -C Apps/guestbook || bad "the sample apps build"

machines() { p "$1" get assignment -A -o json | jq -c "[.items[].data | select(.task | startswith(\"$2\")) | .machine] | sort"; }
placed() { [ "$(machines "$1" "$2")" = "$3" ]; }
# answers N COUNT: so many replicas answer one after the other, asked on machine N.
answers() {
    local i
    [ "$(for i in {1..12}; do in_net "$1" curl -s -m 2 http://127.0.0.1:28200/; done |
        grep -o 'hello-web-[0-9]*' | sort -u | wc -l)" = "$2" ]
}
asked() { in_net "$1" curl -sf -m 3 http://127.0.0.1:28200/ >/dev/null; }
given_up() { [ "$(p 1 get lapse -A -o json | jq -r '.items[].name' | tr '\n' ' ')" = "$1" ]; }
mirrored() { [ "$(nodes "$1" | jq '[.items[].mirror | select(.position > 0)] | length')" = 2 ]; }
entry() { in_net "$1" curl -sf -m 3 "http://127.0.0.1:${3:-28210}/" | grep -q "$2"; }
# writes N TEXT PORT: an entry in the book at that port, asked on machine N.
writes() { in_net "$1" curl -sf -m 3 -o /dev/null -d "name=Ada&text=$2" "http://127.0.0.1:$3/"; }
fences() { p 1 get assignment -A -o json | jq -c '[.items[].data | select(.task | startswith("diary")) | .fences // {} | to_entries[] | .key]'; }

say "three machines"
check "the first starts" start 1
for n in 2 3; do
    check "machine $n joins" join $n "$(p 1 node invite 2>/dev/null)"
    check "… and starts" start $n
done
check "the log rests on etcd" until_true 60 rests 1 etcd
check "three members of etcd are healthy" until_true 60 healthy 1 3
for n in 1 2 3; do check "machine $n knows the two others" until_true 30 mirrored $n; done

say "an app of three replicas"
mkdir "$SCRATCH/hello" && cp .build/apps/hello/hello "$SCRATCH/hello"
sed "s|18080|28280|; s|18000|28200|; s|count: 2|count: 3|; s|^    ports|    place: {spread: machine}\n&|
    s|^directory: .*|directory: .|" Apps/hello/app.yaml >"$SCRATCH/hello/app.yaml"
check "is added to the first machine's store" p 1 store add "$SCRATCH/hello"
check "is installed from there" p 1 store install hello
same "a replica runs on each" '["n1","n2","n3"]' "$(machines 2 hello)"
for n in 1 2 3; do check "all three answer on machine $n" until_true 15 answers $n 3; done
for n in 2 3; do
    same "machine $n fetched the bundle" "$(ls "$SCRATCH/1/apps")" "$(ls "$SCRATCH/$n/apps")"
done
holds "any machine tells of all" 'n1.*n2.*n3' \
    "$(p 3 query 'MATCH (i:Instance) RETURN i.namespace ORDER BY i.namespace' -o json | tr '\n' ' ')"

say "tunnels between the machines"
# On a kernel without WireGuard the fleet goes on and says so; overlay.sh has one with it.
warned() { p "$1" status -o json | jq -r '.warnings[]' | grep -q "^overlay: .*$2"; }
has_tunnel() { in_net "$1" ip -o -4 addr show pisces0 2>/dev/null | grep -q 10.211.0; }
overlay() { printf 'type: overlay\nname: %s\ndata: {network: %s}\n' "$1" "$2" >"$SCRATCH/overlay.yaml"; p 1 apply -f "$SCRATCH/overlay.yaml" 2>&1; }
holds "a network that is none is refused" '10\.211\.0\.1/16.*is no network of machines' "$(overlay fleet 10.211.0.1/16)"
holds "so is a second one" 'name it fleet' "$(overlay other 10.211.0.0/16)"
overlay fleet 10.211.0.0/16 >/dev/null
if ip link add "${tag}w" type wireguard 2>/dev/null; then
    ip link del "${tag}w"
    for n in 1 2 3; do check "machine $n has one" until_true 30 has_tunnel $n; done
else
    for n in 1 2 3; do check "machine $n says that its kernel has none" until_true 30 warned $n "no WireGuard.*modprobe"; done
    check "and that others are reached directly" warned 1 "n1, n2, n3: no tunnel yet"
fi
for n in 1 2 3; do check "all three answer on machine $n" until_true 15 answers $n 3; done
check "the network is taken away" p 1 delete overlay/fleet
for n in 1 2 3; do check "machine $n has no complaint left" until_true 30 eval "! warned $n ''"; done
for n in 1 2 3; do check "and neither interface nor key" until_true 10 eval "! has_tunnel $n && [ ! -e $SCRATCH/$n/tunnel.key ]"; done

say "an image that only the first machine has"
python3 "$ROOT/Tests/Rigs/lib/layout.py" "$SCRATCH/image" "$ROOT/.build/apps/hello/hello"
holds "is imported there" '^sha256:[0-9a-f]{64}$' "$(p 1 image import "$SCRATCH/image" --name boxed)"
sed "s|^app: .*|app: boxed|; s|18080|28280|; s|18000|28220|; s|hello: {component|boxed: {component|; s|count: 2|count: 1|; s|^directory: .*|directory: $ROOT/.build/apps/hello|
    s|^    run: .*|    run: {oci: boxed, command: /hello --port \$PORT}\n    place: {require: {machine: n2}}|; s|28280|28290|" \
    Apps/hello/app.yaml >"$SCRATCH/boxed.yaml"
check "a task of it starts on the second" timeout 60 "$PISCES" app install "$SCRATCH/boxed.yaml" --state "$SCRATCH/1"
same "which has fetched it" "$(ls "$SCRATCH/1/images/records")" "$(ls "$SCRATCH/2/images/records")"
holds "it answers" 'hello from boxed-web' "$(in_net 2 curl -s -m 3 http://127.0.0.1:28220/)"
check "it is removed" timeout 60 "$PISCES" app remove boxed --state "$SCRATCH/1"

say "an app with data"
sed "s|18010|28210|; s|^    ports|    place: {require: {machine: n3}}\n&|; s|driver: loop|driver: directory|
    s|^directory: .*|directory: $ROOT/.build/apps/guestbook|" Apps/guestbook/app.yaml >"$SCRATCH/book.yaml"
check "is installed on the third" p 1 app install "$SCRATCH/book.yaml"
check "it takes an entry" until_true 15 in_net 1 curl -sf -m 3 -o /dev/null \
    -d 'name=Ada&text=remembered' http://127.0.0.1:28210/
check "and shows it to another machine" until_true 15 entry 2 remembered

say "another one whose data may begin anew"
sed "s|^app: .*|app: diary|; s|18010|28230|; s|  guestbook: {component|  diary: {component|; s|driver: loop|driver: directory, lost: fresh|
    s|^    ports|    place: {prefer: {machine: n3}}\n&|; s|^directory: .*|directory: $ROOT/.build/apps/guestbook|
    /^capabilities/,\$d" Apps/guestbook/app.yaml >"$SCRATCH/diary.yaml"
check "is installed" p 1 app install "$SCRATCH/diary.yaml"
same "on the third, too" '["n3"]' "$(machines 1 diary)"
check "it takes an entry" until_true 15 writes 1 before 28230
check "and shows it to another machine" until_true 15 entry 2 before 28230
same "nothing of it was given up" "[]" "$(fences)"

say "the third machine is lost with all that runs on it"
lives=$(p 1 get instance -A -o json | jq -c '[.items[] | select(.namespace != "/machines/n3") | .data.life] | sort')
ip netns pids "${tag}3" | xargs -r kill -9
began=$(date +%s%N)
check "it is given up" until_true 40 given_up "n3 "
check "its replica runs elsewhere" until_true 30 eval '! machines 1 hello | grep -q n3'
check "three answer again" until_true 30 answers 1 3
echo "three replicas again after $((($(date +%s%N) - began) / 1000000)) ms"
same "what has data waits for it" '["n3"]' "$(machines 1 guestbook)"
check "what may begin anew runs elsewhere" until_true 30 eval 'machines 1 diary | grep -qE "n[12]"'
same "what it gives up is written" '["diary-data-0"]' "$(fences)"
check "it takes an entry there" until_true 30 writes 1 after 28230
check "and shows it" until_true 15 entry 2 after 28230
check "and nothing of before" eval '! entry 2 before 28230'
elsewhere=$(machines 1 diary)
holds "nothing else was restarted" "$(jq -r '.[0]' <<<"$lives")" \
    "$(p 1 get instance -A -o json | jq -c '[.items[].data.life]')"

say "it comes back"
check "it starts" start 3
check "it is taken back" until_true 40 given_up ""
check "its data is there" until_true 30 entry 1 remembered
same "what began anew stays where it is" "$elsewhere" "$(machines 1 diary)"
check "with what was written there" until_true 15 entry 3 after 28230
check "and nothing of before, on no machine" eval 'for n in 1 2 3; do ! entry $n before 28230 || exit 1; done'
check "which is on the third's disk still" grep -rqs "before" "$SCRATCH/3/volumes"
check "and runs there no more" eval '! p 1 get instance -n /machines/n3 -o json | jq -e ".items[].data | select(.task | startswith(\"diary\")) | select(.state == \"running\")"'

say "the second machine drains"
check "it drains" p 1 node drain n2
check "no replica is left there" until_true 60 eval '! machines 1 hello | grep -q n2'
check "three answer still" until_true 30 answers 1 3
check "it is removed" p 1 node remove n2
check "the diary is answered" until_true 60 in_net 1 curl -sf -m 3 -o /dev/null http://127.0.0.1:28230/
check "and never with what was given up" eval '! entry 1 before 28230 && ! entry 3 before 28230'
check "what was known of it is let go" until_true 30 eval \
    '[ "$(p 1 get machine -A -o json | jq ".items | length")" = 2 ]'
finish
