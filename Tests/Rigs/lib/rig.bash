# What every rig shares: a folder of its own, a node it ends, checks that are counted.
# Used by `. Tests/Rigs/lib/rig.bash`; the binary is $PISCES, else .build/debug/pisces.
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
PISCES=${PISCES:-.build/debug/pisces}
case $PISCES in /*) ;; *) PISCES=$ROOT/$PISCES ;; esac
[ -x "$PISCES" ] || { echo "FAILED: there is no $PISCES; name it with PISCES"; exit 1; }
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/pisces-rig.XXXXXX")
passed=0
failed=0
pids=()
unset PISCES_NODE PISCES_TOKEN
export PISCES_STATE=$SCRATCH/node

ok() { passed=$((passed + 1)); echo "ok: $1"; }
bad() { failed=$((failed + 1)); echo "FAILED: $1${2:+: $2}"; }

# check WHAT COMMAND…: the command succeeds.
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then ok "$what"; else bad "$what" "$(tail -c 300 <<<"$said" | tr '\n' ' ')"; fi
}

# same WHAT WANTED GOT
same() { if [ "$2" = "$3" ]; then ok "$1"; else bad "$1" "wanted '$2', got '${3:0:300}'"; fi; }

# holds WHAT PATTERN TEXT: the text has the extended regular expression.
holds() {
    if grep -qE -- "$2" <<<"$3"; then ok "$1"; else bad "$1" "no /$2/ in '${3:0:300}'"; fi
}

# until_true SECONDS COMMAND…: tries until it succeeds or the time is over.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# pid_of DIR: the process of the node there.
pid_of() { tr -dc 0-9 <"$1/lock" 2>/dev/null; }

# up DIR [OPTION…]: starts a node that the rig ends.
up() {
    local directory=$1
    shift
    "$PISCES" up --state "$directory" --listen 127.0.0.1:0 --background "$@"
    local code=$?
    [ $code -eq 0 ] && pids+=("$(pid_of "$directory")")
    return $code
}

# pictured DIR: waits until the node there has seen the machine, itself with it.
pictured() {
    local pid
    pid=$(pid_of "$1")
    until_true 60 eval "'$PISCES' get process --where 'pid = $pid' --state '$1' | grep -qw $pid"
}

api_of() { jq -r .api "$1/endpoints.json"; }

# Ends what the rig started, by process id, and removes its folder.
cleanup() {
    trap - EXIT
    type -t before_cleanup >/dev/null && before_cleanup
    local pid
    # The lock of each node names it, also one that was started in a subshell.
    for pid in "${pids[@]}" $(cat "$SCRATCH"/*/lock 2>/dev/null); do
        case $(readlink "/proc/$pid/exe" 2>/dev/null) in
        */pisces*) kill -9 "$pid" ;;
        esac
    done
    rm -rf "$SCRATCH"
}

# skip REASON: the rig cannot run here at all.
skip() {
    cleanup
    echo "skipped: $1"
    exit 77
}

finish() {
    cleanup
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}
trap 'cleanup; echo "$passed passed, $((failed + 1)) failed"; exit 1' EXIT INT TERM
