#!/usr/bin/env bash
# A machine copies itself to another host over ssh and makes a node of it: a real sshd in namespaces of its own, with
# directories of its own, is the other host. What is refused, what a cut leaves, and how the node goes again.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
for tool in ssh ssh-keygen jq unshare nsenter strip; do
    command -v $tool >/dev/null || skip "$tool is not installed"
done
[ -x /usr/sbin/sshd ] || skip "openssh-server is not installed"
. "$ROOT/Tests/Rigs/lib/fleet.bash"
host=""
# in_host COMMAND…: on the other host. Its first process is sshd.
in_host() { nsenter -t "$host" -m -p "$@"; }
end_host() { [ -n "$host" ] && kill -9 "$host" 2>/dev/null; wait "$keeper" 2>/dev/null; host=""; }
before_cleanup() {
    [ -n "$host" ] && in_host /srv/pisces/pisces down --state /var/lib/pisces >/dev/null 2>&1
    end_host
    end_fleet
}
# A debug build has its libraries in /opt: the installation goes to /srv.
mkdir -p "$SCRATCH"/host/{srv,lib,units,bin}
# What of systemd is asked: it starts and ends what the unit says.
cat >"$SCRATCH/host/bin/systemctl" <<'END'
#!/bin/sh
echo "$*" >>/run/systemctl.said
case $1 in
enable) setsid $(sed -n 's/^ExecStart=//p' /etc/systemd/system/pisces.service) >/run/unit.log 2>&1 </dev/null &
    echo $! >/run/unit.pid ;;
disable) kill "$(cat /run/unit.pid)" ;;
esac
END
chmod +x "$SCRATCH/host/bin/systemctl"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$SCRATCH/hostkey"
for key in good bad; do ssh-keygen -q -t ed25519 -N '' -C '' -f "$SCRATCH/$key"; done
cp "$SCRATCH/good.pub" "$SCRATCH/authorized"
printf '10.79.0.2 %s\n' "$(cat "$SCRATCH/hostkey.pub")" >"$SCRATCH/known"
: >"$SCRATCH/nobody"
cat >"$SCRATCH/sshd_config" <<END
ListenAddress 10.79.0.2
HostKey $SCRATCH/hostkey
AuthorizedKeysFile $SCRATCH/authorized
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
LogLevel QUIET
END
begin_host() {
    in_net 2 unshare -m -p -f --mount-proc bash -c "
        mount --make-rprivate /
        mount --bind '$SCRATCH/host/srv' /srv && mount --bind '$SCRATCH/host/lib' /var/lib &&
        mount --bind '$SCRATCH/host/bin' /usr/local/bin && mkdir -p /etc/systemd/system &&
        mount --bind '$SCRATCH/host/units' /etc/systemd/system &&
        mount -t tmpfs none /run && mkdir /run/sshd
        [ -e '$SCRATCH/host/small' ] && mount -t tmpfs -o size=\$(cat '$SCRATCH/host/small') none /srv/small
        exec /usr/sbin/sshd -D -f '$SCRATCH/sshd_config'" &
    keeper=$!
    # nsenter becomes unshare, whose child is the first process of the host.
    until_true 10 eval 'pgrep -P "$(pgrep -P $keeper)"'
    host=$(pgrep -P "$(pgrep -P $keeper)")
    until_true 10 in_net 2 bash -c 'exec 3<>/dev/tcp/10.79.0.2/22' || bad "sshd listens"
}
access=(--key "$SCRATCH/good" --known-hosts "$SCRATCH/known")
copy() { p 1 reproduce --to "$@" 2>&1; }
machine() { p 1 machine list -o json | jq -r ".items[] | select(.name == \"$1\") | .$2 // \"\""; }
reaches() { [ "$(machine "$1" state)" = "$2" ]; }
# Without its symbols a debug build is a quarter of it, and so is what is sent.
strip -o "$SCRATCH/pisces" "$PISCES" && PISCES=$SCRATCH/pisces
begin_fleet
begin_host
start 1 2>/dev/null || { bad "the first machine starts"; finish; }
secret=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 40)
printf '%s' "$secret" | p 1 secret set api-key >/dev/null || bad "a secret is set"
put 1 motd welcome

# --- what is refused, before anything is written there
holds "a host whose key nobody knows" "its key is not known" \
    "$(copy ssh://root@10.79.0.2/srv/pisces --key "$SCRATCH/good" --known-hosts "$SCRATCH/nobody")"
