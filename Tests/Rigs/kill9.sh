#!/usr/bin/env bash
# Kills a node under load at random moments; what was acknowledged must be there, none twice.
# KILLS (40; the long form is 200), CLIENTS (4), SEED.
. "$(dirname "$0")/lib/rig.bash"
export PISCES
python3 "$ROOT/Tests/Rigs/lib/load.py"
code=$?
cleanup
exit $code
