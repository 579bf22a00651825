#!/usr/bin/env bash
# A node on a real, small ext4: full of bytes, full of files, read-only, failing; lib/diskfull.py.
. "$(dirname "$0")/lib/rig.bash"
export PISCES SCRATCH
python3 "$ROOT/Tests/Rigs/lib/diskfull.py"
code=$?
cleanup
exit $code
