#!/usr/bin/env bash
# Cuts the power of a node's disk at flushes and between them; lib/powercut.py. STATES (30), SEED.
. "$(dirname "$0")/lib/rig.bash"
export PISCES SCRATCH
python3 "$ROOT/Tests/Rigs/lib/powercut.py"
code=$?
cleanup
exit $code
