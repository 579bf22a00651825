# The group `apps` of Scripts/bench: applications on a whole node. Uses its functions and $work, $rounds, $pisces.

# An app of so many replicas of the hello server: apps_file NAME VERSION COUNT PORT.
apps_file() {
    cat <<END
app: $1
version: $2
directory: $root/.build/apps/hello
components:
  web:
    run: {native: ./hello --port \$PORT}
    count: $3
    needs: {cpu: 0.001, memory: 8MiB}
    ports: {http: $4}
    health: {http: /healthz, every: 2s}
    update: {max-unavailable: 2}
services:
  $1: {component: web, port: http, listen: $(($4 - 1))}
END
}
apps_ms() { echo $((($(date +%s%N) - $1) / 1000000)); }
apps_wait() { until curl -sf -m 1 "http://127.0.0.1:$1/" >/dev/null; do sleep 0.02; done; }
# An OCI layout whose one layer has the hello server, made by Tests/Rigs/lib/layout.py: apps_image FOLDER. A line at
# the end of the program makes each image another one.
apps_image() {
    cp .build/apps/hello/hello "$work/hello"
    echo "$1" >>"$work/hello"
    python3 Tests/Rigs/lib/layout.py "$work/$1" "$work/hello"
}

# apps_fresh ROUND: from the layout of an image that was never here to the first answer, import and installation.
apps_fresh() {
    local begun
    apps_image "fresh$1"
    sed "s/oci: hello/oci: fresh$1/" "$work/oci.yaml" >"$work/fresh.yaml"
    begun=$(date +%s%N)
    "$pisces" image import "$work/fresh$1" --name "fresh$1" >/dev/null
    "$pisces" app install "$work/fresh.yaml" --no-wait >/dev/null 2>&1
    apps_wait 30220
    record fresh/pisces "first=$(apps_ms "$begun")"
    "$pisces" app remove image >/dev/null 2>&1
}

# apps_runc ROUND: the same image, unpacked before, as a bundle that runc runs on the network of the host.
apps_runc() {
    local bundle=$work/bundle$1 begun
    command -v runc >/dev/null || { say "runc is not here"; return 0; }
    mkdir -p "$bundle/rootfs"
    tar -xzf "$(ls -S "$work/fresh$1"/blobs/sha256/* | head -n 1)" -C "$bundle/rootfs"
    (cd "$bundle" && runc spec)
    jq '.process.terminal = false | .process.args = ["/hello", "--port", "30230"]
        | .linux.namespaces |= map(select(.type != "network"))' "$bundle/config.json" >"$bundle/config.new"
    mv "$bundle/config.new" "$bundle/config.json"
    begun=$(date +%s%N)
    runc run --detach --bundle "$bundle" "bench$1" </dev/null >/dev/null 2>&1
    apps_wait 30230
    record fresh/runc "first=$(apps_ms "$begun")"
    runc delete --force "bench$1"
}

# apps_ask KEY FILE PORT: from the file to the first answer, and from a death to the next answer.
apps_once() {
    local begun victim
    begun=$(date +%s%N)
    "$pisces" app install "$2" --no-wait >/dev/null 2>&1
    apps_wait "$3"
    record "$1" "first=$(apps_ms "$begun")"
    "$pisces" app status "${4:-one}" >/dev/null
    sleep 1
    victim=$("$pisces" app status "${4:-one}" -o json | jq '.components[0].replicas[0].pid')
    begun=$(date +%s%N)
    kill -9 "$victim"
    until ! curl -sf -m 1 "http://127.0.0.1:$3/" >/dev/null; do
        [ "$(apps_ms "$begun")" -gt 3000 ] && break
        sleep 0.02
    done
    apps_wait "$3"
    record "$1" "again=$(apps_ms "$begun")"
    "$pisces" app remove "${4:-one}" >/dev/null 2>&1
}

apps_update() {
    local said
    apps_file ten 1.0.0 10 30301 >"$work/ten.yaml"
    apps_file ten 1.1.0 10 30301 >"$work/ten2.yaml"
    "$pisces" app install "$work/ten.yaml" >/dev/null 2>&1
    wrk -t1 -c16 -d20s "http://127.0.0.1:30300/" >"$work/wrk" 2>&1 &
    local load=$!
    sleep 1
    local begun
    begun=$(date +%s%N)
    "$pisces" app update "$work/ten2.yaml" >/dev/null 2>"$work/error" || say "update: $(tail -n 1 "$work/error")"
    record update/pisces "took=$(apps_ms "$begun")"
    wait "$load"
    # Without any failure wrk says nothing of failures.
    said=$(awk '/Non-2xx/ { sum += $NF } /Socket errors/ { gsub(",", ""); sum += $4 + $6 + $8 + $10 } END { print sum + 0 }' \
        "$work/wrk")
    record update/pisces "failed=$said" "rate=$(awk '/Requests\/sec/ { print $2 }' "$work/wrk")"
    "$pisces" app remove ten >/dev/null 2>&1
}

apps_many() {
    local begun before
    apps_file many 1.0.0 500 31001 >"$work/many.yaml"
    begun=$(date +%s%N)
    "$pisces" app install "$work/many.yaml" --timeout 15m >/dev/null 2>"$work/error" \
        || { failures=$((failures + 1)); say "500 tasks: $(tail -n 1 "$work/error")"; }
    record many/pisces "took=$(apps_ms "$begun")"
    for _ in 1 2 3; do
        begun=$(date +%s%N)
        "$pisces" app status many >/dev/null
        record many/pisces "status=$(apps_ms "$begun")"
    done
    sleep 5
    before=$(awk '{ print $14 + $15 }' "/proc/${server[pisces]}/stat")
    sleep 20
    record many/pisces "idle=$(awk -v before="$before" '{ print ($14 + $15 - before) / 20 }' \
        "/proc/${server[pisces]}/stat")" "mb=$(awk '/VmRSS/ { print $2 / 1000 }' "/proc/${server[pisces]}/status")"
    "$pisces" app remove many --timeout 10m >/dev/null 2>&1
}

# What the node still runs ends with the measurement, however that went.
apps() {
    apps_measure || { failures=$((failures + 1)); say "apps: not all was measured"; }
    local app
    for app in $("$pisces" get app -A -o name 2>/dev/null); do
        "$pisces" app remove "${app#app/}" --timeout 10m >/dev/null 2>&1 || true
    done
    unset PISCES_STATE
    end_server pisces
}

apps_measure() {
    make -s -C Apps/hello
    start_pisces apps
    export PISCES_STATE=$state
    apps_image image
    apps_file one 1.0.0 1 30201 >"$work/one.yaml"
    "$pisces" image import "$work/image" --name hello >/dev/null
    sed "s|run: .*|run: {oci: hello, command: /hello --port \$PORT}|; s/app: one/app: image/; s/^  one:/  image:/; s/3020/3022/" \
        "$work/one.yaml" >"$work/oci.yaml"
    sed -i 's/listen: 30200/listen: 30220/' "$work/oci.yaml"
    for round in $(seq "$rounds"); do
        say "an app from its file, round $round of $rounds"
        apps_once native/pisces "$work/one.yaml" 30200
        apps_once oci/pisces "$work/oci.yaml" 30220 image
        apps_fresh "$round"
        apps_runc "$round"
    done
    say "a rolling update of ten under load"
    apps_update
    say "500 tasks"
    apps_many
}
