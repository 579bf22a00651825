#!/usr/bin/env bash
# A running host copies itself to a directory: what is in the copy, what is not, what is refused; and another node that
# runs the copy's own program inherits its apps and desired state.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
before_cleanup() {
    local node
    for node in "$PISCES_STATE" "$SCRATCH/child"; do
        [ -S "$node/pisces.sock" ] && pisces app remove bell --state "$node" >/dev/null 2>&1
    done
}
copy=$SCRATCH/copy
mkdir -p "$SCRATCH/bell/bin"
printf '#!/bin/sh\nwhile :; do echo ding; sleep 1; done\n' >"$SCRATCH/bell/bin/ring"
chmod +x "$SCRATCH/bell/bin/ring"
cat >"$SCRATCH/bell/app.yaml" <<'END'
app: bell
version: 1.0.0
directory: bin
components:
  bell:
    run: {native: ./ring}
    count: 1
END
cat >"$SCRATCH/state.yaml" <<'END'
type: config
name: motd
data: {text: welcome}
---
type: type
name: note
data: {summary: A note., role: desired, writer: people, fields: [{name: text, kind: text, summary: It.}], columns: [text], heritable: true}
---
type: retention
name: default
data: {maxAge: 86400}
END
secret=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 40)

up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
check "an app comes from a bundle" pisces store add "$SCRATCH/bell"
check "and is installed" pisces store install bell
check "people say what they want" pisces apply -f "$SCRATCH/state.yaml"
printf '%s' "$secret" | pisces secret set api-key >/dev/null || bad "a secret is set"

# --- what it is -------------------------------------------------------------------------------------------
self=$(pisces describe-self -o json)
holds "it has a generation" '^sha256:[0-9a-f]{64}$' "$(jq -r .generation <<<"$self")"
same "that is the same when nothing changed" "$(jq -r .generation <<<"$self")" \
    "$(pisces describe-self -o json | jq -r .generation)"
same "its app is in it with its bundle" '["bell","1.0.0"]' "$(jq -c '.apps[0] | [.name, .version]' <<<"$self")"
same "and what people want, but no secret" \
    'app/bell config/motd retention/default type/note' \
    "$(jq -r '[.resources[] | .type + "/" + .name] | join(" ")' <<<"$self")"

# --- the copy ---------------------------------------------------------------------------------------------
said=$(pisces reproduce --to "$copy" 2>&1)
same "it copies itself" 0 $?
holds "and says how far it is" "good  .* of .*is a copy of this system" "$(tr '\n' ' ' <<<"$said")"
same "every blob is what its name says" 0 "$(find "$copy/blobs" -type f | while read -r blob; do
    [ "$(sha256sum <"$blob" | cut -c1-64)" = "$(basename "$(dirname "$blob")")$(basename "$blob")" ] || echo "$blob"
done | wc -l)"
same "its description is its generation" "$(jq -r .generation <<<"$self")" "sha256:$(sha256sum <"$copy/description" | cut -c1-64)"
same "nothing in it is the secret" 1 "$(grep -rqF "$secret" "$copy"; echo $?)"
same "the log says so" good "$(pisces get reproduction -A -o json | jq -r '.items[0].data.state')"
holds "doing it again copies nothing" " 0 B of it new" "$(pisces reproduce --to "dir:$copy" 2>&1 | tail -2 | head -1)"

# --- what is refused --------------------------------------------------------------------------------------
mkdir "$SCRATCH/full" && touch "$SCRATCH/full/letter"
holds "a directory with something else in it" "holds 1 files" "$(pisces reproduce --to "$SCRATCH/full" 2>&1)"
check "but with force" pisces reproduce --to "$SCRATCH/full" --force
holds "the state of the node, even with force" "runs from it" \
    "$(pisces reproduce --to "$PISCES_STATE/copy" --force 2>&1)"
holds "a target that is none" "not made by this verb" "$(pisces reproduce --to slot:b 2>&1)"
holds "a guest, where there is no kernel for it, or nothing that runs it" \
    "boots nothing|install (qemu-system-x86|ovmf)" "$(pisces reproduce --to qemu:guest 2>&1)"
