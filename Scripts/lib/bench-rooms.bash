# The groups `standing`, `placing` and `names` of Scripts/bench: parts of Pisces that have no peer in the
# same run, each by a program of its own. Uses its functions and $work, $rounds, $seconds.

# build_room PRODUCT: builds it; its path is in $room.
build_room() {
    say "building $1"
    swift build -c release "${release_flags[@]}" --product "$1" \
        >"$work/build.out" 2>&1 || die "$(grep error: "$work/build.out" | head -5)"
    room=$(swift build -c release --show-bin-path)/$1
}

# lines KEY: lines of JSON with a key each, as figures of that key behind KEY.
lines() {
    jq -r --arg under "$1" '. as $line | to_entries[] | select(.key != "key")
        | "\($under)\($line.key) \(.key) \(.value)"' >>"$work/figures"
}

# run_room KEY COMMAND…: runs a program that prints lines of JSON.
run_room() {
    local under=$1
    shift
    if timeout 300 "$@" >"$work/lines" 2>"$work/error"; then
        lines "$under" <"$work/lines"
    else
        failures=$((failures + 1))
        say "$1 failed: $(tail -c 400 "$work/error")"
    fi
}

standing() {
    build_room QueryBench
    for round in $(seq "$rounds"); do
        say "standing queries beside apply, round $round of $rounds"
        run_room "" "$room" --directory "$work/standing-$round" --only standing --people 10000 \
            --seconds "$seconds"
        rm -rf "$work/standing-$round"
    done
}

placing() {
    build_room PlacingBench
    for round in $(seq "$rounds"); do
        say "placements on 5,000 machines, round $round of $rounds"
        run_room placing- "$room" --machines 5000 --tasks 20000
    done
}

# names_load KEY OPTION…: answers a second by dnsperf; lost ones are a failure.
names_load() {
    local key=$1 said
    shift
    said=$(dnsperf -s 127.0.0.1 -p "$names_port" -d "$work/names" -c 8 -q 200 -l "$seconds" "$@" 2>&1)
    if ! grep -q 'Queries lost: *0 ' <<<"$said"; then
        failures=$((failures + 1))
        say "$key failed: $(grep -E 'lost|Error' <<<"$said" | head -2)"
        return
    fi
    record "$key/pisces" "ops=$(awk '/Queries per second/ { print $4 }' <<<"$said")"
}

names() {
    local names_port
    build_room NamesRig
    names_port=$(free_port)
    for number in $(seq 0 999); do echo "service-$number.prod.pisces.internal A"; done >"$work/names"
    "$room" "$names_port" 1000 >"$work/names.out" 2>&1 & server[names]=$!
    wait_port "$names_port" names
    for round in $(seq "$rounds"); do
        say "answers to questions for names, round $round of $rounds"
        names_load names-udp
        names_load names-tcp -m tcp
    done
    end_server names
}
