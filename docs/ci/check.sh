#!/bin/sh
# Builds this project, holds it to samebytes.toml and to its lock, and writes the reports.
#
#   sh ci/check.sh [REPORTS [OPTION...]]
#
# REPORTS is the folder for them (default: reports); options go to samebytes check (--realm linux).
# Exit code: 0 everything agreed, 1 something did not, 2 and 3 it could not be found out.
set -eu
cd "$(dirname "$0")/.."
reports=${1:-reports}
[ $# -eq 0 ] || shift
mkdir -p build "$reports"

# The project's own build. On Linux the Windows program is built, too, where its compiler is there: Wine runs it.
case $(uname -s) in
    MINGW* | MSYS* | CYGWIN*)
        system=windows
        gcc -Iinclude -o build/sim.exe src/sim.c
        ;;
    *)
        system=linux
        gcc -Iinclude -o build/sim src/sim.c
        if command -v x86_64-w64-mingw32-gcc >/dev/null; then
            x86_64-w64-mingw32-gcc -Iinclude -o build/sim.exe src/sim.c
        fi
        ;;
esac

status=0
samebytes lock --check car.lock include/car.h || status=$?
samebytes check "$@" \
    --report "$reports/$system.jsonl" \
    --html "$reports/$system.html" \
    --junit "$reports/$system.xml" \
    --sarif "$reports/$system.sarif" \
    ${GITHUB_ACTIONS:+--annotations github} ${GITLAB_CI:+--annotations gitlab} || status=$?
exit "$status"