printf '10.79.0.2 %s\n' "$(cat "$SCRATCH/bad.pub")" >"$SCRATCH/changed"
holds "one whose key has changed" "another than the known one" \
    "$(copy ssh://root@10.79.0.2/srv/pisces --key "$SCRATCH/good" --known-hosts "$SCRATCH/changed")"
holds "one that accepts another key" "accepts none of the keys" \
    "$(copy ssh://root@10.79.0.2/srv/pisces --key "$SCRATCH/bad" --known-hosts "$SCRATCH/known")"
holds "one where no server listens" "no ssh server listens" "$(copy ssh://root@10.79.0.2:23 "${access[@]}")"
holds "a key that is not there" "no such file" "$(copy ssh://root@10.79.0.2/srv/pisces --key "$SCRATCH/none")"
holds "what is no address" "write ssh://user@host" "$(copy 'ssh://root@10.79.0.2/a b' "${access[@]}")"
mkdir "$SCRATCH/host/srv/full" && touch "$SCRATCH/host/srv/full/letter"
holds "a directory that holds something" "holds 1 files" "$(copy ssh://root@10.79.0.2/srv/full "${access[@]}")"
same "none of them left anything" full "$(ls "$SCRATCH/host/srv")"

# --- a copy that the host's end cuts off goes on
copy ssh://root@10.79.0.2/srv/pisces "${access[@]}" >"$SCRATCH/cut" &
copying=$!
until_true 30 eval '[ -n "$(find "$SCRATCH/host/srv/pisces/blobs" -name "*.part" -size +1M)" ]'
end_host
wait $copying
holds "a host that vanishes half-way is named" "connection ended|connection closed|not responding" "$(cat "$SCRATCH/cut")"
check "what came is kept" [ -n "$(find "$SCRATCH/host/srv/pisces/blobs" -name '*.part' -size +1M)" ]
check "and is no copy yet" [ ! -e "$SCRATCH/host/srv/pisces/description" ]
begin_host
said=$(copy ssh://root@10.79.0.2/srv/pisces "${access[@]}")
holds "it goes on" "is a copy of this system" "$said"
echo "     $(grep good <<<"$said")"
same "every blob there is what its name says" 0 "$(find "$SCRATCH/host/srv/pisces/blobs" -type f ! -name .lock |
    while read -r blob; do
        [ "$(sha256sum <"$blob" | cut -c1-64)" = "$(basename "$(dirname "$blob")")$(basename "$blob")" ] || echo "$blob"
    done | wc -l)"
same "its description is the generation here" "$(p 1 describe-self -o json | jq -r .generation)" \
    "sha256:$(sha256sum <"$SCRATCH/host/srv/pisces/description" | cut -c1-64)"
same "no secret of this machine is in it" 1 "$(grep -rqF "$secret" "$SCRATCH/host/srv/pisces"; echo $?)"
holds "again, nothing moves" " 0 B of it new" "$(copy ssh://root@10.79.0.2/srv/pisces "${access[@]}")"
put 1 motd goodbye
holds "an installation of another system is not replaced unasked" "holds the system sha256" \
    "$(copy ssh://root@10.79.0.2/srv/pisces "${access[@]}")"
holds "but with force" "is a copy of this system" "$(copy ssh://root@10.79.0.2/srv/pisces --force "${access[@]}")"
same "its births are counted once for each host" 1 "$(p 1 get reproduction -A -o json |
    jq '[.items[].data | select(.state == "good" and .kind == "host") | .target] | unique | length')"

# --- too small, and full half-way
need=$(du -sb "$SCRATCH/host/srv/pisces/blobs" | cut -f1)
end_host
mkdir -p "$SCRATCH/host/srv/small"
echo $((need / 2)) >"$SCRATCH/host/small"
begin_host
holds "a disk that is too small" "has room for" "$(copy ssh://root@10.79.0.2/srv/small/x "${access[@]}")"
end_host
echo $((need + (8 << 20))) >"$SCRATCH/host/small"
begin_host
copy ssh://root@10.79.0.2/srv/small/x "${access[@]}" >"$SCRATCH/full" &
copying=$!
until_true 30 in_host test -d /srv/small/x/blobs
in_host dd if=/dev/zero of=/srv/small/ballast bs=1M count=64 2>/dev/null
wait $copying
holds "a disk that fills half-way" "No space left" "$(cat "$SCRATCH/full")"
in_host rm /srv/small/ballast
holds "goes on when there is room again" "is a copy of this system" \
    "$(copy ssh://root@10.79.0.2/srv/small/x "${access[@]}")"
