# SPDX-License-Identifier: MIT
#
# The checks of scripts/check-links, which gives the folder work with its lists of files,
# texts and names. Needs markdown.awk.

function complain(text) { print "check-links: " file ":" line ": " text; bad = 1 }

# A shell pattern of one star or more, among the files.
function matches(pattern,    f) {
  gsub(/\./, "[.]", pattern)
  gsub(/\*/, "[^/]*", pattern)
  for (f in there) if (f ~ ("^" pattern "$")) return 1
  return 0
}

function is_there(path) {
  sub(/\/$/, "", path)
  if (path ~ /\*/) return matches(path)
  return (path in there) || ((path ".c") in there)
}

function check_link(target,    at, path, anchor) {
  sub(/ ".*$/, "", target)
  if (target ~ /^[a-z]+:/ || target == "") return
  links++
  at = index(target, "#")
  path = at ? substr(target, 1, at - 1) : target
  anchor = at ? substr(target, at + 1) : ""
  path = path == "" ? file : resolve(file, path)
  if (!((path) in there)) complain("there is no " path)
  else if (anchor != "" && path ~ /\.md$/ && !((path "#" anchor) in anchors))
    complain(path " has no heading #" anchor)
}

# Where a path in code may be meant to begin.
function find_path(path) {
  if (is_there(path)) return path
  if (is_there("lib/src/" path)) return "lib/src/" path
  if (is_there("lib/include/" path)) return "lib/include/" path
  if (is_there(resolve(file, path))) return resolve(file, path)
  return path in base ? base[path] : ""
}

function looks_like_path(code) {
  if (code !~ /^[A-Za-z0-9_.*\/-]+$/ || code ~ /foo/) return 0
  if (code ~ /^(lib|apps|bench|test|cmake|scripts|docs)\/./) return 1
  return code ~ /^[a-z0-9_]+(\/[a-z0-9_]+)*\.(c|h|cpp|md)$/ && code != "cblas.h"
}

function occurs(name, path,    text, found) {
  while ((getline text < path) > 0) {
    if (match(text, "(^|[^A-Za-z0-9_])" name "($|[^A-Za-z0-9_])")) { found = 1; break }
  }
  close(path)
  return found
}

function check_code(code,    word) {
  word = code
  sub(/[ (].*$/, "", word)
  if (word ~ /foo/) return
  if (word ~ /^(dpb|DPB)_[A-Za-z0-9_]*[A-Za-z0-9]$/ && !(word in names))
    complain(word " is not a name of the library")
  if (word ~ /^test_[a-z0-9_]+$/ && !((word ".c") in base) && !((word ".cpp") in base))
    complain("there is no test " word)
  if (word ~ /^ch0[2-8]_[a-z0-9_]+$/ && !(("apps/book/" word ".c") in there))
    complain("there is no program apps/book/" word ".c")
  if (looks_like_path(code) && find_path(code) == "") complain("there is no " code)
}

# The spans of code in a line. Names that wait for "in `path`" are in waiting[].
function check_spans(text,    at, end, code, between, n, i, path) {
  n = 0
  while ((at = index(text, "`")) > 0) {
    between = substr(text, 1, at - 1)
    text = substr(text, at + 1)
    end = index(text, "`")
    if (end == 0) return
    code = substr(text, 1, end - 1)
    text = substr(text, end + 1)
    spans++
    if (history) continue
    check_code(code)
    if (between == " in " && n > 0) {
      path = find_path(code)
      if (path != "") for (i = 1; i <= n; i++)
        if (!occurs(waiting[i], path)) complain(waiting[i] " is not in " path)
    }
    if (between != ", " && between != " and ") n = 0
    if (code ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && code !~ /foo/) waiting[++n] = code
    else n = 0
  }
}

function is_fence(text) { return text ~ /^ *```/ }

function read_anchors(    text, inside, s) {
  while ((getline text < file) > 0) {
    if (is_fence(text)) inside = !inside
    if (inside) continue
    if (text ~ /^#+ /) {
      sub(/^#+ +/, "", text)
      s = slug(text)
      if (((file "#" s) in anchors)) s = s "-" (++again[file "#" s])
      anchors[file "#" s]
    }
    while (match(text, /<a (id|name)="[^"]+"/)) {
      s = substr(text, RSTART, RLENGTH)
      text = substr(text, RSTART + RLENGTH)
      gsub(/^[^"]*"|"$/, "", s)
      anchors[file "#" s]
    }
  }
  close(file)
}

function check_text(    text, inside, rest, target) {
  line = 0
  while ((getline text < file) > 0) {
    line++
    if (is_fence(text)) inside = !inside
    if (inside || text ~ /^    /) continue
    check_spans(text)
    gsub(/`[^`]*`/, "``", text)
    rest = text
    while (match(rest, /\]\([^) ]+( "[^"]*")?\)/)) {
      check_link(substr(rest, RSTART + 2, RLENGTH - 3))
      rest = substr(rest, RSTART + RLENGTH)
    }
    rest = text
    while (match(rest, /(src|href)="[^"]+"/)) {
      target = substr(rest, RSTART, RLENGTH)
      rest = substr(rest, RSTART + RLENGTH)
      gsub(/^[^"]*"|"$/, "", target)
      check_link(target)
    }
    if (match(text, /^\[[^]]+\]: +/)) check_link(substr(text, RLENGTH + 1))
  }
  close(file)
}

BEGIN {
  while ((getline f < (work "/files")) > 0) {
    there[f]
    b = f
    sub(/^.*\//, "", b)
    base[b] = f
  }
  while ((getline f < (work "/names")) > 0) names[f]
  while ((getline f < (work "/texts")) > 0) texts[++count] = f
  for (t = 1; t <= count; t++) { file = texts[t]; read_anchors() }
  for (t = 1; t <= count; t++) {
    file = texts[t]
    history = file == "CHANGELOG.md"
    check_text()
  }
  if (links + spans == 0) { print "check-links: nothing to check"; bad = 1 }
  exit bad
}
