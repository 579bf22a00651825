#!/usr/bin/env bash
# What an idle follower costs on a machine of its own: three guests are one fleet, two keep members of etcd, the third one
# follows. A line "KEY name=value …" each. SECONDS_EACH (60) is how long it is counted, SETTLE (180) how long before that
# nothing is asked. In network namespaces, where all machines see all processes of the host, a follower mirrors those.
. "$(dirname "${BASH_SOURCE[0]}")/../../Tests/Rigs/lib/rig.bash" >&2
. "$ROOT/Tests/Rigs/lib/guest.bash" >&2
. "$ROOT/Tests/Rigs/lib/guestfleet.bash" >&2
is_follower() { [ "$(nodes one | jq -r '[.items[] | select(.name == "three")][0] | "\(.role) \(.member)"')" = "client null" ]; }
begin_guests >&2
until_true 400 on one node demote three || { bad "the third one becomes a client"; exit 1; }
until_true 400 is_follower || { bad "the third one keeps no member"; exit 1; }
sleep "${SETTLE:-180}"
bytes=$(python3 "$ROOT/Tests/Rigs/lib/wire.py" bytes "$GROUP" "${SECONDS_EACH:-60}" 52:54:00:00:77:03)
member three
resident=$(api GET /metrics | awk '$1 == "pisces_resident_bytes" {print $2}')
echo "guestfollower/pisces bytes=$bytes mb=$(awk "BEGIN {printf \"%.1f\", $resident / 1048576}")"
end_guests
cleanup
trap - EXIT
