#!/usr/bin/env bash
# A whole node as an ordinary user: it sees what that user may see, and each sensor says what it does without.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
chmod 755 "$SCRATCH"
home=$SCRATCH/home
mkdir "$home" && cp "$PISCES" "$home/pisces" && chown -R 65534:65534 "$home"
export PISCES_STATE=$home/state PISCES=$home/pisces
as() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$home" "$@"; }
sensor() { as "$PISCES" sensors "$1" -o json | jq -r ".$2"; }

as "$PISCES" up --listen 127.0.0.1:0 --background 2>"$SCRATCH/up" || { cat "$SCRATCH/up"; echo "FAILED: no node"; exit 1; }
node=$(pid_of "$PISCES_STATE")
pids+=("$node")
same "it is ready without warnings" "ready []" \
    "$(as "$PISCES" status -o json | jq -c '.node.state, .warnings' | tr -d '"' | paste -sd' ')"
same "the node itself is in the graph, as that user's" "65534" \
    "$(as "$PISCES" get "process/$node" -o json | jq .data.uid)"
holds "processes of others are seen" "^[1-9]" \
    "$(as "$PISCES" query 'MATCH (p:Process {uid: 0}) RETURN count(*) AS n' -o ndjson | jq .n)"
# The first picture of the files takes a while.
until_true 30 as "$PISCES" get process/1 --consistency now
sleep 60 & other=$!
same "… and as they come" "sleep" \
    "$(as "$PISCES" get "process/$other" --consistency now -o json | jq -r .data.name)"
kill "$other"
holds "files are watched folder by folder, and why is said" "inotify.*not permitted.*CAP_SYS_ADMIN" \
    "$(sensor files 'mechanism + " " + .why')"
holds "the audit log is not seen, and what would help is said" "none.*CAP_AUDIT" "$(sensor audit 'mechanism + " " + .privilege')"
holds "containers need more, and why is said" "no containers" "$(as "$PISCES" drivers)"
as "$PISCES" down
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