end_host
rm -rf "$SCRATCH/host/small"
begin_host

# --- the host becomes a node
add() { p 1 machine add "$@" --bus 10.79.0.2:7118 "${access[@]}" 2>&1; }
holds "a node that cannot be reached is not made" "no numeric address" \
    "$(p 1 machine add n2 ssh://root@10.79.0.2/srv/pisces --bus pi:7118 "${access[@]}" 2>&1)"
holds "a machine is wanted" "is wanted" "$(add n2 ssh://root@10.79.0.2/srv/pisces)"
until_true 60 reaches n2 running || bad "it runs" "$(p 1 machine list)"
same "it runs" running "$(machine n2 state)"
same "it is a node of the fleet" "n2 client active" \
    "$(nodes 1 | jq -r '.items[] | select(.name == "n2") | "\(.name) \(.role) \(.state)"')"
on_host() { in_host /srv/pisces/pisces "$@" --state /var/lib/pisces; }
until_true 20 eval '[ "$(on_host get config/motd -o json | jq -r .data.text)" = goodbye ]'
same "which knows what the fleet knows" goodbye "$(on_host get config/motd -o json | jq -r .data.text)"
same "its invitation was used, and no other is open" "used" \
    "$(p 1 get invitation -A -o json | jq -r '[.items[].data.state] | unique | join(" ")')"
# By a file: the arguments of grep would be in the log.
sed -n 3p "$SCRATCH/good" >"$SCRATCH/body"
same "the private key is in no log" 1 "$(grep -rqaF -f "$SCRATCH/body" "$SCRATCH/1"; echo $?)"
pid=$(machine n2 pid)
check "the first machine goes down" p 1 down
until_true 10 eval '[ ! -d /proc/$(pid_of "$SCRATCH/1") ]'
start 1 2>/dev/null || bad "and comes back"
until_true 20 reaches n2 running
same "the node ran on meanwhile" "$pid" "$(machine n2 pid)"
in_host kill -9 "$pid"
add n2 ssh://root@10.79.0.2/srv/pisces -m again >/dev/null
until_true 60 eval '[ "$(machine n2 state)" = running ] && [ "$(machine n2 pid)" != "$pid" ]'
check "a node that ended is started again" [ "$(machine n2 pid)" != "$pid" ]

# --- it is let go
holds "it is wanted no more" "no more" "$(p 1 machine remove n2 2>&1)"
until_true 60 eval '[ -z "$(machine n2 name)" ]' || bad "it goes" "$(p 1 machine list)"
same "it belongs no more" removed "$(nodes 1 | jq -r '.items[] | select(.name == "n2") | .state')"
same "nothing of it runs" "" "$(in_host pgrep -f srv/pisces/blobs || true)"
check "its data stay" [ -e "$SCRATCH/host/lib/pisces/identity.json" ]
add n2 ssh://root@10.79.0.2/srv/pisces >/dev/null
until_true 30 reaches n2 failed
holds "its key is refused from then on, and that is said" "the fleet removed the node" "$(machine n2 reason)"
p 1 machine remove n2 >/dev/null 2>&1
until_true 30 eval '[ -z "$(machine n2 name)" ]'
in_host mkdir -p /run/systemd/system
add n3 ssh://root@10.79.0.2/srv/pisces --state-directory /var/lib/pisces-3 --erase >/dev/null
until_true 60 reaches n3 running || bad "another node there runs" "$(p 1 machine list)"
unit=$SCRATCH/host/units/pisces.service
same "where systemd runs the host, under it" "daemon-reload/enable --now pisces.service" \
    "$(in_host cat /run/systemctl.said | paste -sd/)"
holds "by a unit" "^ExecStart=/srv/pisces/pisces up --state /var/lib/pisces-3 --name n3 " "$(grep ^Exec "$unit")"
if command -v systemd-analyze >/dev/null; then
    same "in which systemd finds no fault" "" "$(in_host systemd-analyze verify /etc/systemd/system/pisces.service 2>&1)"
fi
p 1 machine remove n3 >/dev/null 2>&1
until_true 60 eval '[ -z "$(machine n3 name)" ]' || bad "it goes" "$(p 1 machine list)"
same "its data are gone, as was said, and its unit" "absent absent absent" "$(
    for path in lib/pisces-3 srv/pisces units/pisces.service; do
        [ -e "$SCRATCH/host/$path" ] && echo there || echo absent
    done | xargs)"
finish
