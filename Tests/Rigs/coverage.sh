#!/usr/bin/env bash
# Asks a whole node for what osquery's tables and Facter's facts tell, and holds Docs/coverage.md against
# the answers; WRITE=1 writes the page.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
trap cleanup EXIT
up "$PISCES_STATE" 2>/dev/null || { echo "FAILED: no node"; exit 1; }
# The first picture takes seconds without optimisation; an answer as of now waits three for it.
until_true 60 "$PISCES" get process/1 --consistency now || { echo "FAILED: the first picture does not end"; exit 1; }
python3 "$(dirname "${BASH_SOURCE[0]}")/coverage.py" "$PISCES_STATE/pisces.sock" ${WRITE:+--write}
