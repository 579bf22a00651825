#!/usr/bin/env bash
# Drives the pages of a real node, which runs the sample app, through a headless Chromium.
. "$(dirname "$0")/lib/rig.bash"
cd "$ROOT" || exit 1
before_cleanup() {
    [ -S "$PISCES_STATE/pisces.sock" ] || return 0
    "$PISCES" delete app/big >/dev/null 2>&1
    "$PISCES" delete app/hello >/dev/null 2>&1
    until_true 15 eval '[ -z "$("$PISCES" get instance -A -o name 2>/dev/null)" ]'
}
make -s -C Apps/hello || bad "the sample app builds"
# Ports of its own: another node of this machine may serve the sample app.
sed "s|18080|28180|; s|^directory: .*|directory: $ROOT/.build/apps/hello|" \
    Apps/hello/app.yaml >"$SCRATCH/app.yaml"
check "up" up "$PISCES_STATE"
check "apply" "$PISCES" apply -f "$SCRATCH/app.yaml"
check "the app runs" until_true 10 eval \
    '[ "$("$PISCES" get instance -A --where "state = '"'running'"'" -o name | wc -l)" = 2 ]'
# One that no machine has room for: the pages say why.
cat >"$SCRATCH/big.yaml" <<END
app: big
version: 1.0.0
directory: $ROOT/.build/apps/hello
components:
  web: {run: {native: ./hello}, needs: {cpu: 4000}}
END
check "an app too big is taken" "$PISCES" app install "$SCRATCH/big.yaml" --no-wait
link=$("$PISCES" console)
export PISCES_URL=${link%%/console*} PISCES_TICKET=${link##*ticket=}
ended=no
while read -r verdict rest; do
    case $verdict in
    ok) ok "$rest" ;;
    FAIL) bad "$rest" ;;
    skip) bad "skipped on a real node" "$rest" ;;
    [0-9]*) ended=yes ;;
    *) printf '%s\n' "$verdict $rest" ;;
    esac
done < <(timeout -k 1 300 python3 Tests/BrowserTests/run.py 2>&1)
check "the pages were tried to the end" [ "$ended" = yes ]
finish
