#!/usr/bin/env bash
# Updates of a machine in a guest (F4, F8 and F9 of design/05). A system with an app and a config is described, signed
# and taken: the power is cut while it is written and after it is armed, and always a good system starts. Then it
# runs from the other slot, with app and config, and is kept. Two bad ones, whose app is unsound and which does not boot
# at all, are given up by themselves: the old system runs again with app and config as they were, says why, and does not
# take them again. CUTS is how often the power is cut (4).
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
needs_guest sfdisk sgdisk debugfs fsck.erofs dump.erofs mdir mcopy
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
[ -e "$FIRMWARE/OVMF_CODE_4M.fd" ] || skip "no firmware: ovmf is not installed"
[ -d "$ROOT/dist/stage/root" ] || skip "no staged system; make image"
WAIT=${WAIT:-400} DISK=$SCRATCH/disk
told() { echo "     $1"; }
generation() { cli describe-self -o json | jq -r .generation; }
runs() { cli update status -o json 2>/dev/null | jq -r .runs; }
runs_now() { [ "$(runs)" = "$1" ]; }
settled() { [ "$(cli update status -o json 2>/dev/null | jq -r .isOnTrial)" = false ]; }
update_is() { [ "$(cli update status -o json 2>/dev/null | jq -r .update.state)" = "$1" ]; }
sound() { [ "$(cli app list -o json 2>/dev/null | jq -r '.items[0] | "\(.version) \(.converged)"')" = "$1 true" ]; }
motd() { cli get config/motd -o json 2>/dev/null | jq -r .data.text; }
set_motd() { printf 'type: config\nname: motd\ndata: {text: %s}\n' "$1" | cli apply -f - >/dev/null; }
restart() { # the disk in another guest, as after a cut of the power
    end_guest
    RESTARTS=1 start_firmware "$DISK" "$SCRATCH/two" "$SCRATCH/three"
    until_true 400 answers || { say_failure; bad "the machine answers after $1"; exit 1; }
    sign_in
}
describe() { # describe DIRECTORY: a signed copy of what the machine is now
    check "what it is now is copied" cli reproduce --to "dir:$1"
    check "and signed" cli update sign "$1"
}
apply() { cli update apply "$@" >"$SCRATCH/applied" 2>&1; }

# --- a machine, with an app in three versions: two work, the second never answers its health check
cp --sparse=always "$IMAGE/pisces.img" "$DISK"
size=$(stat -c %s "$IMAGE/pisces.img")
for disk in two three; do truncate -s "$size" "$SCRATCH/$disk"; done
for version in 1 2 3; do
    mkdir "$SCRATCH/hello-$version"
    head -c 2000000 /dev/urandom >"$SCRATCH/hello-$version/page"
    cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/hello-$version/"
    sed "s#^directory: .*##; s#^version: .*#version: $version.0.0#" "$ROOT/Apps/hello/app.yaml" \
        >"$SCRATCH/hello-$version/app.yaml"
done
sed -i 's#http: /healthz#http: /nowhere#' "$SCRATCH/hello-2/app.yaml"
for version in 1 2 3; do seed "$DISK" "$SCRATCH/hello-$version"; done
widen "$DISK" 2G
RESTARTS=1 start_firmware "$DISK" "$SCRATCH/two" "$SCRATCH/three"
await_guest "the machine" || exit 1
sign_in
born=sha256:$(sha256sum <"$IMAGE/description" | cut -d' ' -f1)
same "it runs what the image has" "$born" "$(runs)"
check "and keeps it after its soak" until_true 300 settled
up "$SCRATCH/node" 2>/dev/null
ours=$("$PISCES" lineage -o json --state "$SCRATCH/node" | jq -r .key)
key=$(cli lineage -o json | jq -r .key)
printf 'type: updatepolicy\nname: ours\ndata: {keys: ["%s", "%s"], patience: 30000, soak: 3000}\n' "$key" "$ours" |
    cli apply -f - >/dev/null || bad "a policy is written"

# --- what it is to become: with an app and a config; then it is again without
check "the app comes from a bundle" cli store add /data/hello-1
check "and is installed" cli store install hello
set_motd first
next=$(generation)
check "with them it is another generation" [ "$next" != "$born" ]
describe /data/next
check "it is built on a disk while slot a runs" cli reproduce --to device:/dev/vdb
check "the app is removed" cli app remove hello
check "and the config" cli delete config/motd
plan=$(cli update plan /data/next -o json)
same "the plan says what of apps and configuration changes" "app/hello config/motd updatepolicy/ours" \
    "$(jq -r '[.changes[] | .type + "/" + .name] | sort | join(" ")' <<<"$plan")"
changed=$(jq .changed <<<"$plan")
told "changed: $changed bytes of $(jq .written <<<"$plan") that are written"

