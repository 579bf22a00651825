# The group `copy` of Scripts/bench: a running host copies itself to a directory, beside `cp -a` of that very directory. Uses
# its functions and $work, $rounds, $pisces.

# An app of 240 MB in forty large and four hundred small files: what a system of some size consists of.
copy_bundle() {
    local number
    mkdir -p "$work/big/files"
    for number in $(seq 40); do head -c 6000000 /dev/urandom >"$work/big/files/large-$number"; done
    for number in $(seq 400); do head -c 20000 /dev/urandom >"$work/big/files/small-$number"; done
    printf '#!/bin/sh\nexec sleep 1000000\n' >"$work/big/files/run"
    chmod +x "$work/big/files/run"
    cat >"$work/big/app.yaml" <<'END'
app: big
version: 1.0.0
directory: files
components:
  big: {run: {native: ./run}, count: 1}
END
    "$pisces" store add "$work/big" >/dev/null && "$pisces" store install big >/dev/null 2>&1 \
        || die "the bundle is not installed"
}

# Milliseconds of processor time of the node.
copy_spent() { awk '{ print ($14 + $15) * 10 }' "/proc/${server[pisces]}/stat"; }

# Both read what is in the page cache and end when the disk has all.
copy_once() {
    local begun spent
    rm -rf "$work/copy" "$work/again"
    sync -f "$work"
    begun=$(date +%s%N) spent=$(copy_spent)
    "$pisces" reproduce --to "dir:$work/copy" >"$work/said" 2>&1 || die "no copy: $(tail -n 1 "$work/said")"
    record copy/pisces "ms=$(apps_ms "$begun")" "cpu=$(($(copy_spent) - spent))" \
        "mb=$(du -s --block-size=1000 "$work/copy" | awk '{ print $1 / 1000 }')"
    sync -f "$work"
    begun=$(date +%s%N)
    cp -a "$work/copy" "$work/again"
    sync -f "$work/again"
    record copy/cp "ms=$(apps_ms "$begun")"
    cmp -s "$work/copy/description" "$work/again/description" || die "cp copied something else"
}

copy() {
    export PISCES_STATE=$work/copied
    start_pisces copied
    copy_bundle
    local round
    for round in $(seq "$rounds"); do
        say "a host copies itself beside cp -a, round $round of $rounds"
        copy_once
    done
    "$pisces" app remove big >/dev/null 2>&1 || say "the app of the copies was not removed"
    end_server pisces
    rm -rf "$work/copy" "$work/again" "$work/copied" "$work/big"
    unset PISCES_STATE
}
