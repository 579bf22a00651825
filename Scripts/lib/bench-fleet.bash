# The group `fleet` of Scripts/bench: three and four machines in network namespaces. Needs root; uses its functions.

fleet() {
    local key line
    say "a fleet in network namespaces"
    if PISCES=$pisces ROUNDS=$rounds timeout 600 bash Benchmarks/Fleet/fleet.sh >"$work/lines" 2>"$work/error"; then
        while read -r key line; do
            # shellcheck disable=SC2086
            record "$key" $line
        done <"$work/lines"
    else
        failures=$((failures + 1))
        say "the fleet failed: $(tail -c 400 "$work/error")"
    fi
}
