#!/usr/bin/env bash
# Tunnels between machines, on real kernels: three guests that are one fleet. What their balancers say to tasks on other
# machines is on the wire in clear text before, encrypted with the overlay, and in clear text when it is removed; requests
# are answered all the time. One machine is killed and comes back, one is removed.
# It takes half an hour: it runs with TURNS=1, and every night.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ -n "${TURNS:-}" ] || skip "it takes half an hour; TURNS=1 runs it, and make nightly"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guestfleet.bash"

address_of() { on one get "node/$1" -o json 2>/dev/null | jq -r '.data.tunnelAddress // ""'; }
has_address() { [ -n "$(address_of "$1")" ]; }
has_none() { [ -z "$(address_of "$1")" ]; }
key_of() { on one get "node/$1" -o json 2>/dev/null | jq -r '.data.tunnel // ""'; }
links() { on "$1" get interface -A -o json | jq -r --arg m "/machines/$1" '.items[] | select(.namespace == $m).name' | sort | tr '\n' ' '; }
has_link() { [[ " $(links "$1")" == *" pisces0 "* ]]; }
lacks_link() { ! has_link "$1"; }
overlay() { printf 'type: overlay\nname: %s\ndata: {network: "%s", keepalive: %s}\n' "$1" "$2" "${3:-5}" | on one apply -f -; }
warned() { warns "$1" "^overlay:"; }
unwarned() { ! warned "$1"; }
# on_wire: what guests say to each other while each is asked for the app: `clear`, `tunnel`, `clear tunnel`. An answer that
# goes from one machine to another has the words of the app in it; packets of WireGuard go to its port.
on_wire() {
    local name
    python3 "$ROOT/Tests/Rigs/lib/wire.py" says "$GROUP" 20 'hello from' 51820 >"$SCRATCH/wire" &
    local listener=$!
    sleep 1
    for _ in 1 2 3 4; do for name in "${MEMBERS[@]}"; do app_answers "$name" || echo "no answer on $name" >>"$SCRATCH/refused"; done; done
    wait $listener
    cat "$SCRATCH/wire"
}
says() { [ "$(on_wire)" = "$1" ]; }
: >"$SCRATCH/refused"

begin_guests
same "requests cross the wire in clear text" clear "$(on_wire)"
same "no machine has another interface" "eth0 eth1 lo " "$(links two)"

# --- bad input
same "a network that is none is refused" 1 "$(overlay fleet 10.211.0.1/16 >"$SCRATCH/said" 2>&1; echo $?)"
check "with what is wrong" grep -q "10.211.0.1/16.*is no network of machines" "$SCRATCH/said"
same "so is another name" 1 "$(overlay other 10.211.0.0/16 >"$SCRATCH/said" 2>&1; echo $?)"
check "with the right one" grep -q "name it fleet" "$SCRATCH/said"

# --- it comes
began=$SECONDS
check "a network of tunnels is wanted" eval "overlay fleet 10.211.0.0/16 >/dev/null"
for name in "${MEMBERS[@]}"; do check "$name has an address in it" until_true 200 has_address "$name"; done
for name in "${MEMBERS[@]}"; do check "$name has the interface" until_true 200 has_link "$name"; done
told "until all have it: $((SECONDS - began)) s"
same "each has an address of its own" 3 "$(for name in "${MEMBERS[@]}"; do address_of "$name"; done | sort -u | wc -l)"
check "requests go through the tunnels alone" until_true 200 says tunnel
for name in "${MEMBERS[@]}"; do check "$name has no complaint of it" until_true 100 unwarned "$name"; done

# --- a machine is cut off and comes back: the same key, the same place
before=$(address_of two) key=$(key_of two)
member two
end_guest
boot two
meet two || exit 1
check "a machine that was cut off comes back" until_true 400 whole one
check "with the interface" until_true 200 has_link two
same "at its place" "$before" "$(address_of two)"
same "with its key" "$key" "$(key_of two)"
check "its replica answers again" until_true 400 all_pass one
check "and the app answers there" until_true 400 app_answers two
check "requests go through the tunnels alone" until_true 200 says tunnel

# --- another network
check "another network is wanted" eval "overlay fleet 10.212.0.0/24 0 >/dev/null"
check "all move there" until_true 200 eval '[ "$(for name in one two three; do address_of $name; done | grep -c "^10.212.0")" = 3 ]'
check "requests go through the tunnels alone" until_true 200 says tunnel

# --- it goes
check "no network is wanted" on one delete overlay/fleet
for name in "${MEMBERS[@]}"; do check "$name has no address" until_true 200 has_none "$name"; done
for name in "${MEMBERS[@]}"; do check "$name has no interface" until_true 200 lacks_link "$name"; done
check "requests cross the wire in clear text again" until_true 200 says clear

# --- a machine is removed while it has one
check "a network is wanted again" eval "overlay fleet 10.211.0.0/16 >/dev/null"
for name in "${MEMBERS[@]}"; do check "$name has an address in it" until_true 200 has_address "$name"; done
check "a machine is drained" on one node drain three
check "it has no task left" until_true 400 eval '! placed one | grep -q "three$"'
check "and is removed" on one node remove three
check "it loses its address" until_true 200 has_none three
check "and its interface" until_true 200 lacks_link three
MEMBERS=(one two)
check "requests of the others go through the tunnel" until_true 200 says tunnel
same "no request was refused in all that time" "" "$(sort "$SCRATCH/refused" | uniq -c)"
finish
