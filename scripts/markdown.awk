# SPDX-License-Identifier: MIT
#
# What the scripts that read Markdown share.

# The anchor that a heading gets: lower case, without punctuation, blanks as dashes.
function slug(text,    out, i, c) {
  text = tolower(text)
  gsub(/\]\([^)]*\)/, "", text)
  out = ""
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == " ") out = out "-"
    else if (c ~ /[a-z0-9_-]/ || c > "~") out = out c
  }
  return out
}

# folder/../target, without its dots.
function resolve(from, target,    part, n, i, out, depth) {
  if (target ~ /^\//) return target
  sub(/[^\/]*$/, "", from)
  n = split(from target, part, "/")
  depth = 0
  for (i = 1; i <= n; i++) {
    if (part[i] == "" || part[i] == ".") continue
    if (part[i] == "..") { if (depth > 0) depth--; continue }
    out[++depth] = part[i]
  }
  from = ""
  for (i = 1; i <= depth; i++) from = from (i > 1 ? "/" : "") out[i]
  return from
}
