#!/usr/bin/env bash
# A whole Debian in a guest, with what this machine has not: RAID, mapped devices, a watchdog, a battery, secure boot, logind,
# and the containers of several engines. Our node runs there as root, and its answers are held
# against the machine's own tools: what is there, and each change, as it is seen live.
# It takes a quarter of an hour: it runs with DEBIAN=<folder for the disk that it makes>, and every night.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ -n "${DEBIAN:-}" ] || skip "it takes a quarter of an hour; DEBIAN=<folder> runs it, and make nightly"
. "$ROOT/Tests/Rigs/lib/debianroot.bash"
. "$ROOT/Tests/Rigs/lib/debian.bash"
needs_debian
before_cleanup() { end_debian; }
# PARTS="raid layers" runs some.
PARTS=${PARTS:-secure raid layers watchdog power services sessions audit docker podman containerd lxc lxd nspawn}

# What the firmware, the loader and the kernel checked is what is told.
secure() {
    holds "the machine started with secure boot" "SecureBoot enabled" "$(on mokutil --sb-state)"
    same "which the graph says" "true false" \
        "$(asked secure-boot/secure-boot '.data | "\(.enabled) \(.setupMode)"')"
    same "the firmware is UEFI" uefi "$(asked firmware/firmware .data.kind)"
    tells "what the kernel forbids to root" "$(on cat /sys/kernel/security/lockdown | grep -oP '\[\K[^]]*')" \
        "$(rows 'MATCH (k:Kernel) RETURN k.lockdown' | jq -r '.[0]')"
    tells "the keys that the firmware trusts" "$(on mokutil --db | grep -c 'SHA1 Fingerprint')" \
        "$(rows "MATCH (c:Certificate) WHERE 'db' IN c.stores RETURN count(c)" | jq -r '.[0]')"
}

# An array as mdadm and the kernel tell it.
array() { on mdadm --detail --export /dev/md0 | sed -nE 's/^MD_(LEVEL|DEVICES|METADATA|UUID)=//p' | tr -d ':-' | xargs; }
array_told() {
    asked block-device/md0 '.data | "\(.raidLevel) \(.raidDisks) \(.raidMetadata) \(.raidUuid)"' | tr -d ':-'
}
members() {
    on cat /proc/mdstat | sed -n 's/^md0 : active raid1 //p' | tr ' ' '\n' |
        sed -E 's/\[.*\(F\)$/ faulty/; s/\[.*\(S\)$/ spare/; s/\[[0-9]+\]$/ in_sync/' | sort | paste -sd,
}
members_told() { asked block-device/md0 '.data.raidMembers[] | "\(.device) \(.state)"' | sort | paste -sd,; }
raid() {
    local a b
    a=$(on readlink -f /dev/disk/by-id/virtio-raid-a) b=$(on readlink -f /dev/disk/by-id/virtio-raid-b)
    follow raid "MATCH (d:BlockDevice {name: 'md0'}) RETURN d.kind, d.raidState, d.raidDegraded"
    check "an array is made" on mdadm --create /dev/md0 --run --level=1 --raid-devices=2 "$a" "$b"
    # The driver is loaded for it: an event tells of it, or the reading with which its states are followed from then on.
    appears "it is seen, clean" raid '[+~] raid1  active  0'
    check "it is in step" on mdadm --wait-clean /dev/md0
    comes_to "nothing is done to it" idle asked block-device/md0 .data.raidAction
    tells "it is what mdadm says" "$(array)" "$(array_told)"
    tells "and so are its members" "$(members)" "$(members_told)"
    same "which it lies on" "$(basename "$a") $(basename "$b")" \
        "$(rows "MATCH (:BlockDevice {name: 'md0'})-[:ON]->(d) RETURN d.name ORDER BY d.name" | jq -r '.[0]' | xargs)"
    check "a member fails" on mdadm /dev/md0 --fail "$b"
    live "that is seen" raid '~ raid1  active  1'
    tells "and which one it was" "$(members)" "$(members_told)"
    holds "mdadm says the same" "degraded" "$(on mdadm --detail /dev/md0)"
    check "it is taken out and put back" on "mdadm /dev/md0 --remove $b && mdadm --zero-superblock $b && mdadm /dev/md0 --add $b"
    comes_to "the array is whole again" 0 asked block-device/md0 .data.raidDegraded
    live "which is seen" raid '~ raid1  active  0'
    comes_to "and its members are what they are" "$(members)" members_told
    # Whoever polls /proc/mdstat and does not read it is woken without an end.
    check "the sensor rests while nothing happens" rests block-devices
}
# rests SENSOR: it is told of next to nothing for some seconds.
rests() {
    local before
    before=$(events "$1")
    sleep 5
    [ $(($(events "$1") - before)) -lt 100 ]
}
events() { cli sensors -o json | jq ".[] | select(.name == \"$1\") | .events"; }

