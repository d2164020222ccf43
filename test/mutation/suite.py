# SPDX-License-Identifier: MIT
"""The test suite as scripts/mutate runs it: one build, and a library with a fault in front
of it by LD_LIBRARY_PATH."""
import filecmp
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from faults import ROOT

HERE = os.path.join(ROOT, "build", "mutate")
TREE = os.path.join(HERE, "tree")
PLAIN, SANITIZED = "plain", "sanitized"
# -O2, so that a fault that the compiler knows to change nothing gives the same object.
# The sanitizers see what is read or written outside, and what is not given back; they run
# the library's own tests, not those of the programs.
OPTIONS = {
    PLAIN: ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O2 -DNDEBUG",
            "-DDEEPBLAS_BUILD_APPS=ON"],
    SANITIZED: ["-DCMAKE_BUILD_TYPE=Debug", "-DDEEPBLAS_BUILD_APPS=OFF",
                "-DCMAKE_C_FLAGS_DEBUG=-O1 -fno-omit-frame-pointer",
                "-DCMAKE_C_FLAGS=-fsanitize=address,undefined -fno-sanitize-recover=all",
                "-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined -fno-sanitize-recover=all"],
}
# Lint and documents do not run the library, consumers install it. Variants, the same tests
# with other builds of OpenBLAS, run for a fault in the file that they belong to.
LEFT_OUT = {"lint", "docs", "install", "variant", "slow", "bench"}


