# SPDX-License-Identifier: MIT
#
# What the tests of the programs of the book share, beside cli-test.sh. Each is called as
# test-NAME PROGRAMS_FOLDER SAMPLE SHARED.
# shellcheck shell=bash
source "$(dirname "${BASH_SOURCE[0]}")/cli-test.sh"
folder=$program
gnuplot=$(command -v gnuplot)

# book NAME: the program that run, worked and refused call from now on.
book() {
  name=$1
  program=$folder/$1
}

# with_out ARGUMENT...: worked, with --out; without gnuplot it says so on stderr.
with_out() {
  run "$@" --out "$work/csv"
  check 'status 0' test "$status" = 0
  [[ -z $gnuplot ]] || check 'nothing on stderr' test -z "$err"
}

# wrote FILE COLUMNS ROWS: a CSV file of the last run, its first line and number of others.
wrote() {
  check "wrote $1" test -f "$work/csv/$1"
  check "columns of $1" test "$(head -n 1 "$work/csv/$1")" = "$2"
  check "rows of $1" test "$(($(wc -l <"$work/csv/$1") - 1))" = "$3"
  check "as many fields in each row of $1" test -z "$(awk -F, '
    NR == 1 { n = NF } NF != n || /(^|,)(,|$)|nan|inf/' "$work/csv/$1")"
  check "says so" contains "$out" "numbers    $work/csv/$1"
}

# drew NAME PART...: the script of a picture of the last run, with each part in it, and the
# picture where there is gnuplot.
drew() {
  check "script $1.gp" test -s "$work/csv/$1.gp"
  check "in $1.gp: ${*:2}" contains "$(<"$work/csv/$1.gp")" "${@:2}"
  [[ $gnuplot ]] || return
  check "$1.png" test "$(head -c 4 "$work/csv/$1.png" | tail -c 3)" = PNG
  check "$1.svg" grep -q '</svg>' "$work/csv/$1.svg"
}

# Of the last run, what is said of its result: neither where it was written nor drawn.
result() { sed '/^numbers /,$d; /^picture /,$d; /^$/,$d' <<<"$out"; }