# Volumes on an array, one of them encrypted: each layer, what it lies on, and what becomes of it.
mapped() { on dmsetup info -c --noheadings --separator '" "' -o name,uuid,major,minor | tr -d '"' | sort; }
mapped_told() {
    rows "MATCH (d:BlockDevice) WHERE d.mapName IS NOT NULL RETURN d.mapName, d.mapUuid, d.device" |
        jq -r '"\(.[0]) \(.[1]) \(.[2] | sub(":"; " "))"' | sort
}
below() { on lsblk -srnpo KNAME,TYPE "$1" | tail -n +2 | sed 's:^/dev/::' | sort -u | paste -sd,; }
below_told() {
    rows "MATCH (:BlockDevice {mapName: '$1'})-[:ON*1..6]->(d) RETURN DISTINCT d.name, d.kind" |
        jq -r '"\(.[0]) \(.[1])"' | sort | paste -sd,
}
layers() {
    local disk
    disk=$(on readlink -f /dev/disk/by-id/virtio-volumes)
    follow layers "MATCH (d:BlockDevice) WHERE d.mapName IS NOT NULL RETURN d.mapName, d.kind, d.encryption"
    check "a volume is made" on "pvcreate -q $disk && vgcreate -q rig $disk && lvcreate -q -y -L 64M -n data rig"
    live "it is seen" layers '[+] rig-data  lvm'
    check "what is on it will be encrypted" on "echo -n secret | cryptsetup luksFormat -q --pbkdf pbkdf2 \
        --pbkdf-force-iterations 1000 /dev/rig/data -"
    check "it is opened" on "echo -n secret | cryptsetup open --key-file - /dev/rig/data vault"
    live "that is seen" layers '[+] vault  crypt  LUKS2'
    check "it has a file system" on "mkfs.ext4 -q -L treasure /dev/mapper/vault && udevadm settle"
    tells "the mappings are those of dmsetup" "$(mapped)" "$(mapped_told)"
    tells "what the innermost lies on is what lsblk says" "$(below /dev/mapper/vault)" "$(below_told vault)"
    holds "cryptsetup says the same" "type: *LUKS2" "$(on cryptsetup status vault)"
    holds "what is on each is told" "crypto_LUKS" \
        "$(asked "block-device/$(on 'basename $(readlink -f /dev/rig/data)')" .data.fileSystem)"
    comes_to "to the innermost" "ext4 treasure" asked "block-device/$(on 'basename $(readlink -f /dev/mapper/vault)')" \
        '.data | "\(.fileSystem) \(.label)"'
    # The kernel tells nobody of that: it is seen with the next reading, here because of another event.
    on dmsetup suspend vault
    on udevadm trigger --action=change "$(on readlink -f /dev/rig/data)"
    comes_to "one that lets nothing through is told" true \
        asked "block-device/$(on 'basename $(readlink -f /dev/mapper/vault)')" .data.suspended
    on dmsetup resume vault
    check "a volume grows" on lvextend -q -L 96M /dev/rig/data
    comes_to "which is told" "$(on blockdev --getsize64 /dev/rig/data)" \
        asked "block-device/$(on 'basename $(readlink -f /dev/rig/data)')" .data.size
    check "it is closed" on cryptsetup close vault
    live "that is seen" layers '[-] vault  crypt  LUKS2'
    check "the volumes are let go" on vgchange -q -an rig
    live "and that" layers '[-] rig-data  lvm'
}

