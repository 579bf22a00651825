# The group `balance` of Scripts/bench: the builtin balancer beside haproxy, each in turn with the same two
# backends and clients. Uses its functions and $work, $rounds, $seconds.

build_balance() {
    say "building the balancer's rig"
    command -v haproxy >/dev/null || die "haproxy is not installed; the group balance needs it"
    cc -O2 -Wall -Wextra -Werror -std=gnu17 -o "$work/backend" Benchmarks/Backend/backend.c
    swift build -c release "${release_flags[@]}" --product BalanceRig \
        >"$work/build.out" 2>&1 || die "$(grep error: "$work/build.out" | head -5)"
    balance_rig=$(swift build -c release --show-bin-path)/BalanceRig
}

# balance_load KEY PORT CLIENTS: requests, p50 and p99 by wrk; an answer that is not 200 has no figure.
balance_load() {
    local said
    said=$(wrk -t1 -c"$3" -d"${seconds}s" --latency "http://127.0.0.1:$2/" 2>&1)
    if grep -qE 'Non-2xx|Socket errors' <<<"$said" || ! grep -q Requests/sec <<<"$said"; then
        failures=$((failures + 1))
        say "$1 failed: $(tail -n 4 <<<"$said")"
        return
    fi
    # shellcheck disable=SC2046
    record "$1" $(awk '
        function us(text) {
            return text ~ /us$/ ? text + 0 : text ~ /ms$/ ? text * 1000 : text * 1000000
        }
        /Requests\/sec/ { printf "ops=%s ", $2 }
        $1 == "50%" { p50 = us($2) }
        $1 == "99%" { p99 = us($2) }
        END { printf "p50us=%s p99us=%s", p50, p99 }' <<<"$said")
}

balance() {
    local one two ours theirs clients
    one=$(free_port) two=$(free_port) ours=$(free_port) theirs=$(free_port)
    "$work/backend" "$one" 128 & server[backend1]=$!
    "$work/backend" "$two" 128 & server[backend2]=$!
    mkfifo "$work/balance"
    # The rig ends with its standard input, which therefore stays open.
    exec 7<>"$work/balance"
    "$balance_rig" "127.0.0.1:$ours" http round-robin 2 "127.0.0.1:$one" "127.0.0.1:$two" \
        <&7 >"$work/balance.out" 2>&1 & server[balance]=$!
    cat >"$work/haproxy.cfg" <<END
global
    maxconn 4096
defaults
    mode http
    option forwardfor
    timeout connect 3s
    timeout client 60s
    timeout server 30s
    balance roundrobin
frontend bench
    bind 127.0.0.1:$theirs
    default_backend bench
backend bench
    server one 127.0.0.1:$one
    server two 127.0.0.1:$two
END
    haproxy -db -f "$work/haproxy.cfg" >"$work/haproxy.out" 2>&1 & server[haproxy]=$!
    wait_port "$ours" balance
    wait_port "$theirs" haproxy
    for round in $(seq "$rounds"); do
        say "balancer beside haproxy, round $round of $rounds"
        for clients in 1 64 256; do
            balance_load "balance$clients/pisces" "$ours" "$clients"
            balance_load "balance$clients/haproxy" "$theirs" "$clients"
        done
    done
    exec 7>&-
    for name in haproxy balance backend1 backend2; do end_server "$name"; done
}