# --- the power is cut: the old system starts; behind the commit point, which a cut may hit, the new one
cuts=${CUTS:-4}
states=(gathering constructing constructing readBack)
system() { cli update status -o json | jq -r '.runs + " " + .slot'; }
end_guest
cp --sparse=always "$DISK" "$SCRATCH/before"
restart "the first cut"
for ((cut = 0; cut < cuts; cut++)); do
    state=${states[cut % 4]}
    : >"$SCRATCH/applied"
    WAIT=100 apply /data/next --no-restart &
    maker=$!
    until_true 200 grep -q "$state" "$SCRATCH/applied"
    sleep "$(awk -v n=$((cut / 4 + cut % 3)) 'BEGIN { print n * 0.3 }')"
    end_guest
    kill "$maker" 2>/dev/null; wait "$maker" 2>/dev/null
    told=$(grep -c "is in slot" "$SCRATCH/applied")
    restart "cut $cut, at $state"
    found=$(system)
    if [ "$told" = 0 ] && [ "$found" != "$next b" ]; then
        same "cut $cut, at $state: the old system starts (F8)" "$born a" "$found"
        continue
    fi
    same "cut $cut, behind the commit point: the new system starts (F8)" "$next b" "$found"
    end_guest
    cp --sparse=always "$SCRATCH/before" "$DISK"
    restart "cut $cut was undone"
done
same "a good system runs (F8)" "$born a" "$(system)"
rm "$SCRATCH/before"
same "no app and no config came of it" "" "$(motd)"
check "what was cut off is gone on with" apply /data/next --no-restart
same "it is armed" armed "$(cli update status -o json | jq -r .update.state)"
began=$SECONDS
restart "the commit point"
same "the power was cut behind the commit point: the new system starts, from the other slot" "$next b" \
    "$(cli update status -o json | jq -r '.runs + " " + .slot')"
told "to the new system: $((SECONDS - began)) s, of the processor $(spent) ms"
check "with its app" until_true 200 sound 1.0.0
same "and its config" first "$(motd)"
check "it is found good" until_true 200 update_is good
same "its digest is the one that was signed" "$next" "$(generation)"
same "apps and configuration of the update came at one position, with the record of it" "2 kept" \
    "$(cli get changeover -A -o json | jq -r '.items[0].data | "\(.changed) \(.state)"')"
moved=$(cli update status -o json | jq .update.bytes)
check "what was moved is what changed" [ "$moved" -le $((changed * 12 / 10)) ]
told "moved: $moved bytes"
check "from slot b it builds a child" cli reproduce --to device:/dev/vdc
check "that is canonical: what slot a had built, bit for bit (F4)" cmp "$SCRATCH/two" "$SCRATCH/three"

# --- a bad one: its app is unsound
check "a version comes that never answers" cli store add /data/hello-2
cli store install hello --no-wait >/dev/null 2>&1
set_motd second
describe /data/bad
check "its app is taken back" cli store install hello --version 1.0.0
set_motd first
check "the app runs" until_true 200 sound 1.0.0
begun_spent=$(spent)
check "the bad system is written and armed" apply /data/bad
began=$SECONDS before=$(spent)
until_true 60 eval '! answers'
check "the machine falls back (F9)" until_true 400 update_is fellBack
told "fallback of an unsound app: $((SECONDS - began)) s, of the processor $(($(spent) - before)) ms, patience 30 s"
sign_in
holds "and says why" "appsHealthy.*hello" "$(cli update status -o json | jq -r .update.reason)"
same "the old system runs" "$next b" "$(cli update status -o json | jq -r '.runs + " " + .slot')"
same "its config is the old one again" first "$(motd)"
check "and its app too" until_true 200 sound 1.0.0
same "the log says that it was undone" reverted \
    "$(cli get changeover -A -o json | jq -r '.items | sort_by(.data.sequence) | .[-1].data.state')"
same "the bad system is quarantined (F9)" 1 \
    "$(cli get generation -A -o json | jq '[.items[] | select(.data.state == "quarantined")] | length')"
holds "and is not taken again" "quarantine" "$(cli update apply /data/bad 2>&1)"

# --- an update that changes one app comes from outside: a copy of the machine describes it, the machine is sent it
end_guest
cp --sparse=always "$DISK" "$SCRATCH/kept"
restart "its disk was copied"
check "there the app gets another version" cli store add /data/hello-3
check "that runs" cli store install hello
third=$(generation)
describe /data/changed
api POST /v1/down >/dev/null
await_end "the copy" || exit 1
cut_out "$DISK" data "$SCRATCH/data"
debugfs -R "rdump /changed $SCRATCH" "$SCRATCH/data" >/dev/null 2>"$SCRATCH/debugfs"
rm "$SCRATCH/data"
mv "$SCRATCH/kept" "$DISK"
restart "its disk was put back"
plan=$(cli update plan "$SCRATCH/changed" --send -o json)
same "of the machine that has not seen it one app changes" "$third app/hello" \
    "$(jq -r '.generation + " " + ([.changes[] | .type + "/" + .name] | join(" "))' <<<"$plan")"