watchdog() {
    local name
    follow watchdog "MATCH (w:Watchdog) RETURN w.model, w.state"
    # Debian loads it with the machine.
    check "the driver of the watchdog is taken away" on modprobe -r i6300esb
    live "it is gone" watchdog '[-] i6300ESB timer  inactive'
    check "the driver is loaded" on modprobe i6300esb
    live "it is seen" watchdog '[+] i6300ESB timer  inactive'
    name=$(on "basename \$(dirname \$(grep -l i6300ESB /sys/class/watchdog/*/identity))")
    tells "all are what the kernel says" "$(on 'cd /sys/class/watchdog && for one in *; do
        echo $one $(cat $one/identity $one/timeout $one/dev $one/state); done')" \
        "$(rows "MATCH (w:Watchdog) RETURN w.name, w.model, w.timeout, w.device, w.state ORDER BY w.name" | jq -r 'join(" ")')"
    on "mkfifo /run/dog && systemd-run -q --unit=rig-dog sh -c 'exec 3>/dev/$name; read word </run/dog; printf V >&3'"
    comes_to "it is told that it was started" active asked "watchdog/$name" .data.state
    on "echo go >/run/dog"
    comes_to "and that it was stopped" inactive asked "watchdog/$name" .data.state
}

# A power supply as the kernel shows it.
supply() { on 'cd /sys/class/power_supply/* && cat type scope model_name status present' | paste -sd,; }
supply_told() {
    rows "MATCH (p:PowerSupply) RETURN p.kind, p.scope, p.model, p.status, p.present" |
        jq -r '[.[0], .[1], .[2], .[3], (if .[4] then 1 else 0 end)] | join(",")'
}
power() {
    follow power "MATCH (p:PowerSupply) RETURN p.kind, p.level"
    on modprobe uhid
    put "$ROOT/Tests/Rigs/lib/battery.py" /usr/local/bin/battery
    check "a mouse with a battery is plugged in" on systemd-run -q --unit=rig-battery /usr/local/bin/battery /run/battery
    live "its battery is seen" power '[+] Battery  normal'
    tells "it is what the kernel says" "$(supply)" "$(supply_told)"
    check "it runs low" on "echo 15 >/run/battery"
    live "that is seen" power '~ Battery  low'
    tells "the kernel says so" 15 "$(on 'cat /sys/class/power_supply/*/capacity')"
    check "and nearly out" on "echo 4 >/run/battery"
    live "that too" power '~ Battery  critical'
    check "it is pulled out" on systemctl stop rig-battery
    live "it is gone" power '[-] Battery  critical'
}

# Units and their states, as systemd tells them: those that stand still.
units() { on systemctl list-units --all --no-legend --plain --full -t "$1" | awk '{ print $1, $3, $4 }' | sort; }
units_told() {
    rows "MATCH (u:Unit {kind: '$1', supervisor: 'systemd'}) WHERE u.subState IS NOT NULL AND u.activeState IS NOT NULL
        RETURN u.name, u.activeState, u.subState" | jq -r 'join(" ")' | grep -wFf <(units "$1" | cut -d' ' -f1) | sort
}
services() {
    local kind
    follow services "MATCH (u:Unit) WHERE u.name STARTS WITH 'rig-work' RETURN u.name, u.activeState, u.subState"
    on "cd /run/systemd/system
        printf '[Service]\nExecStart=/bin/sleep 900\n' >rig-work.service
        printf '[Service]\nType=oneshot\nExecStart=/bin/false\n' >rig-workfails.service
        printf '[Timer]\nOnActiveSec=600\nUnit=rig-workfails.service\n' >rig-work.timer; systemctl daemon-reload"
    check "a service starts" on systemctl start rig-work.service
    live "that is seen" services '[+~] rig-work.service  active  running'
    tells "its main process is the one systemd names" "$(on systemctl show -P MainPID rig-work.service) sleep" \
        "$(rows "MATCH (u:Unit {name: 'rig-work.service'})-[:MAIN]->(p:Process) RETURN p.pid, p.name" | jq -r 'join(" ")')"
    check "it stops" on systemctl stop rig-work.service
    live "that is seen" services '~ rig-work.service  inactive  dead'
    check "another one fails" on "! systemctl start rig-workfails.service"
    live "that is seen" services '[+~] rig-workfails.service  failed  failed'
    check "a timer starts" on systemctl start rig-work.timer
    live "that is seen" services '[+~] rig-work.timer  active  waiting'
    tells "and what it will start" rig-workfails.service \
        "$(rows "MATCH (:Unit {name: 'rig-work.timer'})-[:TRIGGERS]->(u) RETURN u.name" | jq -r '.[0]')"
    check "it stops" on systemctl stop rig-work.timer
    live "that is seen" services '~ rig-work.timer  inactive  dead'
    for kind in service timer socket target; do
        agrees "$kind units are those of systemctl" units units_told "$kind"
    done
}

