# SPDX-License-Identifier: MIT
#
# What the scripts share; sourced by them, not run. Sets $root, the top of the tree.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %s\n' "${0##*/}" "$*"; }

fail() {
  printf '%s: FAILED: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

jobs() { nproc 2>/dev/null || echo 2; }

# What building the library and the program takes, on Debian and Ubuntu.
build_packages=(gcc libc6-dev make cmake pkg-config libopenblas-dev libzip-dev zlib1g-dev
  libpng-dev)
# What the tests take on top of that.
check_packages=(g++ clang libclang-rt-dev clang-format binutils curl ca-certificates
  libcmocka-dev gnuplot-nox gcovr doxygen dpkg-dev file git help2man zsh locales
  libopenblas0-pthread libopenblas0-openmp libopenblas0-serial)

missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
      echo "$name"
  done
}

# need_packages NAME...: installs those that are missing. On other systems than Debian and
# Ubuntu it only says what is needed: CMake names what it does not find.
need_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "no apt-get here; these Debian packages, or what your system calls them, are needed: $*"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  say "installing ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "no sudo here; as root, run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
    -q -y -o Dpkg::Use-Pty=0)
  "${apt[@]}" update >/dev/null || say "apt-get update failed; trying with the lists there are"
  "${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null ||
    fail "could not install ${missing[*]}"
}

need_cmake() {
  local have
  have=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  [[ -n $have ]] || fail "cmake is missing"
  [[ $(printf '%s\n3.25\n' "$have" | sort -V | head -n 1) == 3.25 ]] ||
    fail "cmake is $have, and 3.25 or newer is needed (Debian 12, Ubuntu 24.04 have it)"
}