changed=$(($(stat -c %s "$SCRATCH/hello-3/page") + $(stat -c %s "$SCRATCH/hello-3/app.yaml")))
mkdir "$SCRATCH/meter"
python3 "$ROOT/Tests/Rigs/lib/meter.py" "$PORT" "$SCRATCH/meter" &
meter=$!
until_true 30 test -s "$SCRATCH/meter/port" || bad "what is sent is counted"
PORT=$(<"$SCRATCH/meter/port") apply "$SCRATCH/changed" --send --no-restart || bad "it is sent" "$(tail -3 "$SCRATCH/applied")"
moved=$(<"$SCRATCH/meter/bytes")
kill "$meter"; wait "$meter" 2>/dev/null
told "changed: $changed bytes of the app's files, by the plan $(jq .changed <<<"$plan"); sent: $moved bytes, \
with description and requests"
check "what changed is sent" [ "$moved" -gt "$changed" ]
check "and little more: at most 1.2 times as much" [ "$moved" -le $((changed * 12 / 10)) ]
end_guest
both=$SCRATCH/both
cp --sparse=always "$DISK" "$both"
restart "one app was updated"
check "the app has its new version" until_true 200 sound 3.0.0
check "the system with it is found good" until_true 200 update_is good
same "it is the one that was described" "$third a" "$(system)"

# --- a bad one that does not boot: in place of the node stands a program that ends
cp -r --reflink=auto "$ROOT/dist/stage" "$SCRATCH/stage"
cp "$ROOT/dist/womb" "$SCRATCH/stage/root/pisces/bin/pisces"
"$PISCES" image build "$SCRATCH/stage" --to "$SCRATCH/built" --sequence 9 >/dev/null || bad "another image is built"
cut_out "$SCRATCH/built/pisces.img" root-a "$SCRATCH/root"
fsck.erofs --extract="$SCRATCH/unpacked" "$SCRATCH/root" >/dev/null 2>&1
check "it is signed elsewhere" "$PISCES" update sign "$SCRATCH/unpacked/pisces" --state "$SCRATCH/node"
check "it is sent, written and armed" apply "$SCRATCH/unpacked/pisces" --send
began=$SECONDS before=$(spent)
until_true 60 eval '! answers'
check "the machine falls back from a system that does not boot (F9)" until_true 400 update_is fellBack
told "fallback of a system that does not boot: $((SECONDS - began)) s, of the processor $(($(spent) - before)) ms"
sign_in
same "the old system runs again" "$third a" "$(cli update status -o json | jq -r '.runs + " " + .slot')"
holds "and says what it knows" "never came far enough|womb" "$(cli update status -o json | jq -r .update.reason)"
check "its app runs" until_true 200 sound 3.0.0
same "its config is there" first "$(motd)"
restart "another restart"
same "and after one restart more it is still the same (F9)" "$third a" \
    "$(cli update status -o json | jq -r '.runs + " " + .slot')"

# --- both slots are damaged: the machine says so of each system, as often as the loader tries it
# (slot b has what is kept, slot a what was armed and not started when its disk was copied)
end_guest
for slot in a b; do
    cut_out "$both" root-$slot "$SCRATCH/root"
    flip "$both" root-$slot $(($(description_at "$SCRATCH/root") + 100))
done
blamed() { tr -d '\r' <"$LOG" | grep -ao 'cannot read the root in slot [ab]' | cut -d' ' -f7 | tr '\n' ' '; }
RESTARTS=1 start_firmware "$both"
until_true 400 eval '[[ $(blamed) == *"b "* ]]'
same "with a flipped bit in both roots the screen blames the new system three times, then the old one" "a a a b " \
    "$(blamed)"
holds "with what is wrong, what comes next, and what helps" \
    "CANNOT BOOT THIS SYSTEM.*slot b .*a block is damaged.*next +reset in .*help +.*build the system anew onto this disk" \
    "$(screen)"
end_guest
esp=$both@@$(($(place "$both" esp | cut -d' ' -f1) * 512))
entries=$(mdir -b -i "$esp" ::/EFI/Linux)
same "the loader has an entry for each" 2 "$(grep -c '\.efi$' <<<"$entries")"
for entry in $entries; do
    mcopy -n -i "$esp" "$entry" "$SCRATCH/entry"
    truncate -s 100K "$SCRATCH/entry"
    mcopy -o -i "$esp" "$SCRATCH/entry" "$entry"
done
RESTARTS=1 start_firmware "$both"
gave_up() { [ "$(grep -ac "Pisces: the boot loader gave up. Restarting." "$LOG")" -ge "$1" ]; }
check "with both entries cut short the guard says that the loader gave up, and restarts" until_true 400 gave_up 1
check "and it does so again: the machine does not hang" until_true 400 gave_up 4
end_guest
finish
