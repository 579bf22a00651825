# The group `agent` of Scripts/bench: the whole picture beside Facter and Ohai, storms of processes and
# files, and what the sensors cost. Uses its functions and $work, $api, $state, $pisces.

# sensor NAME FIELD: a figure of a sensor of the node.
sensor() {
    "$pisces" sensors --state "$state" -o json | jq -r ".[] | select(.name == \"$1\") | .$2"
}
sum_of_sensors() { "$pisces" sensors --state "$state" -o json | jq "[.[].$1] | add"; }

# peer KEY COMMAND…: one run of a tool that prints facts as JSON: wall, CPU, memory, leaves.
peer_picture() {
    local key=$1 said
    shift
    /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" >"$work/facts" 2>/dev/null || true
    said=$(tail -1 "$work/time")
    record "$key" "$(awk '{ print "ms=" $1 * 1000 }' <<<"$said")" \
        "$(awk '{ print "cpu=" ($2 + $3) * 1000 }' <<<"$said")" \
        "$(awk '{ print "mb=" $4 / 1024 }' <<<"$said")" \
        "facts=$(jq '[leaf_paths] | length' "$work/facts")"
}

# From the start of a node until every sensor has read the machine.
own_picture() {
    local directory=$work/agent-picture began
    rm -rf "$directory" && mkdir "$directory"
    began=$EPOCHREALTIME
    "$pisces" up --state "$directory" --listen 127.0.0.1:0 >"$work/agent.out" 2>&1 &
    server[picture]=$!
    state=$directory
    for _ in $(seq 1000); do
        [ "$("$pisces" sensors --state "$directory" -o json 2>/dev/null \
            | jq 'length > 0 and all(.[]; .resyncs > 0 and .state == "watching")')" = true ] && break
        sleep 0.01
    done
    record agent/pisces "ms=$(awk "BEGIN { print ($EPOCHREALTIME - $began) * 1000 }")" \
        "cpu=$(($(cpu_ticks "${server[picture]}") * 10))" \
        "subjects=$(sum_of_sensors subjects)" \
        "facts=$("$pisces" query --state "$directory" -o ndjson \
            'MATCH (n) RETURN sum(size(keys(n))) AS n' 2>/dev/null | jq .n)" \
        "read=$(awk "BEGIN { print $(sum_of_sensors readMicroseconds) / 1000 }")"
    sleep 1
    record agent/pisces "mb=$(resident "${server[picture]}")"
    end_server picture
}

# storm KEY RATE: as many forks a second for five seconds, 0: as many as there can be; what the sensor and the whole
# node made of them.
storm() {
    local events ticks lost now
    events=$(sensor processes events) lost=$(sensor processes lost)
    ticks=$(cpu_ticks "${server[pisces]}")
    local began=$EPOCHREALTIME
    "$work/load" storm "$api" -r "$2" -s 5 >/dev/null
    local took
    took=$(awk "BEGIN { print $EPOCHREALTIME - $began }")
    sleep 1
    now=$(sensor processes events)
    record "$1/pisces" "events=$(awk "BEGIN { print ($now - $events) / $took }")" \
        "lost=$(($(sensor processes lost) - lost))" \
        "cpu=$(awk "BEGIN { print ($(cpu_ticks "${server[pisces]}") - $ticks) * 10000 / ($now - $events) }")"
}

# Milliseconds since 1970 at which the last gap of the processes was closed, which ends its resource; 0 for none.
last_gap_closed() {
    "$pisces" log --state "$state" --log machine --limit 5000 -o ndjson | jq -s '
        [.[] | select(any(.commands[]; .type == "gap" and .name == "processes" and .action == "delete")) | .time
            | capture("(?<whole>.*)[.](?<part>[0-9]+)Z") | (.whole + "Z" | fromdate) * 1000 + (.part | tonumber)]
        | max // 0'
}

# burst: more forks than the kernel keeps for a node that is stopped meanwhile; how long it takes from
# its first reading behind that until the gap is closed: all that runs is known again.
burst() {
    local lost began closed
    lost=$(sensor processes lost)
    kill -STOP "${server[pisces]}"
    measure burst/pisces "$work/load" storm "$api" -s 1
    began=$EPOCHREALTIME
    kill -CONT "${server[pisces]}"
    for _ in $(seq 100); do
        sleep 0.1
        closed=$(last_gap_closed)
        if awk "BEGIN { exit !($closed > $began * 1000) }"; then
            record burst/pisces "gap=$(awk "BEGIN { print $closed - $began * 1000 }")"
            break
        fi
    done
    record burst/pisces "lost=$(($(sensor processes lost) - lost))"
}

agent() {
    local round
    for round in $(seq "$rounds"); do
        say "the whole picture beside Facter and Ohai, round $round of $rounds"
        own_picture
        if command -v facter >/dev/null; then peer_picture agent/facter facter -j; fi
        if command -v ohai >/dev/null; then peer_picture agent/ohai ohai; fi
    done
    start_pisces agent
    for round in $(seq "$rounds"); do
        say "storms of processes, round $round of $rounds"
        storm storm 0
        storm paced 5000
    done
    burst
    end_server pisces
}
