#!/usr/bin/env bash
# Snapshots and clones of volumes on a whole node: of one that is written, of one that was stopped, refused, cut off
# by kill -9 in the middle, deleted. Needs root and an OCI runtime.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ "$(id -u)" -eq 0 ] || skip "containers need root"
command -v crun >/dev/null || command -v runc >/dev/null || skip "there is no OCI runtime"
make -s -C "$ROOT/Apps/guestbook" || { echo "FAILED: the app does not build"; exit 1; }
export TMPDIR=$SCRATCH
pisces() { timeout -k 1 60 "$PISCES" "$@"; }
before_cleanup() {
    [ -S "$PISCES_STATE/pisces.sock" ] || return 0
    for app in $(pisces get app -A -o name 2>/dev/null); do pisces app remove "${app#app/}" --volumes; done >/dev/null 2>&1
    findmnt -rno TARGET | grep -F "$SCRATCH" | sort -r | while read -r mount; do umount "$mount"; done
}
# book NAME PORT: the guestbook under another name.
book() {
    sed "s/^app: .*/app: $1/; s|^directory: .*|directory: $ROOT/.build/apps/guestbook|; s/^  guestbook: {/  $1: {/; s/18010/$2/" \
        "$ROOT/Apps/guestbook/app.yaml"
}
# keeper NAME DRIVER: an app that only has a volume.
keeper() {
    cat <<END
app: $1
version: 1.0.0
directory: $SCRATCH/nothing
components:
  keeper: {run: {native: /bin/sleep 100000}, volumes: {data: /data}}
volumes:
  data: {size: 64MiB, driver: $2}
END
}
path() { pisces get "volumestate/$1" -o json | jq -r .data.path; }
# of SNAPSHOT FIELD: what the list of volumes says of it.
of() { pisces volume list -o json | jq -r ".items[].snapshots[] | select(.name == \"$1\") | .$2"; }
files() { find "$1" -type f | wc -l; }
again() {
    until_true 5 eval '! kill -0 "$(pid_of "$PISCES_STATE")" 2>/dev/null'
    up "$PISCES_STATE" 2>/dev/null
}

mkdir -m 755 "$SCRATCH/nothing"
up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }

# --- of a volume that is written ---------------------------------------------------------------------------
book source 18020 >"$SCRATCH/source.yaml"
book copy 18021 >"$SCRATCH/copy.yaml"
check "a guestbook" pisces app install "$SCRATCH/source.yaml"
curl -s -m 5 -d "before" http://127.0.0.1:18020/ >/dev/null
holds "a snapshot while it runs" "snapshot/one is on" "$(pisces volume snapshot source-data-0 one 2>&1)"
curl -s -m 5 -d "after" http://127.0.0.1:18020/ >/dev/null
holds "it is listed" "one +source-data-0 +ready" "$(pisces volume list)"
holds "another of that name is refused" "snapshot/one.*(exists|taken)" "$(pisces volume snapshot source-data-0 one 2>&1)"
holds "a clone is made" "volume/copy-data-0 is on" "$(pisces volume clone one copy-data-0 2>&1)"
check "the app whose volume has that name is given it" pisces app install "$SCRATCH/copy.yaml"
said=$(curl -s -m 5 http://127.0.0.1:18021/)
holds "… with what was there before" before "$said"
same "… may write on" written "$(curl -s -m 5 -d "elsewhere" http://127.0.0.1:18021/)"
same "… and not after" 0 "$(grep -c after <<<"$said")"
holds "the first one goes on" "after" "$(curl -s -m 5 http://127.0.0.1:18020/)"
holds "who asked for it is in the log" "volume snapshot" "$(pisces why snapshot/one)"

# --- what is refused ----------------------------------------------------------------------------------------
keeper heap directory >"$SCRATCH/heap.yaml"
keeper mist tmpfs >"$SCRATCH/mist.yaml"
check "an app with a folder" pisces app install "$SCRATCH/heap.yaml"
check "an app with memory" pisces app install "$SCRATCH/mist.yaml"
holds "its volume is memory, of its size" "^tmpfs +65536" \
    "$(pisces app exec mist -- /bin/df --output=fstype,size /data | tr -d '\r' | tail -1)"
pisces volume snapshot nowhere one >/dev/null 2>&1
same "a volume that is not there" 3 $?
holds "of memory nothing is kept" "in memory.*driver directory or loop" "$(pisces volume snapshot mist-data-0 mist 2>&1)"
holds "a folder that a task writes is refused, with the remedy" "task heap-keeper-0 has it.*end that task first" \
    "$(pisces volume snapshot heap-data-0 two 2>&1)"
same "… and it stays said" failed "$(of two state)"
holds "a clone of it is refused" "task heap-keeper-0 has it" "$(pisces volume clone two other 2>&1)"
token=$(pisces token --scope read --name reader 2>/dev/null)
same "a reader may not ask for one" 403 "$(curl -s -o /dev/null -w '%{http_code}' -m 5 -X POST \
    -H "Authorization: Bearer $token" "$(api_of "$PISCES_STATE")/v1/volumes/heap-data-0/snapshots?name=three")"

# --- kill -9 in the middle ------------------------------------------------------------------------------------
heap=$(path heap-data-0)
mkdir "$heap/many" && (cd "$heap/many" && seq 20000 | split -l 1 -a 4 -) || bad "many files"
check "the task ends" pisces app remove heap
until_true 10 eval '[ "$(pisces volume list -o json | jq -r ".items[] | select(.name == \"heap-data-0\") | .task")" = null ]'
check "the one that failed is asked for again" pisces volume snapshot heap-data-0 two --no-wait
check "it is under way" until_true 10 compgen -G "$PISCES_STATE/volumes/*/snapshots/.new-*/data/many/*"
kill -9 "$(pid_of "$PISCES_STATE")"
check "a half of it is left" compgen -G "$PISCES_STATE/volumes/*/snapshots/.new-*"
check "the node starts again" again
check "and takes it" until_true 60 eval '[ "$(of two state)" = ready ]'
same "once, and whole" "1 20000" "$(ls -d "$PISCES_STATE"/volumes/*/snapshots/*/data/many | wc -l) $(files "$PISCES_STATE"/volumes/*/snapshots/*/data/many)"
check "a clone of it" pisces volume clone two third-data-0 --no-wait
check "it is under way too" until_true 10 compgen -G "$PISCES_STATE/volumes/.new-*/data/many/*"
kill -9 "$(pid_of "$PISCES_STATE")"
keeper third directory >"$SCRATCH/third.yaml"
check "the node starts again" again
check "an app that wants it waits until it is made" pisces app install "$SCRATCH/third.yaml"
same "… and finds all of it" 20000 "$(files "$(path third-data-0)/many")"
check "no half is left" eval '! compgen -G "$PISCES_STATE/volumes/.new-*" && ! compgen -G "$PISCES_STATE/volumes/*/snapshots/.new-*"'

# --- deleted ------------------------------------------------------------------------------------------------
check "a snapshot is deleted" pisces delete snapshot/two
check "its data goes" until_true 60 eval '! compgen -G "$PISCES_STATE/volumes/*/snapshots/*/data"'
same "the clone has its own" 20000 "$(files "$(path third-data-0)/many")"
check "a volume is removed with its app" pisces app remove source --volumes
check "its snapshots go with it" until_true 60 eval '[ "$(pisces get snapshot -A -o json | jq ".items | length")" = 0 ] &&
    [ "$(pisces get snapshotstate -A -o json | jq ".items | length")" = 0 ]'
holds "its clone is there" before "$(curl -s -m 5 http://127.0.0.1:18021/)"
finish
