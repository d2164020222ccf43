# SPDX-License-Identifier: MIT
"""Where a small fault can be planted in lib/src, and which ones a seed draws."""
import hashlib
import os
import random
import re
from collections import namedtuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A change of one place: the bytes from begin to end of a file become `new`.
Fault = namedtuple("Fault", "path kind begin end new before after")

# (kind, pattern, replacement): applied to code without comments and texts.
PATTERNS = [
    ("sign", r"(?<=[\w\])] )\+(?= [\w(])", "-"),
    ("sign", r"(?<=[\w\])] )-(?= [\w(])", "+"),
    ("sign", r"(?<= )\+=(?= )", "-="),
    ("sign", r"(?<= )-=(?= )", "+="),
    ("operator", r"(?<=[\w\])] )\*(?= [\w(])", "+"),
    ("term", r"(?<=[\w\])]) [-+] \w[\w.>-]*(?:\[[\w ]*\])?(?=[;,)])", ""),
    ("bound", r"(?<= )<(?= )", "<="),
    ("bound", r"(?<= )<=(?= )", "<"),
    ("bound", r"(?<= )>(?= )", ">="),
    ("bound", r"(?<= )>=(?= )", ">"),
    ("condition", r"(?<= )==(?= )", "!="),
    ("condition", r"(?<= )!=(?= )", "=="),
    ("condition", r"(?<= )&&(?= )", "||"),
    ("condition", r"(?<= )\|\|(?= )", "&&"),
    ("condition", r"(?<=[( ])!(?=[a-z(])", ""),
    ("index", r"(?<=\w\[)(\w+)(?=\])", r"\1 + 1"),
    ("constant", r"(?<=[ (,])([1-9]\d*)(?=[;,) ])", None),
    ("constant", r"(?<=[ (])(\d+\.\d+)f?(?=[;,) ])", None),
    ("statement", r"^  +[\w\->.\[\]*]+(?:\[[^\]]*\])? [-+*/]?= [^;{}]*;$", ""),
    ("statement", r"^  +(?:dpb__|mem)\w+\([^;{}]*\);$", ""),
]

# Places that are no faults, and why: (kind or "", pattern on the line, reason). In the line
# the place stands between @ and @.
NO_FAULTS = [
    ("", r"DPB__KNOWN", "a fact for static analysis, nothing is computed"),
    ("condition", r"__builtin_cpu_supports.*@&&@|@&&@ __builtin_cpu_supports|"
                  r"^ +__builtin_cpu_supports|__get_cpuid.*@&&@",
     "takes a processor that has one of these and not the other"),
    ("constant", r"dpb__allocate\(.*@(?!1@)\d+@", "more memory than is needed"),
    ("constant", r"^ +(?:const )?(?:size_t|int) (?:capacity|larger|rows) = .*@(?!1@)\d+@",
     "how much room a list gets when it grows"),
    ("constant", r"\b(?:CHUNK|PIECE) = [^,;]*@(?!1@)\d+@", "how much is taken at a time"),
    ("", r"_alignas", "more or less alignment is speed"),
    ("", r"ASAN_|arena_guard\(", "AddressSanitizer's marks, in builds with it alone"),
    ("bound", r"(\S+) @[<>]=?@ (\S+) \? .*(\1 : \2|\2 : \1)",
     "the smaller or the larger of two that are equal is either"),
    ("", r"dtrtrs_\(|dpotr\w*_\(", "hidden lengths of Fortran's texts, which LAPACK ignores"),
    ("index", r"^ +(?:static |const |unsigned )*(?:char|float|double|int|size_t|bool|\w+_t|dpb_\w+|"
              r"[A-Z]\w*|struct \w+) \*?\w+\[@\w+@\](?:;| =|,)",
     "an array that is declared one longer"),
]


def can_run(path):
    """Whether this machine has the instructions of a file like vec_avx512.c."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = file.read()
    except OSError:
        flags = ""
    if "_avx512." in path:
        return "avx512f" in flags
    return "_avx2." not in path or "avx2" in flags


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_of(text):
    """The text with comments, texts in quotes and preprocessor lines blanked out."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', blank, text)
    text = re.sub(r"'(?:\\.|[^'\\\n])*'", blank, text)
    text = re.sub(r"^#(?:[^\n]*\\\n)*[^\n]*$", blank, text, flags=re.M)
    return text


def changed(match, replacement):
    if replacement is not None:
        return match.expand(replacement) if "\\" in replacement else replacement
    value = match.group(1)
    if "." in value:
        return match.group(0).replace(value, repr(float(value) * 1.5 + 0.25))
    # 1 is often a flag, and 2 would be the same flag.
    return "0" if value == "1" else str(int(value) + 1)


def bodies(code, path):
    """Where places are looked for: all of a source file; of a header the functions, since
    the tests that include it are not compiled again for another struct."""
    if not path.endswith(".h") or path.endswith(".inc.h"):
        return [(0, len(code))]
    found = re.finditer(r"^static inline [^;{]*\{.*?^\}", code, flags=re.M | re.S)
    return [match.span() for match in found]


def places(path):
    """All faults of a file."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        text = file.read()
    code = code_of(text)
    spans = bodies(code, path)
    found = []
    for kind, pattern, replacement in PATTERNS:
        for match in re.finditer(pattern, code, flags=re.M):
            begin, end = match.span()
            if not any(first <= begin and end <= last for first, last in spans):
                continue
            start, stop = code.rfind("\n", 0, begin) + 1, code.find("\n", end)
            if re.match(r"(static |const |typedef |enum )", code[start:begin]) and \
                    kind != "constant":
                continue
            line = "%s@%s@%s" % (code[start:begin], code[begin:end], code[end:stop])
            if any(where in ("", kind) and re.search(rule, line)
                   for where, rule, _ in NO_FAULTS):
                continue
            new = changed(match, replacement)
            before = " ".join(text[start:stop].split())
            after = " ".join((text[start:begin] + new + text[end:stop]).split())
            found.append(Fault(path, kind, begin, end, new, before, after))
    return found


def describe(fault):
    return ("%s: %s: %s => %s" % (fault.path, fault.kind, fault.before, fault.after)).strip()


def files(only):
    found = []
    for folder, _, names in os.walk(os.path.join(ROOT, "lib", "src")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), ROOT)
            if name.endswith((".c", ".h")) and only in path and can_run(path):
                found.append(path)
    return sorted(found)


def number(*parts):
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).hexdigest()


def draw(count, seed, only):
    """`count` lists of faults, evenly over the files. The first of a list that compiles to
    another program is to be planted. What a file gets depends on the seed and on that
    file alone, so that a change elsewhere leaves it."""
    pools = {}
    for path in files(only):
        pool = places(path)
        random.Random(number(seed, path)).shuffle(pool)
        if pool:
            pools[path] = pool
    slots = []
    turn = 0
    while len(slots) < count and any(len(pool) > turn for pool in pools.values()):
        order = [path for path in pools if len(pools[path]) > turn]
        order.sort(key=lambda path, turn=turn: number(seed, turn, path))
        slots += [(path, turn) for path in order[:count - len(slots)]]
        turn += 1
    most = {}
    for path, _ in slots:
        most[path] = most.get(path, 0) + 1
    return [pools[path][at::most[path]] for path, at in slots]