same "and nothing of it stays" "0 0" "$(pisces machine list -o json | jq '.items | length') $(
    ls "$PISCES_STATE/guests" 2>/dev/null | grep -c guest)"
holds "what is said of a guest, for a directory" "is for a guest" "$(pisces reproduce --to "$copy" --memory 512 2>&1)"
holds "a disk, for a system that boots nothing" "boots nothing" \
    "$(pisces reproduce --to "image:$SCRATCH/disk" 2>&1)"
printf 'type: config\nname: leak\ndata: {text: "%s"}\n' "$(printf '%s' "$secret" | base64 -w0)" >"$SCRATCH/leak.yaml"
pisces apply -f "$SCRATCH/leak.yaml" >/dev/null
said=$(pisces reproduce --to "$copy" 2>&1)
holds "a secret that got into a config, even in base 64" "secret /secret/api-key" "$said"
same "without showing it" 1 "$(grep -qF "$secret" <<<"$said"; echo $?)"
pisces delete config/leak >/dev/null
printf 'type: birthpolicy\nname: default\ndata: {stopped: true}\n' >"$SCRATCH/stop.yaml"
pisces apply -f "$SCRATCH/stop.yaml" >/dev/null
holds "everything while the kill switch is on" "switched off" "$(pisces reproduce --to "$copy" 2>&1)"
pisces delete birthpolicy/default >/dev/null

# --- vouching for it; updates of a Linux that boots no image of ours -------------------------------------
pisces reproduce --to "$copy" >/dev/null 2>&1
holds "the machine signs its copy" "signed sha256:.*key ed25519:" "$(pisces update sign "$copy" | tr '\n' ' ')"
same "once, however often" 1 "$(pisces update sign "$copy" | grep -c '^key')"
holds "not for ever" "from 1 to 3650" "$(pisces update sign "$copy" --days 0 2>&1)"
holds "what describes nothing is not signed" "no system is described" "$(pisces update sign "$SCRATCH/bell" 2>&1)"
for options in "" --send; do
    holds "a Linux that boots no image is not updated so ${options:-from here}" "does not run from an image" \
        "$(pisces update plan "$copy" $options 2>&1) $(pisces update apply "$copy" $options 2>&1)"
done
holds "and says what it is" "no image" "$(pisces update status)"

# --- another node -----------------------------------------------------------------------------------------
pisces app remove bell >/dev/null
child=$SCRATCH/child
mv "$copy" "$SCRATCH/stick"
PISCES_STATE=$child timeout -k 1 60 "$SCRATCH/stick/pisces" up --listen 127.0.0.1:0 --background 2>/dev/null
same "the program of the copy runs" 0 $?
holds "and inherits it" "inherited 4 resources, 1 bundles" "$(pisces inherit "$SCRATCH/stick" --state "$child" 2>&1)"
same "state is as it was" welcome "$(pisces get config/motd --state "$child" -o json | jq -r .data.text)"
until_true 20 eval '[ "$(pisces app list --state "$child" -o json | jq -r ".items[0].converged")" = true ]'
same "the app runs there" true "$(pisces app list --state "$child" -o json | jq -r '.items[0].converged')"
holds "again, it changes nothing" "inherited 0 resources.*4 resources were here" \
    "$(pisces inherit "$SCRATCH/stick" --state "$child" 2>&1)"
holds "what is no copy is named" "no description" "$(pisces inherit "$SCRATCH/full/letter" --state "$child" 2>&1; \
    mkdir -p "$SCRATCH/none"; pisces inherit "$SCRATCH/none" --state "$child" 2>&1)"
pisces app remove bell --state "$child" >/dev/null
blob=$(find "$SCRATCH/stick/blobs" -type f -size -2k | head -1)
printf x | dd of="$blob" bs=1 seek=0 conv=notrunc 2>/dev/null
other=$SCRATCH/other
up "$other" 2>/dev/null
same "a damaged copy is refused" 1 "$(pisces inherit "$SCRATCH/stick" --state "$other" >/dev/null 2>&1; echo $?)"
finish