sessions() {
    local id words
    follow sessions "MATCH (s:Session {user: 'visitor'}) RETURN s.user, s.service, s.kind"
    mapfile -t words < <(access visitor)
    ssh -tt "${words[@]}" sleep 600 >/dev/null 2>&1 </dev/null &
    watchers+=($!)
    live "a login is seen" sessions '[+] visitor  sshd  user'
    id=$(on loginctl list-sessions --no-legend | awk '$3 == "visitor" { print $1; exit }')
    # ssh opens the session first and the terminal later.
    until_true 60 eval 'on who | grep -q visitor'
    comes_to "it has the terminal that logind names" "$(on loginctl show-session "$id" -p TTY --value)" \
        asked "session/$id" .data.tty
    tells "it is what logind says" \
        "$(on loginctl show-session "$id" -p Name -p Leader -p RemoteHost --value | sort | paste -sd,)" \
        "$(asked "session/$id" '.data | "\(.user)\n\(.host)\n\(.leader)"' | sort | paste -sd, )"
    same "and led by the process of ssh" "sshd" \
        "$(rows "MATCH (s:Session {user: 'visitor'})-[:LEADER]->(p:Process) RETURN p.name" | jq -r '.[0]')"
    tells "and no session is there twice" \
        "$(on loginctl list-sessions --no-legend | awk '{ print $1, $3 }' | sort | paste -sd,)" \
        "$(rows "MATCH (s:Session) RETURN s.name, s.user" | jq -r 'join(" ")' | sort | paste -sd,)"
    check "the visitor leaves" on loginctl terminate-session "$id"
    live "that is seen" sessions '[-] visitor  sshd  user'
}

# What AppArmor refuses, as the kernel's audit tells it beside the daemon that keeps it.
audit() {
    follow audit "MATCH (e:SecurityEvent) RETURN e.profile, e.operation, e.objectName"
    on "cp /bin/cat /usr/local/bin/probe
        printf 'profile probe /usr/local/bin/probe {\n /usr/local/bin/probe mr,\n /usr/lib/** mr,\n /etc/ld.so.cache r,\n}\n' \
            >/etc/apparmor.d/probe && apparmor_parser -r /etc/apparmor.d/probe"
    check "a program is refused a file" on "! /usr/local/bin/probe /etc/hostname"
    live "that is seen" audit '[+] probe  open  /etc/hostname'
    holds "the daemon has it too" 'apparmor="DENIED" operation="open".*name="/etc/hostname"' \
        "$(on "grep -a 'apparmor=\"DENIED\"' /var/log/audit/audit.log")"
    comes_to "the profile is told" enforce asked apparmor-profile/probe .data.mode
    tells "auditing is on, for the daemon" "true $(on systemctl show -P MainPID auditd)" \
        "$(asked audit/audit '.data | "\(.enabled) \(.daemon)"')"
}

