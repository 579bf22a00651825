# The group `replicated` of Scripts/bench: entries of the shared log beside plain puts, alternately on the same three
# etcd members. Uses its functions and $work, $rounds, $seconds.

build_replicated() {
    say "building the benchmark of the shared log"
    swift build -c release "${release_flags[@]}" --product ReplicatedBench \
        >"$work/build.out" 2>&1 || die "$(grep error: "$work/build.out" | head -5)"
    replicatedbench=$(swift build -c release --show-bin-path)/ReplicatedBench
}

# start_members: three members, whose URLs are in $members, separated by commas.
start_members() {
    local client=() peer=() cluster='' number
    members=''
    for number in 0 1 2; do
        client+=("$(free_port)") peer+=("$(free_port)")
        cluster+=${cluster:+,}m$number=http://127.0.0.1:${peer[number]}
        members+=${members:+,}http://127.0.0.1:${client[number]}
    done
    for number in 0 1 2; do
        etcd --name "m$number" --data-dir "$work/member$number" --log-level error --pre-vote \
            --listen-client-urls "http://127.0.0.1:${client[number]}" \
            --advertise-client-urls "http://127.0.0.1:${client[number]}" \
            --listen-peer-urls "http://127.0.0.1:${peer[number]}" \
            --initial-advertise-peer-urls "http://127.0.0.1:${peer[number]}" \
            --initial-cluster "$cluster" >"$work/member$number.out" 2>&1 &
        server[member$number]=$!
    done
    for number in 0 1 2; do wait_port "${client[number]}" "member$number"; done
}

replicated() {
    local round clients
    start_members
    etcd_url=$members
    for round in $(seq "$rounds"); do
        say "the shared log beside puts on three members, round $round of $rounds"
        for clients in 1 256; do
            measure "replicated$clients/pisces" "$replicatedbench" "$members" "$clients" "$seconds" 256
            etcd_load "replicated$clients" put $((clients > 1 ? 8 : 1)) "$clients"
        done
    done
    for round in 0 1 2; do end_server "member$round"; done
}