def run(command, seconds, **more):
    """(exit code, output) of a command; (None, "") when it took longer. Its whole process
    group is ended in any case."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True, text=True,
                          errors="replace", **more) as process:
        try:
            out, _ = process.communicate(timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            code, out = None, ""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if code is None:
            process.communicate()
        return code, out


def must(command, seconds, **more):
    code, out = run(command, seconds, **more)
    if code != 0:
        sys.exit("mutate: FAILED: %s\n%s" % (" ".join(command), out[-2000:]))
    return out


def copy_tree():
    """Brings the copy up to date; what did not change keeps its time, for make. Where
    something did, all tests have to show anew that they pass without a fault."""
    def names(top):
        found = set()
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name not in ("build", ".git")]
            found.update(os.path.relpath(os.path.join(folder, name), top) for name in files)
        return found
    here, there = names(ROOT), names(TREE)
    changed = there - here
    for name in changed:
        os.remove(os.path.join(TREE, name))
    for name in here:
        source, target = os.path.join(ROOT, name), os.path.join(TREE, name)
        if name not in there or not filecmp.cmp(source, target, shallow=False):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)
            changed.add(name)
    for kind in (PLAIN, SANITIZED):
        seconds = os.path.join(HERE, kind, "seconds.json")
        if changed and os.path.exists(seconds):
            os.remove(seconds)


class Test:
    def __init__(self, entry, suite):
        self.name = entry["name"]
        # AddressSanitizer takes terabytes of addresses.
        self.addresses = "unlimited" if suite.kind == SANITIZED else 16 << 20
        self.command = entry["command"]
        properties = {p["name"]: p["value"] for p in entry["properties"]}
        self.folder = properties.get("WORKING_DIRECTORY", suite.folder)
        self.labels = set(properties.get("LABELS", []))
        self.environment = dict(pair.split("=", 1) for pair in
                                properties.get("ENVIRONMENT", []))
        self.skip = properties.get("SKIP_RETURN_CODE")
        self.text = properties.get("PASS_REGULAR_EXPRESSION")
        self.seconds = properties.get("TIMEOUT", 1500.0) / 10
        self.lock = threading.Lock()
        self.good = None

    def limit(self):
        """Seconds of processor time: an endless loop is to be noticed soon."""
        return int(min(10 * self.seconds + 5, 3 * self.seconds + 120))

    def run(self, library=None, programs=None, scratch=None):
        """"ok", "skipped", "failed" or "time": with the library, and the statically linked
        programs, of these folders."""
        command = list(self.command)
        environment = dict(os.environ, **self.environment)
        if library:
            more = self.environment.get("LD_LIBRARY_PATH")
            environment["LD_LIBRARY_PATH"] = library + (":" + more if more else "")
            environment["TMPDIR"] = scratch
            own = os.path.join(programs, os.path.basename(command[0]))
            if os.path.exists(own):
                command[0] = own
        # Faults eat memory and disks, too.
        guard = "ulimit -c 0; ulimit -t %d; ulimit -v %s; ulimit -f 4194304; exec \"$@\""
        guard %= self.limit(), self.addresses
        code, out = run(["sh", "-c", guard, "sh"] + command,
                        4 * self.limit() + 20, cwd=self.folder, env=environment)
        if code is None or code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            return "time"
        if self.skip is not None and code == self.skip:
            return "skipped"
        if self.text:
            return "ok" if re.search("|".join(self.text), out) else "failed"
        return "ok" if code == 0 else "failed"


class Suite:
    """A build without a fault: commands, tests, and how long each takes."""

    def __init__(self, kind, jobs):
        self.kind, self.jobs = kind, jobs
        self.folder = os.path.join(HERE, kind)
        self.build()
        self.sources, self.unit_tests = {}, {}
        with open(os.path.join(self.folder, "compile_commands.json"), encoding="utf-8") as file:
            for entry in json.load(file):
                path = os.path.relpath(entry["file"], TREE)
                if path.startswith("lib/src/"):
                    self.sources[path] = shlex.split(entry["command"])
                elif path.startswith("test/unit/"):
                    name = os.path.basename(path)[:-2]
                    self.unit_tests[name] = shlex.split(entry["command"])
        self.users = self.read_users()
        # ctest knows no command of a program that is not built yet; the plain build is whole.
        plain = os.path.join(HERE, PLAIN)
        out = must(["ctest", "--test-dir", plain, "--show-only=json-v1"], 60)
        out = out.replace(plain, self.folder)
        tests = [Test(entry, self) for entry in json.loads(out)["tests"] if "command" in entry]
        self.tests = [test for test in tests if not test.labels & LEFT_OUT]
        self.variants = [test for test in tests if "variant" in test.labels]
        self.counted = self.read_counted()
        self.lock = threading.Lock()
        self.seconds = {}
        if os.path.exists(os.path.join(self.folder, "seconds.json")):
            with open(os.path.join(self.folder, "seconds.json"), encoding="utf-8") as file:
                self.seconds = json.load(file)
        if kind == PLAIN:
            self.measure()

    def build(self):
        injected = os.path.join(TREE, "test", "mutation", "open-library.cmake")
        must(["cmake", "-G", "Unix Makefiles", "-S", TREE, "-B", self.folder,
              "-DBUILD_SHARED_LIBS=ON",
              "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DDEEPBLAS_BUILD_BENCH=OFF",
              "-DDEEPBLAS_SHARED=" + os.path.join(os.path.dirname(ROOT), "shared"),
              "-DCMAKE_PROJECT_deepblas_INCLUDE=" + injected] + OPTIONS[self.kind], 300)
        what = [] if self.kind == PLAIN else ["--target", "deepblas", "deepblas_static"]
        must(["cmake", "--build", self.folder, "-j", str(self.jobs)] + what, 3600)

    def read_users(self):
        """header: the sources that include it, from what the compiler wrote down."""
        users = {}
        for path in self.sources:
            with open(self.object_of(path) + ".d", encoding="utf-8") as file:
                words = file.read().replace("\\\n", " ").split()[1:]
            for word in words:
                word = os.path.relpath(os.path.join(self.folder, "lib", word), TREE)
                if word.startswith("lib/src/") and word != path:
                    users.setdefault(word, []).append(path)
        return users

    def object_of(self, path):
        return os.path.join(self.folder, "lib", "CMakeFiles", "deepblas_objects.dir",
                            path[len("lib/"):] + ".o")

    def includes(self, test, path):
        """Whether a test that is built includes a file of the library."""
        name = os.path.join(test.folder, "CMakeFiles", test.name + ".dir", "unit",
                            test.name + ".c.o.d")
        if not os.path.exists(name):
            return False
        with open(name, encoding="utf-8") as file:
            return path[len("lib"):] in file.read()

    def read_counted(self):
        """test: (folder, link command) of the programs that are linked statically."""
        found = {}
        for test in self.tests:
            name = os.path.basename(test.command[0])
            link = os.path.join(test.folder, "CMakeFiles", name + ".dir", "link.txt")
            if os.path.exists(link):
                with open(link, encoding="utf-8") as file:
                    command = shlex.split(file.read())
                if any(word.endswith("libdeepblas_static.a") for word in command):
                    found[test.name] = test.folder, command
        return found

    def measure(self):
        """Seconds of each test; those that do not pass without a fault are left out."""
        with ThreadPoolExecutor(self.jobs) as pool:
            good = list(pool.map(self.ready, self.tests))
        self.tests = [test for test, is_good in zip(self.tests, good) if is_good]
        self.tests.sort(key=lambda test: test.seconds)

    def ready(self, test):
        """Whether a test passes without a fault; then it is built, and its time known."""
        with test.lock:
            if test.good is None and test.name in self.seconds:
                test.good, test.seconds = True, self.seconds[test.name]
            elif test.good is None and not os.path.exists(
                    os.path.join(self.folder, "test", "CMakeFiles", test.name + ".dir")) and \
                    self.kind == SANITIZED:
                test.good = False  # it is of the programs
            elif test.good is None:
                if self.kind == SANITIZED:
                    with self.lock:  # one make at a time in a folder
                        must(["cmake", "--build", self.folder, "--target", test.name], 600)
                start = time.monotonic()
                result = test.run()
                test.seconds = time.monotonic() - start
                test.good = result == "ok"
                if test.good:
                    self.keep(test)
                elif result != "skipped":
                    print("mutate: %s (%s) does not pass without a fault, left out"
                          % (test.name, self.kind), flush=True)
            return test.good

    def keep(self, test):
        with self.lock:
            self.seconds[test.name] = test.seconds
            with open(os.path.join(self.folder, "seconds.json"), "w",
                      encoding="utf-8") as file:
                json.dump(self.seconds, file)

    def ordered(self, path):
        """(tests that belong to a source file, all others), the quick ones first."""
        base = os.path.basename(path).split(".")[0]
        header = os.path.splitext(path)[0].replace("lib/src/", "") + ".h"
        family = "test_" + base.split("_")[0]

        def rank(test):
            if test.name == "test_" + base:
                return 0
            source = os.path.join(TREE, "test", "unit", test.name + ".c")
            if test.seconds > 20 or not os.path.exists(source):
                return 2
            with open(source, encoding="utf-8") as file:
                near = '"%s"' % header in file.read()
            return 1 if near or test.name.startswith(family) else 2
        ranked = sorted(self.tests, key=rank)
        own = [test for test in ranked if rank(test) < 2]
        names = {test.name for test in own}
        return (own + [test for test in self.variants if test.name.split(".")[0] in names],
                [test for test in ranked if rank(test) == 2])

    def same(self, tests):
        """This build's tests of the same names."""
        own = {test.name: test for test in self.tests}
        return [own[test.name] for test in tests if test.name in own]
