# SPDX-License-Identifier: MIT
#
# The work of scripts/doxygen-filter-md, which gives file, the text's path in the tree.
# Needs markdown.awk.

# A name without anything that Doxygen would not take in one.
function page(path) {
  gsub(/[^A-Za-z0-9]/, "_", path)
  return "page_" path
}

# Bytes beyond ASCII as numbers, for headings in Japanese.
function anchor(path, name,    out, i, c) {
  out = page(path) "_"
  for (i = 1; i <= length(name); i++) {
    c = substr(name, i, 1)
    out = out ((c in number) ? number[c] : c)
  }
  return out
}

BEGIN { for (i = 128; i < 256; i++) number[sprintf("%c", i)] = i }

# One link, [text](target), as Doxygen wants it.
function link(text, target,    at, path, name) {
  if (target ~ /^[a-z]+:/) return "[" text "](" target ")"
  at = index(target, "#")
  name = at ? substr(target, at + 1) : ""
  path = at ? substr(target, 1, at - 1) : target
  path = path == "" ? file : resolve(file, path)
  if (path !~ /\.md$/) return text
  return "[" text "](#" (name == "" ? page(path) : anchor(path, name)) ")"
}

function links(text,    out, piece, middle, target) {
  out = ""
  while (match(text, /!?\[[^][]*\]\([^) ]+\)/)) {
    piece = substr(text, RSTART, RLENGTH)
    out = out substr(text, 1, RSTART - 1)
    text = substr(text, RSTART + RLENGTH)
    middle = index(piece, "](")
    target = substr(piece, middle + 2, length(piece) - middle - 2)
    # Doxygen finds a picture by the end of its path, and copies it.
    if (piece ~ /^!/) out = out substr(piece, 1, middle + 1) resolve(file, target) ")"
    else out = out link(substr(piece, 2, middle - 2), target)
  }
  return out text
}

/^ *```/ { inside = !inside; print; next }
inside || /^    / { print; next }

/^#+ / {
  name = $0
  sub(/^#+ +/, "", name)
  name = slug(name)
  if (!titled++) { print $0 " {#" page(file) "}"; next }
  if (seen[name]++) name = name "-" (seen[name] - 1)
  print $0 " {#" anchor(file, name) "}"
  next
}

{ print links($0) }
