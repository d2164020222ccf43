# SPDX-License-Identifier: MIT
#
# What the tests of the program share. Each is called as
#   test-NAME PROGRAM SAMPLE_FOLDER SHARED_FOLDER
# and ends with "N passed, N failed". A test that cannot run here exits with 77.
# shellcheck shell=bash
set -u
program=$(realpath "$1") sample=$(realpath "$2") shared=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/deepblas-cli.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export DEEPBLAS_SAMPLE_DIR=$sample
# Under the sanitizers, memory that cannot be had must be refused as it is without them.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_may_return_null=1
export TSAN_OPTIONS=${TSAN_OPTIONS:+$TSAN_OPTIONS:}allocator_may_return_null=1
passed=0 failed=0
name=deepblas # what messages begin with

# run ARGUMENT...: the program's $status, $out and $err.
run() {
  ran="$name $*"
  status=0
  "$program" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
  read_output
}

read_output() {
  out=$(<"$work/out")
  # The sanitizers say on stderr what they refuse to allocate.
  err=$(grep -av '^==[0-9]*==WARNING' "$work/err")
}

# check WORDS COMMAND...: counts whether the command succeeds.
check() {
  if "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n  %s\n  status %s\n  stdout: %s\n  stderr: %s\n' \
      "$1" "$ran" "$status" "${out:0:600}" "${err:0:600}"
  fi
}

# contains TEXT PART...: each part occurs in the text.
contains() {
  local part
  for part in "${@:2}"; do
    [[ $1 == *"$part"* ]] || return 1
  done
}

one_line() { [[ -n $1 && $1 != *$'\n'* ]]; }

# refused STATUS PART... -- ARGUMENT...: the program ends with the status, says nothing on
# stdout and one line on stderr, which names itself and holds every part.
refused() {
  local wanted=$1 parts=()
  shift
  while [[ $1 != -- ]]; do
    parts+=("$1")
    shift
  done
  shift
  run "$@"
  check "status $wanted" test "$status" = "$wanted"
  check 'one line on stderr' one_line "$err"
  check 'begins with the name' contains "|$err" "|$name"
  check "says: ${parts[*]}" contains "$err" "${parts[@]}"
  check 'nothing on stdout' test -z "$out"
}

# worked ARGUMENT...: exit status 0 and a silent stderr.
worked() {
  run "$@"
  check 'status 0' test "$status" = 0
  check 'nothing on stderr' test -z "$err"
}

finish() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [[ $failed == 0 && $passed != 0 ]]
  exit
}

skip() {
  printf 'skipped: %s\n' "$1"
  exit 77
}
