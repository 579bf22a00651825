#!/usr/bin/env bash
# Everything a node must refuse, through the API and the command line; see lib/badinput.py.
. "$(dirname "$0")/lib/rig.bash"
export PISCES SCRATCH
python3 "$ROOT/Tests/Rigs/lib/badinput.py"
code=$?
cleanup
exit $code
