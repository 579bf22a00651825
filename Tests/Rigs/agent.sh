#!/usr/bin/env bash
# The sensors of a whole node on the real machine: storms of processes, mounts, interfaces, users and
# packages, once while the node is stopped; after quiet the graph is what ps, ss, ip, findmnt, lsblk,
# dpkg-query and getent say, nothing has drifted, and each loss has its gap.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
[ "$(id -u)" -eq 0 ] || skip "only root sees all of a machine, and may change it"
for tool in jq ip ss findmnt lsblk apt-get dpkg-deb dpkg-query useradd userdel python3; do
    command -v "$tool" >/dev/null || skip "there is no $tool to change the machine with or compare it by"
done
user=prig-user service=prig-daemon package=pisces-agent-rig
kind=
for one in dummy bridge; do
    ip link add prig0 type $one 2>/dev/null && ip link del prig0 && kind=$one && break
done
[ -n "$kind" ] || skip "the kernel makes no interfaces of kind dummy or bridge"
lib=$(dirname "${BASH_SOURCE[0]}")/lib
watchers=() others=()
before_cleanup() {
    local one
    [ -n "${node:-}" ] && kill -CONT "$node" 2>/dev/null
    for one in "${watchers[@]}" "${others[@]}"; do kill "$one" 2>/dev/null; done
    for one in $(ip -o link | grep -oE 'prig[a-z0-9]+' | sort -u); do ip link del "$one" 2>/dev/null; done
    ip netns del prig 2>/dev/null
    for one in "$SCRATCH/mounts"/*; do mountpoint -q "$one" && umount "$one"; done
    dpkg -s "$package" >/dev/null 2>&1 && dpkg -P "$package" >/dev/null 2>&1
    for one in "$user" "$service"; do id "$one" >/dev/null 2>&1 && userdel "$one"; done
}
sensors() { "$PISCES" sensors -o json; }
# of FIELD SENSOR [FILE]: a figure of a sensor, now or as it was written down.
of() { if [ -n "${3:-}" ]; then cat "$3"; else sensors; fi | jq --arg s "$2" ".[] | select(.name == \$s) | .$1"; }
quiet() { sensors | jq -e 'all(.[]; .state == "watching")'; }
# follow FILE QUESTION: writes what enters and leaves an answer, line by line.
follow() { "$PISCES" watch "$2" --from now -o ndjson >"$SCRATCH/$1" 2>"$SCRATCH/$1.said" & watchers+=($!); }
# came FILE JQ: a row entered for which that is true.
came() { jq -se "any(.[]; .sign == 1 and (.row | $2))" "$SCRATCH/$1"; }
follows() { until_true 20 came "$2" "$3" && ok "$1" || bad "$1" "$(tail -n 3 "$SCRATCH/$2")"; }
# dpkg waits for nobody: another may hold its lock for a moment.
dpkg_does() { until_true 20 dpkg "$@"; }
id_of() { "$PISCES" get "$1" --consistency now -o json 2>/dev/null | jq -r .id; }

# The package: a program, a setting, a service, and a script that adds a user, as those of services do.
mkdir -p "$SCRATCH/deb/DEBIAN" "$SCRATCH/deb/usr/local/bin" "$SCRATCH/deb/etc" "$SCRATCH/deb/lib/systemd/system" "$SCRATCH/mounts"
chmod 755 "$SCRATCH/deb" "$SCRATCH/deb/DEBIAN"
cat >"$SCRATCH/deb/DEBIAN/control" <<END
Package: $package
Version: 1.0
Architecture: all
Maintainer: Nobody <nobody@localhost>
Description: a package of a test
END
printf '#!/bin/sh\n/usr/sbin/useradd --system --no-create-home %s\n' "$service" >"$SCRATCH/deb/DEBIAN/postinst"
printf '#!/bin/sh\n[ "$1" != purge ] || /usr/sbin/userdel %s\n' "$service" >"$SCRATCH/deb/DEBIAN/postrm"
printf '#!/bin/sh\nexit 0\n' >"$SCRATCH/deb/usr/local/bin/$package"
echo "of a test" >"$SCRATCH/deb/etc/$package.conf"
printf '[Unit]\nDescription=A service of a test\n[Service]\nExecStart=/usr/local/bin/%s\nUser=%s\n' "$package" "$service" \
    >"$SCRATCH/deb/lib/systemd/system/$package.service"
chmod 755 "$SCRATCH/deb/DEBIAN/postinst" "$SCRATCH/deb/DEBIAN/postrm" "$SCRATCH/deb/usr/local/bin/$package"
chmod 755 "$SCRATCH"; chmod -R u=rwX,go=rX "$SCRATCH/deb/lib"
dpkg-deb --root-owner-group -b "$SCRATCH/deb" "$SCRATCH/one.deb" >/dev/null || { bad "a package is made"; finish; }

up "$PISCES_STATE" 2>"$SCRATCH/up" || { cat "$SCRATCH/up"; echo "FAILED: no node"; exit 1; }
node=$(pid_of "$PISCES_STATE")
until_true 60 "$PISCES" get process/1 --consistency now || { echo "FAILED: the first picture does not end"; exit 1; }
until_true 60 quiet || bad "all sensors watch" "$(sensors | jq -c '.[] | select(.state != "watching") | .name')"
sensors >"$SCRATCH/before"
follow gaps 'MATCH (g:Gap) RETURN g.source AS source, g.cause AS cause'
follow packages "MATCH (p:Package {name: '$package'}) RETURN p.state AS state, p.version AS version"
follow files "MATCH (f:File {path: '/usr/local/bin/$package'})-[:CHANGED_BY]->(p:Process) RETURN f.path AS path, p.name AS name, p.pid AS pid"
follow users "MATCH (u:User {name: '$service'}) RETURN u.uid AS uid"
follow units "MATCH (u:Unit {name: '$package.service'}) RETURN u.activeState AS state, u.user AS user, u.command AS command"
for one in gaps packages files users units; do
    until_true 10 grep -q "class" "$SCRATCH/$one.said" || bad "a question is followed" "$(cat "$SCRATCH/$one.said")"
done

# An installation, live.
check "the package is installed" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=30 install "$SCRATCH/one.deb"
follows "an installation is followed live: the package" packages '.state == "installed" and .version == "1.0"'
follows "… its file, by the process that made it" files '.name == "dpkg"'
follows "… the user it adds" users '.uid != null'
follows "… and its service" units ".user == \"$service\""
dpkg_does -P "$package"
until_true 20 jq -se '.[-1].sign == -1' "$SCRATCH/packages" && ok "… and its removal" || bad "… and its removal"
if [ -d /run/systemd/system ]; then
    printf '[Service]\nExecStart=/bin/sleep 600\n' >/run/systemd/system/prig.service
    systemctl daemon-reload
    state() { [ "$("$PISCES" get unit/prig.service --consistency now -o json | jq -r .data.activeState)" = "$1" ]; }
    for step in start:active stop:inactive; do
        systemctl "${step%:*}" prig.service
        until_true 10 state "${step#*:}" && ok "a service ${step%:*}s" || bad "a service ${step%:*}s"
    done
    rm /run/systemd/system/prig.service && systemctl daemon-reload
else
    echo "skipped: no systemd runs here, so no service is started and stopped"
fi

# Storms, while the node looks.
forks() { local n; for ((n = 0; n < $1; n++)); do (:); done; }
mounting() {
    local n
    for ((n = 0; n < $1; n++)); do
        mkdir -p "$SCRATCH/mounts/$2 $n" && mount -t tmpfs none "$SCRATCH/mounts/$2 $n"
        [ $((n % 10)) -eq 0 ] || umount "$SCRATCH/mounts/$2 $n"
    done
}
links() {
    local n
    for ((n = 1; n <= $1; n++)); do
        ip link add "prig$2$n" type $kind && ip link set "prig$2$n" up
        ip addr add "10.213.$n.1/24" dev "prig$2$n"
        [ $((n % 5)) -eq 0 ] || ip link del "prig$2$n"
    done
    ip netns add prig && ip netns exec prig ip link set lo up && ip netns del prig
}
python3 -c 'import socket, time
tcp = socket.socket(); tcp.bind(("127.0.0.1", 0)); tcp.listen()
six = socket.socket(socket.AF_INET6); six.bind(("::", 0)); six.listen()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 0))
time.sleep(600)' & others+=($!)
forks 1500 & storm=$!
mounting 300 a
links 20 a
useradd --system --no-create-home "$user" || bad "a user is added"
setpriv --reuid="$user" --clear-groups sleep 600 & sleeper=$!
others+=("$sleeper")
wait $storm
ip link add prigsame index 7777 type $kind
same_before=$(id_of interface/prigsame)

# The node stands still, and the machine does not.
kill -STOP "$node"
ip link del prigsame && ip link add prigsame index 7777 type $kind
forks 12000 & storm=$!
mounting 40 b
links 10 b
wait $storm
kill -CONT "$node"
check "after a stop and a storm it answers" until_true 20 "$PISCES" get process/1 --consistency now
until_true 40 quiet && ok "every gap is closed" || bad "every gap is closed" "$(sensors | jq -c '.[] | select(.state != "watching") | .name')"
lost() { [ "$(of lost processes)" -gt "$(of lost processes "$SCRATCH/before")" ]; }
until_true 10 lost && ok "events of processes were lost while it stood still" \
    || bad "events of processes were lost while it stood still"
same_after=$(id_of interface/prigsame)
[ -n "$same_before" ] && [ "$same_before" != "$same_after" ] && ok "an interface of the same name and index is another one" \
    || bad "an interface of the same name and index is another one" "'$same_before', '$same_after'"

# After quiet.
while IFS= read -r line; do
    case $line in "ok: "*) ok "${line#ok: }" ;; *) bad "${line#FAILED: }" ;; esac
done < <(python3 "$lib/truth.py" "$PISCES" || echo "FAILED: the comparison came to its end")
kill "$sleeper"; wait "$sleeper" 2>/dev/null
userdel "$user"
check "a user that is removed is gone" until_true 10 bash -c "! '$PISCES' get user/$user --consistency now >/dev/null 2>&1"
# Each reads everything anew once a minute; one that rests because that cost much says so.
swept() {
    sensors | jq -e --slurpfile before "$SCRATCH/quiet" '[.[] | . as $now | $before[0][] | select(.name == $now.name)
        | $now.sweeps > .sweeps or $now.throttled > .throttled] | all'
}
sensors >"$SCRATCH/quiet"
check "all is read anew" until_true 100 swept
same "nothing has drifted" "[]" "$(sensors | jq -c '[.[] | select(.drift > 0) | "\(.name) \(.drift)"]')"
# Gaps that opened, and rows of gaps that were seen, by their source.
told() { jq -s --arg s "$1" '[.[] | select(.sign == 1 and .row.source == $s)] | length' "$SCRATCH/gaps"; }
faults=()
sensors >"$SCRATCH/after"
for name in $(jq -r '.[].name' "$SCRATCH/after"); do
    lost=$(($(of lost "$name" "$SCRATCH/after") - $(of lost "$name" "$SCRATCH/before")))
    gaps=$(($(of gaps "$name" "$SCRATCH/after") - $(of gaps "$name" "$SCRATCH/before")))
    [ "$lost" -eq 0 ] || [ "$gaps" -gt 0 ] || faults+=("$name lost $lost times without a gap")
    [ "$(told "$name")" -ge "$gaps" ] || faults+=("$name opened $gaps gaps, $(told "$name") were told")
done
same "each loss has its gap, and each gap was told" "" "${faults[*]}"
holds "… that of the processes with its cause" "ENOBUFS" "$(jq -r 'select(.row.source == "processes") | .row.cause' "$SCRATCH/gaps")"
echo "note: gaps told: $(jq -rs '[.[] | select(.sign == 1) | .row.source] | group_by(.) | map("\(.[0]) \(length)") | join(", ")' "$SCRATCH/gaps")"
finish
