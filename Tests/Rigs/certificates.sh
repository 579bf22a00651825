#!/usr/bin/env bash
# Certificates that ended while their machines were away. Three guests that are one fleet are shut down and start again when
# the certificates of all have ended: they find each other, take new ones, and go on with all that they had. Then one machine
# is away while the clocks of the others go on, and comes back.
# It takes half an hour: it runs with TURNS=1, and every night.
. "$(dirname "${BASH_SOURCE[0]}")/lib/rig.bash"
[ -n "${TURNS:-}" ] || skip "it takes half an hour; TURNS=1 runs it, and make nightly"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guest.bash"
. "$(dirname "${BASH_SOURCE[0]}")/lib/guestfleet.bash"

# Certificates are valid for 400 days (Limits.certificateDays), those for etcd too.
later() { date -u -d "now + $1 days" +%Y-%m-%dT%H:%M:%S; }
# What a machine's certificate has as number: the log says it.
serials() { on one get node -o json | jq '[.items[] | {(.name): .data.serial}] | add'; }
serial_of() { on "$1" get "node/$2" -o json 2>/dev/null | jq -r .data.serial; }
# changed NAME OTHER BEFORE: as NAME knows, the certificate of the other one is not that.
changed() { local now; now=$(serial_of "$1" "$2"); [ -n "$now" ] && [ "$now" != "$3" ]; }
quiet() { ! warns "$1" "certificate|ended at|fleet:"; }
tasks() { on "$1" get task -A -o json | jq -r '.items[].name' | sort | tr '\n' ' '; }
configs() { on "$1" get config -o json | jq -S '[.items[] | [.name, .data.text]] | sort'; }

begin_guests
for name in "${MEMBERS[@]}"; do check "$name writes" put "$name" "of-$name" before; done
before=$(serials) kept=$(configs one) wanted=$(tasks one)
same "each has a certificate" 3 "$(jq '[.[]] | unique | length' <<<"$before")"

# --- all of them were away
down two three one || exit 1
CLOCK=$(later 410)
began=$SECONDS
# Nobody can sign in before the log of the fleet can be written again.
boot_all "${MEMBERS[@]}" || exit 1
check "they find each other" until_true 600 whole one
check "with all that they had" [ "$kept" = "$(configs one)" ]
told "whole again: $((SECONDS - began)) s"
for name in "${MEMBERS[@]}"; do
    check "$name has another certificate" until_true 200 changed one "$name" "$(jq -r ".$name" <<<"$before")"
    check "$name writes" until_true 200 put "$name" "of-$name" after
    check "the status of $name has no complaint left" until_true 200 quiet "$name"
done
for name in "${MEMBERS[@]}"; do for other in "${MEMBERS[@]}"; do
    check "what $name wrote is on $other" until_true 100 has_text "$other" "of-$name" after
done; done
same "no task is lost" "$wanted" "$(tasks two)"
check "all of them run" until_true 400 all_pass three
for name in "${MEMBERS[@]}"; do check "the app answers on $name" until_true 100 app_answers "$name"; done

# --- one was away, the others were not: they have new ones before it comes back
down three one two || exit 1
CLOCK=$(later 820)
began=$SECONDS
boot_all one two || exit 1
before=$(serial_of one three)
check "the two that came back write" until_true 600 put one of-one alone
check "both" until_true 200 put two of-two alone
for name in one two; do
    check "$name has no complaint of its certificate" until_true 200 eval "! warns $name 'certificate of $name'"
done
check "its task runs elsewhere" until_true 400 all_pass one
boot three
meet three || exit 1
check "the third one has another certificate" until_true 400 changed one three "$before"
check "and takes what was written while it was away" until_true 400 has_text three of-two alone
check "it writes" until_true 200 put three of-three back
check "which the others see" until_true 100 has_text one of-three back
check "the fleet is whole" until_true 600 whole two
told "from the start of the others: $((SECONDS - began)) s"
check "its status has no complaint left" until_true 200 quiet three
same "no task is lost" "$wanted" "$(tasks three)"
check "all of them run" until_true 400 all_pass three
for name in "${MEMBERS[@]}"; do check "the app answers on $name" until_true 100 app_answers "$name"; done
finish
