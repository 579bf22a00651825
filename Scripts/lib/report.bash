# Counts what passed, failed and was skipped, remembers names and reasons, and prints them last.
# Used by `. Scripts/lib/report.bash`; the short form of CI and the long form of the night share it.
#
# With report_again=1 what fails is tried once more. What then passes is unsteady: it does not fail the run, but
# stands in the list with what it said the first time, and in the closing line (RFD 0026 says why).
passed=0 failed=0 skipped=0 unsteady=0
report_folder=$(mktemp -d)
report_said=$report_folder/said
report_failures=$report_folder/failures
report_skips=$report_folder/skips
report_unsteady=$report_folder/unsteady
: >"$report_failures"; : >"$report_skips"; : >"$report_unsteady"
trap 'rm -rf "$report_folder"' EXIT
# How many lines of one failure the closing list repeats.
report_most=20
# How many tests may be tried once more: more failures than that are no accident.
report_retries=3
# When the thing that is reported next began.
report_since=$SECONDS
# What these find is lost data, and never an accident.
report_once='kill9|powercut|diskfull|mounts|volumes|appkills|fleetdisks|fleetfaults'

# report NAME CODE: one thing that was done; what it said, which the list repeats, is $report_said.
report() {
    local took=$((SECONDS - report_since))
    report_since=$SECONDS
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); echo "ok: $1 ($took s)"; return; fi
    failed=$((failed + 1))
    echo "FAILED: $1"
    { echo "FAILED: $1"; grep -av '^ok: ' "$report_said" 2>/dev/null | tail -$report_most | sed 's/^/    /'; } \
        >>"$report_failures"
}

# run_tests OPTION…: the tests that are built. Their failures are counted one by one.
run_tests() {
    local log=$report_folder/tests status count bad gone list=$report_folder/tests.failures
    # What came before, as the build, took its own time.
    report_since=$SECONDS
    swift test --skip-build "$@" 2>&1 | tee "$log" \
        | grep -aE '✘|error:|recorded an issue|^(➜|↷)|Test run with'
    status=${PIPESTATUS[0]}
    count=$(grep -aoE 'Test run with [0-9]+ test' "$log" | grep -oE '[0-9]+' | tail -1)
    # The line of the whole run is no test.
    grep -av '^. Test run with' "$log" >"$log.each"
    bad=$(grep -acE '^✘ Test .* failed after' "$log.each")
    gone=$(grep -acE '^(➜|↷) Test .* skipped' "$log")
    grep -aE '^✘ Test .* failed after' "$log.each" | sed 's/^✘ /FAILED: /' >"$list"
    # An issue's line, and those below it that say more.
    awk '/^✘ Test .* recorded an issue/ { on = 1; sub(/^✘ /, ""); print; next }
        /^↳/ && on { print "    " $0; next }
        { on = 0 }' "$log.each" | cut -c 1-600 | sed 's/^/    /' | head -200 >>"$list"
    if [ "$bad" -gt 0 ] && pass_again "$log.each"; then
        unsteady=$((unsteady + bad)) bad=0 status=0
        sed 's/^FAILED: /unsteady: /' "$list" >>"$report_unsteady"
    else
        cat "$list" >>"$report_failures"
    fi
    grep -aE '^(➜|↷) Test .* skipped' "$log" | sed -E 's/^(➜|↷) /skipped: /' >>"$report_skips"
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        # A crash, or a run that could not start: its last lines say where.
        bad=1
        { echo "FAILED: swift test ended with $status"; tail -$report_most "$log" | sed 's/^/    /'; } \
            >>"$report_failures"
    fi
    echo "the tests took $((SECONDS - report_since)) s"
    report_since=$SECONDS
    failed=$((failed + bad)) skipped=$((skipped + gone))
    count=$((${count:-0} - bad - gone))
    passed=$((passed + (count > 0 ? count : 0)))
}

# pass_again LOG: whether the few tests that failed in it pass when they are run alone.
pass_again() {
    local names
    [ "${report_again:-0}" -eq 1 ] || return 1
    names=$(sed -nE 's/^✘ Test ([A-Za-z0-9_]+)\(.* failed after.*/\1/p' "$1" | sort -u)
    [ -n "$names" ] && [ "$(grep -acE '^✘ Test .* failed after' "$1")" -eq "$(wc -w <<<"$names")" ] || return 1
    [ "$(wc -w <<<"$names")" -le "$report_retries" ] || return 1
    echo "once more: $names"
    swift test --skip-build --no-parallel --filter "/($(paste -sd'|' <<<"$names"))\(" 2>&1 \
        | grep -aE '✘|error:|recorded an issue|Test run with'
    [ "${PIPESTATUS[0]}" -eq 0 ]
}

# run_rig FILE: a rig. 77 says that it could not run at all; what it says after `skipped: ` is a
# part that could not.
run_rig() {
    [ -e "$1" ] || return 0
    local code gone
    bash "$1" 2>&1 | tee "$report_said"
    code=${PIPESTATUS[0]}
    if [ "$code" -ne 0 ] && [ "$code" -ne 77 ] && [ "${report_again:-0}" -eq 1 ] \
        && [[ ! $1 =~ /($report_once)\.sh$ ]]; then
        mv "$report_said" "$report_said.first"
        echo "once more: $1"
        bash "$1" 2>&1 | tee "$report_said"
        code=${PIPESTATUS[0]}
        if [ "$code" -eq 0 ]; then
            unsteady=$((unsteady + 1))
            { echo "unsteady: $1"; grep -av '^ok: ' "$report_said.first" | tail -$report_most | sed 's/^/    /'; } \
                >>"$report_unsteady"
        fi
    fi
    gone=$(grep -acE 'skipped: ' "$report_said")
    grep -a 'skipped: ' "$report_said" | sed -E "s/\x1b\[[0-9;]*m//g; s|^skipped: |skipped: $1: |" >>"$report_skips"
    grep -aE '^FAILED: ' "$report_said" >"$report_said.bad"
    [ -s "$report_said.bad" ] && mv "$report_said.bad" "$report_said"
    skipped=$((skipped + gone))
    if [ "$code" -ne 77 ]; then report "$1" "$code"; return; fi
    [ "$gone" -gt 0 ] && return
    skipped=$((skipped + 1))
    echo "skipped: $1: it did not say why" >>"$report_skips"
}

# close_report: the lists, the closing line, and the exit code.
close_report() {
    echo
    sed $'s/.*/\e[31m&\e[0m/' "$report_skips"
    cat "$report_unsteady" "$report_failures"
    echo "$passed passed, $failed failed, $skipped skipped, $unsteady only the second time"
    [ "$failed" -eq 0 ]
}