# A root for containers, and an image for each engine, without a registry.
box() {
    on "[ -e /root/box.tar ] || { mkdir -p /root/box/bin /root/box/etc /root/box/proc /root/box/sys /root/box/dev /root/box/tmp \
        /root/box/sbin /root/box/usr/bin && cp /bin/busybox /root/box/bin/ && /bin/busybox --install -s /root/box/bin &&
        for one in /root/box/bin/*; do [ -L \$one ] && ln -sf busybox \$one; done; ln -s /bin/busybox /root/box/sbin/init
        echo root:x:0:0::/:/bin/sh >/root/box/etc/passwd; touch /root/box/etc/os-release
        echo ::sysinit:/bin/true >/root/box/etc/inittab; tar -C /root/box -cf /root/box.tar .; }"
}
# container NAME: what the graph has of a container of that name: process, and how many processes are in its group.
container() { rows "MATCH (c:Container {name: '$1'})-[:HAS]->(p:Process) RETURN p.pid" | jq -r '.[0]'; }
inside() {
    rows "MATCH (c:Container {name: '$1'})-[:IN]->(g:Cgroup)<-[:IN]-(p:Process) RETURN p.pid ORDER BY p.pid" |
        jq -r '.[0]' | xargs
}
docker() {
    box
    check "docker starts" on systemctl start docker
    check "it has an image" on "docker import -c 'ENV SECRET=hunter2' /root/box.tar rig/box:1"
    follow docker "MATCH (c:Container {engine: 'docker'}) RETURN c.name, c.image, c.status"
    check "it runs a container" on docker run -d --name web --network none rig/box:1 sleep 900
    live "that is seen" docker '[+~] web  rig/box:1  running'
    tells "it is what docker says" "$(on "docker inspect -f '{{.Id}} {{.Image}} {{.State.Pid}} {{.Config.Hostname}}' web")" \
        "$(rows "MATCH (c:Container {name: 'web'}) RETURN c.id, c.imageId, c.pid, c.hostname" | jq -r 'join(" ")')"
    tells "it has its first process" "$(on "docker inspect -f '{{.State.Pid}}' web")" "$(container web)"
    check "a second one starts in it" on docker exec -d web sleep 800
    comes_to "both are in its group" "$(on docker top web -o pid | tail -n +2 | sort -n | xargs)" inside web
    check "it is paused" on docker pause web
    live "that is seen" docker '~ web  rig/box:1  paused'
    check "it goes on" on docker unpause web
    live "that is seen" docker '~ web  rig/box:1  running'
    check "it is stopped" on docker stop -t 1 web
    live "that is seen" docker '~ web  rig/box:1  exited'
    comes_to "and how it ended" "$(on "docker inspect -f '{{.State.ExitCode}}' web")" \
        eval "rows \"MATCH (c:Container {name: 'web'}) RETURN c.exitCode\" | jq -r '.[0]'"
    same "of a variable its name is told, never its value" "SECRET 0" "$(cli get container -o json >"$SCRATCH/containers"
        grep -om1 SECRET "$SCRATCH/containers") $(grep -c hunter2 "$SCRATCH/containers")"
    check "it is removed" on docker rm web
    live "that is seen" docker '[-] web  rig/box:1'
}
podman() {
    box
    check "podman has an image" on podman import -q /root/box.tar localhost/rig/box:1
    follow podman "MATCH (c:Container {engine: 'podman'}) RETURN c.name, c.image, c.status"
    check "it runs a container" on podman run -d --name pod-web --network none localhost/rig/box:1 sleep 900
    live "that is seen" podman '[+~] pod-web  localhost/rig/box:1  running'
    tells "it is what podman says" "$(on "podman inspect -f '{{.Id}} {{.Image}} {{.State.Pid}}' pod-web")" \
        "$(rows "MATCH (c:Container {name: 'pod-web'}) RETURN c.id, c.imageId, c.pid" | jq -r 'join(" ")')"
    comes_to "its processes are in its group" "$(on podman top pod-web hpid | tail -n +2 | sort -n | xargs)" inside pod-web
    check "it is paused" on podman pause pod-web
    live "that is seen" podman '~ pod-web  localhost/rig/box:1  paused'
    check "it goes on" on podman unpause pod-web
    check "it is stopped" on podman stop -t 1 pod-web
    live "that is seen" podman '~ pod-web  localhost/rig/box:1  (exited|stopped)'
    check "it is removed" on podman rm pod-web
    live "that is seen" podman '[-] pod-web  localhost/rig/box:1'
}
containerd() {
    box
    on systemctl start docker
    check "containerd has an image" on "docker import /root/box.tar rig/ctr:1 && docker save rig/ctr:1 | ctr -n rig image import -"
    follow containerd "MATCH (c:Container {engine: 'containerd'}) RETURN c.id, c.space, c.status"
    check "it runs a container" on ctr -n rig run -d docker.io/rig/ctr:1 ctr-web sleep 900
    live "that is seen" containerd '[+~] ctr-web  rig  running'
    tells "its first process is the one containerd names" "$(on ctr -n rig task ls | awk '$1 == "ctr-web" { print $2 }')" \
        "$(rows "MATCH (c:Container {id: 'ctr-web'})-[:HAS]->(p:Process) RETURN p.pid" | jq -r '.[0]')"
    check "it is paused" on ctr -n rig task pause ctr-web
    live "that is seen" containerd '~ ctr-web  rig  paused'
    check "it ends" on "ctr -n rig task resume ctr-web && ctr -n rig task kill -s KILL ctr-web
        ctr -n rig task rm ctr-web"
    live "that is seen" containerd '[-] ctr-web  rig'
}
lxc() {
    follow lxc "MATCH (c:Container {engine: 'lxc'}) RETURN c.name, c.status"
    check "lxc makes a container" on lxc-create -n lbox -t busybox
    live "that is seen" lxc '[+] lbox  stopped'
    check "it starts" on lxc-start -n lbox
    live "that is seen" lxc '~ lbox  running'
    tells "its first process is the one lxc names" "$(on lxc-info -n lbox -pH)" "$(container lbox)"
    check "it is frozen" on lxc-freeze -n lbox
    live "that is seen" lxc '~ lbox  paused'
    check "it goes on" on lxc-unfreeze -n lbox
    check "it stops" on lxc-stop -n lbox -k
    live "that is seen" lxc '~ lbox  stopped'
    check "it is removed" on lxc-destroy -n lbox
    live "that is seen" lxc '[-] lbox  stopped'
}
lxd() {
    box
    follow lxd "MATCH (c:Container {engine: 'lxd'}) RETURN c.name, c.status"
    check "LXD is set up" on "printf '%s\n' 'storage_pools: [{name: default, driver: dir}]' \
        'profiles: [{name: default, devices: {root: {path: /, pool: default, type: disk}}}]' | lxd init --preseed"
    check "it has an image" on "mkdir -p /root/lxd && cp -a /root/box /root/lxd/rootfs &&
        printf 'architecture: x86_64\ncreation_date: 1\nproperties: {os: busybox}\n' >/root/lxd/metadata.yaml &&
        tar -C /root/lxd -czf /root/lxd.tgz metadata.yaml rootfs && command lxc image import /root/lxd.tgz --alias box"
    check "it runs a container" on "command lxc launch box xbox"
    live "that is seen" lxd '[+~] xbox  running'
    tells "its first process is the one LXD names" "$(on "command lxc info xbox" | sed -n 's/^PID: //p')" "$(container xbox)"
    check "it is paused" on "command lxc pause xbox"
    live "that is seen" lxd '~ xbox  paused'
    check "it stops" on "command lxc stop -f xbox"
    live "that is seen" lxd '~ xbox  stopped'
    check "it is removed" on "command lxc delete xbox"
    live "that is seen" lxd '[-] xbox  stopped'
}
nspawn() {
    box
    follow nspawn "MATCH (c:Container {engine: 'nspawn'}) RETURN c.name, c.status"
    check "nspawn runs a container" on "systemd-run -q --unit=rig-nspawn \
        systemd-nspawn -q -M nbox -D /root/box --register=yes /bin/sleep 900"
    live "that is seen" nspawn '[+] nbox  running'
    tells "its first process is the one machined names" "$(on machinectl show nbox -p Leader --value)" "$(container nbox)"
    check "it ends" on machinectl terminate nbox
    live "that is seen" nspawn '[-] nbox  running'
}

# agrees WHAT TOOL TOLD [ARGUMENT]: the graph comes to what the tool says, asked in turn, as the machine does not stand still.
agrees() {
    local what=$1 tool=$2 told=$3
    shift 3
    matches() { [ "$($tool "$@")" = "$($told "$@")" ]; }
    until_true 60 matches "$@" && ok "$what" ||
        bad "$what" "$(diff <($tool "$@") <($told "$@") | head -8 | tr '\n' ' ')"
}
check "a Debian is made" make_debian
[ -e "$DEBIAN/made" ] || { tail -20 "$DEBIAN/making"; finish; }
start_debian
check "it starts, and one can log in" await_debian
[ "$failed" -eq 0 ] || finish
# Not by `check`, whose commands leave nothing behind.
if begin_node; then ok "our node starts there"; else bad "our node starts there"; fi
[ "$failed" -eq 0 ] || { on journalctl -u pisces-node -n 20 --no-pager; finish; }
for part in $PARTS; do
    lives || { bad "the machine lives" "$(tail -5 "$LOG")"; break; }
    echo "--- $part"
    $part
done
same "no sensor has drifted" "" "$(cli sensors -o json | jq -r '.[] | select(.drift > 0) | "\(.name) \(.drift)"')"
finish
