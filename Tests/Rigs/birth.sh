#!/usr/bin/env bash
# A running system builds itself on a blank disk, what it built is the image bit for bit; with an app it is another
# generation, whose child boots by firmware, inherits the app, has the same digest and a lineage; with the parent gone
# the child breeds true (F2, F3, F5, F7 and F11 of design/05). SHOW=1 leaves out what is refused: the demonstration.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
needs_guest sfdisk debugfs sgdisk
[ -x "$ROOT/.build/apps/hello/hello" ] || skip "no hello app; make hello"
[ -e "$FIRMWARE/OVMF_CODE_4M.fd" ] || skip "no firmware: ovmf is not installed"
WAIT=${WAIT:-400}
told() { echo "     $1"; }
generation() { cli describe-self -o json | jq -r .generation; }
running() { cli app status hello 2>/dev/null | grep -c passing | grep -qx 2; }
hello() { # the app's answer, asked by the node's own health checks
    until_true 150 running
}
resident() { api GET /v1/status -m 10 | jq .memory.residentBytes; }
breed() { # breed WHAT TARGET [OPTION]: builds the system there; says what it took
    local what=$1; shift
    local spent=$(spent) began=$SECONDS before=$(resident) sampler code
    while sleep 0.5; do resident; done >"$SCRATCH/resident" 2>/dev/null &
    sampler=$!
    said=$(cli reproduce --to "$@" 2>&1)
    code=$?
    kill "$sampler"; wait "$sampler" 2>/dev/null
    told "construction: $((SECONDS - began)) s, of the processor $(($(spent) - spent)) ms; resident before $before bytes, \
at most $(sort -n "$SCRATCH/resident" | tail -1)"
    if [ $code -eq 0 ]; then ok "$what"; else bad "$what" "$(tail -3 <<<"$said")"; fi
}
size=$(stat -c %s "$IMAGE/pisces.img")
cp --sparse=always "$IMAGE/pisces.img" "$SCRATCH/one"
for disk in two three; do truncate -s "$size" "$SCRATCH/$disk"; done
truncate -s 16M "$SCRATCH/small"
mkdir "$SCRATCH/hello"
cp "$ROOT/.build/apps/hello/hello" "$SCRATCH/hello/"
sed 's#^directory: .*##' "$ROOT/Apps/hello/app.yaml" >"$SCRATCH/hello/app.yaml"
seed "$SCRATCH/one" "$SCRATCH/hello"
born=sha256:$(sha256sum <"$IMAGE/description" | cut -d' ' -f1)

# --- the first one
use parent
start_guest pisces.name=parent-of-all "$SCRATCH/one" "$SCRATCH/two" "$SCRATCH/small"
await_guest "the first system" || exit 1
sign_in
same "it is the generation of the image" "$born" "$(generation)"
told "generation $born"
same "its console page comes to the host" Pisces "$(page_title)"
if [ -z "${SHOW:-}" ]; then
    for target in "device:/dev/vda runs.from.it" "device:/dev/vda6 runs.from.it" \
        "device:/dev/vdc has.room.for" "device:/dev/vdz nothing.of.that.name" "device:/etc/passwd no.disk"; do
        holds "it refuses ${target%% *}" "${target#* }" "$(cli reproduce --to "${target%% *}" --force 2>&1)"
    done
fi
breed "it builds itself on a blank disk" device:/dev/vdb
told "$(grep good <<<"$said")"
check "that is the image, bit for bit (F2)" cmp "$IMAGE/pisces.img" "$SCRATCH/two"
birth=reproduction/$(cli get reproduction -A -o json | jq -r '.items[0].name')
same "its log has every step" "gathering verified constructing written good" \
    "$(cli history "$birth" --namespace /machines/parent-of-all -o json |
        jq -r 'sort_by(.position) | [.[].resource.data.state // empty] | reduce .[] as $s ([]; if .[-1] == $s then . else . + [$s] end) | join(" ")')"
[ -n "${SHOW:-}" ] || holds "a disk that holds something is refused" "it holds 6 partitions" \
    "$(cli reproduce --to device:/dev/vdb 2>&1)"

# --- what it is changes: another generation
secret=$(head -c 512 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9' | head -c 40)
printf '%s' "$secret" | cli secret set api-key >/dev/null || bad "a secret is set"
check "an app comes from a bundle" cli store add /data/hello
check "and is installed" cli store install hello --no-wait
check "it runs" hello
next=$(generation)
check "with it the system is another generation (F5)" [ "$next" != "$born" ]
told "generation $next"
breed "it builds that on the disk, by force" device:/dev/vdb --force
cp --sparse=always "$SCRATCH/two" "$SCRATCH/child"
holds "sgdisk finds no problem in what it built (F11)" "No problems found" "$(sgdisk -v "$SCRATCH/child" 2>&1 | tr '\n' ' ')"
id=$(api GET /v1/status | jq -r .node.id)
for what in "$secret" "$id" parent-of-all; do
    same "of the parent's secret, id and name the child has nothing (F7): ${what:0:3}…" 1 \
        "$(grep -aqF -- "$what" "$SCRATCH/child"; echo $?)"
done

# --- the second one, by firmware, guard and loader, while the first runs
use child
start_firmware "$SCRATCH/child" "$SCRATCH/three"
await_guest "the child, started by firmware," || exit 1
sign_in
same "its console page comes to the host, too" Pisces "$(page_title)"
check "the app runs on it, inherited" hello
same "its digest is that of its parent (F5)" "$next" "$(generation)"
key=$(cli lineage -o json | jq -r .key)
use parent
cli lineage certify "$key" >"$SCRATCH/certificates" || bad "the parent certifies it"
holds "but nobody else for the same birth" "each has its certificate|made 1 systems" \
    "$(cli lineage certify ed25519:11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo 2>&1)"
founder=$(cli lineage -o json | jq -r .key)
api POST /v1/down >/dev/null
await_end "the first system"
use child
check "the child takes its lineage" cli lineage take "$SCRATCH/certificates"
same "it is verified up to the founder (F7)" "1 $founder $next" \
    "$(cli lineage -o json | jq -r '"\(.number) \(.founder) \(.births[0].generation)"')"
[ -z "${SHOW:-}" ] || cli lineage

# --- with the parent gone, the child breeds true
breed "with the first one gone, the child builds itself" device:/dev/vdb
check "that is what its own disk was, bit for bit (F3)" cmp "$SCRATCH/two" "$SCRATCH/three"
api POST /v1/down >/dev/null
await_end "the child"
if [ -z "${SHOW:-}" ]; then
    use grandchild
    start_firmware "$SCRATCH/three"
    await_guest "the grandchild" || exit 1
    sign_in
    same "three generations of machines, one digest (F3)" "$next" "$(generation)"
fi
finish
