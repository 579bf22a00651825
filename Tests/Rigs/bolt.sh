#!/usr/bin/env bash
# A node's graph through the official Python driver, and the shared openCypher TCK where it is.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT

venv=$ROOT/.build/venv
[ -x "$venv/bin/python3" ] || python3 -m venv "$venv"
"$venv/bin/python3" -c 'import neo4j' 2>/dev/null || "$venv/bin/pip" install -q 'neo4j>=5.14,<7' \
    || { echo "FAILED: the Python driver cannot be installed"; exit 1; }
python=$venv/bin/python3

up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
pictured "$PISCES_STATE" || bad "the node sees itself within a minute"
bolt=$(jq -r .bolt "$PISCES_STATE/endpoints.json")
token=$("$PISCES" token --scope read --name reader 2>/dev/null)

tree=$("$python" "$ROOT/Docs/Examples/process_tree.py" "$bolt" "$token" 2>&1)
holds "the process tree of this machine, over bolt://" "^1 " "$tree"
holds "the node is in its own tree" " *$(pid_of "$PISCES_STATE") pisces" "$tree"
holds "the same by routing, over neo4j://" "^1 " \
    "$("$python" "$ROOT/Docs/Examples/process_tree.py" "${bolt/bolt:/neo4j:}" "$token" 2>&1)"
holds "a wrong token is refused, and how to get one is said" "Unauthorized.*pisces token" \
    "$("$python" "$ROOT/Docs/Examples/process_tree.py" "$bolt" wrong 2>&1)"
holds "a browser is told what the port is" "Bolt" \
    "$(curl -s -m 5 "http://${bolt#bolt://}/" 2>&1)"
check "garbage ends one connection, not the node" bash -c \
    "head -c 4096 /dev/urandom >/dev/tcp/${bolt#bolt://127.0.0.1:} 2>/dev/null; true"
scratch=$(timeout 300 "$python" "$ROOT/Tests/Rigs/bolt.py" "${bolt#bolt://}" rig "$token" 2>&1)
for scheme in bolt neo4j; do
    for what in "values come back" "graphs are read and written" "transactions hold several results" "errors have their words" \
        "slow queries are cut and block nobody" "many rows stream" "scratch graphs end with their connections"; do
        grep -qxF "$scheme: $what" <<<"$scratch" && ok "$what, over $scheme://" \
            || bad "$what, over $scheme://" "$(tail -3 <<<"$scratch" | tr '\n' ' ')"
    done
done
narrow=$("$PISCES" token --scope read --prefix /prod --name narrow 2>/dev/null)
same "a token for /prod sees no process of the machine" "" \
    "$("$python" "$ROOT/Docs/Examples/process_tree.py" "$bolt" "$narrow" 2>&1)"

# tck CLASS LEAST FEATURES: the rate of a half, which must not fall below LEAST per cent.
tck() {
    local out=$SCRATCH/tck-$1 rate
    timeout 300 "$python" "$ROOT/../shared/tck/run.py" --uri "$bolt" --user tck \
        --password "$token" --features "$ROOT/../shared/tck/$3" --verbose >"$out" 2>&1
    local good bad_runs
    read -r good bad_runs < <(tail -1 "$out" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
    if [ -z "${good:-}" ] || [ $((good + bad_runs)) -eq 0 ]; then
        bad "TCK, $1" "$(tail -c 300 "$out")"
        return
    fi
    rate=$((good * 1000 / (good + bad_runs)))
    echo "note: openCypher TCK, $1: $good of $((good + bad_runs)) ($((rate / 10)).$((rate % 10)) %)"
    [ $rate -ge $(($2 * 10)) ] && ok "TCK, $1, at least $2 %" \
        || bad "TCK, $1, at least $2 %" "$(grep -m 20 -i fail "$out" | tr '\n' ' ')"
}
if [ -f "$ROOT/../shared/tck/run.py" ]; then
    tck core 98 features
    tck temporal 90 features-temporal
else
    echo "skipped: openCypher TCK: there is no ../shared/tck"
fi
check "the node still answers" "$PISCES" status
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
