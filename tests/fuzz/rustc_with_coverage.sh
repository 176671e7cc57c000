#!/bin/sh
# rustc for the crates of this workspace, as cargo's RUSTC_WORKSPACE_WRAPPER: the crates that have targets
# get the counters and comparisons that libFuzzer steers by. All crates of others are those of the
# ordinary build.
#
# cargo does not see a change of this file: after one, remove target/debug/.fingerprint/digitalex-*.
case " $* " in
*" --crate-name digitalex_sim "* | *" --crate-name digitalex_store "*)
    exec "$@"
    ;;
# Large, and its part of the work is small.
*" --crate-name digitalex_rollout "*)
    level=0
    ;;
*)
    level=1
    ;;
esac
exec "$@" \
    -Copt-level=$level \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
