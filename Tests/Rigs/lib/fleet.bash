# Machines of a fleet in network namespaces of this one, for rigs: `. lib/fleet.bash` after rig.bash.
# Each machine N has the address 10.79.0.N and its state in $SCRATCH/N. $MACHINES is how many there
# may be, 4 unless set before.
[ "$(id -u)" = 0 ] || skip "namespaces need root"
command -v etcd >/dev/null || skip "there is no etcd"
cd "$ROOT" || exit 1
tag=pf$$
MACHINES=${MACHINES:-4}
# say WHAT…: what happens now, for people who watch.
say() { [ -z "${SHOW:-}" ] || printf '\n# %s\n' "$*"; }
# Not `ip netns exec`: that hides the control groups, without which nothing is contained.
in_net() { local n=$1; shift; nsenter --net="/run/netns/$tag$n" "$@"; }
p() { local n=$1; shift; "$PISCES" "$@" --state "$SCRATCH/$n"; }
start() {
    in_net "$1" "$PISCES" up --state "$SCRATCH/$1" --name "n$1" --listen 127.0.0.1:0 \
        --bolt 127.0.0.1:0 --bus "10.79.0.$1:7118" --background
}
join() { in_net "$1" "$PISCES" node join "$2" --state "$SCRATCH/$1" --name "n$1" --bus "10.79.0.$1:7118"; }
nodes() { p "$1" node list -o json; }
rests() { [ "$(nodes "$1" | jq -r .log.rests)" = "$2" ]; }
healthy() { [ "$(nodes "$1" | jq '[.items[] | select(.member == "healthy")] | length')" = "$2" ]; }
# etcd_of N: the processes of machine N's member. kill_all N: Pisces and its member, as a power cut does.
etcd_of() {
    local pid
    for pid in $(ip netns pids "$tag$1"); do
        [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = etcd ] && echo "$pid"
    done
}
kill_all() { kill -9 "$(pid_of "$SCRATCH/$1")" $(etcd_of "$1"); }
# members N: the cluster as machine N's list says, `name votes health` of each. has_members N WANTED.
members() { nodes "$1" | jq -c '[.items[] | select(.member) | [.name, .votes, .member]] | sort'; }
has_members() { [ "$(members "$1")" = "$2" ]; }
# lives N: what runs as machine N knows: task, life and process of each.
lives() { p "$1" get instance -A -o json | jq -c '[.items[].data | [.task, .life, .pid]] | sort'; }
holder() { nodes "$1" | jq -r '.items[] | select(.pen) | .name'; }
document() { printf 'type: config\nname: %s\ndata: {text: "%s"}\n' "$1" "$2"; }
put() { document "$2" "$3" | p "$1" apply -f - >/dev/null; }
text_of() { p "$1" get "config/$2" -o json | jq -r .data.text; }
has_text() { [ "$(text_of "$1" "$2")" = "$3" ]; }

# end_fleet: all machines go down, and their networks go away.
end_fleet() {
    local n
    for n in $(seq "$MACHINES"); do [ -d "$SCRATCH/$n" ] && p "$n" down >/dev/null 2>&1; done
    for n in $(seq "$MACHINES") s; do
        ip netns pids "$tag$n" 2>/dev/null | xargs -r kill -9
        ip netns del "$tag$n" 2>/dev/null
    done
    # What tasks of a machine that was killed had mounted.
    grep -o " $SCRATCH[^ ]*" /proc/mounts | xargs -r umount -l
}

# begin_fleet: networks for the machines.
begin_fleet() {
    local n
    ip netns add "${tag}s" && ip -n "${tag}s" link add br0 type bridge &&
        ip -n "${tag}s" link set br0 up || { bad "a network of our own"; finish; }
    for n in $(seq "$MACHINES"); do
        ip netns add "$tag$n"
        ip link add "${tag}v$n" type veth peer name eth0 netns "$tag$n"
        ip link set "${tag}v$n" netns "${tag}s"
        ip -n "${tag}s" link set "${tag}v$n" master br0 up
        ip -n "$tag$n" addr add "10.79.0.$n/24" dev eth0
        ip -n "$tag$n" link set eth0 up
        ip -n "$tag$n" link set lo up
    done
}
