# SPDX-License-Identifier: MIT
"""One fault: compiled, linked, and shown to the tests until one of them notices it."""
import os
import shutil

from faults import ROOT
from suite import HERE, TREE, must, run


class Planter:
    """A place of its own for one fault at a time, beside the build that all share."""

    def __init__(self, suite, number):
        self.suite = suite
        self.header = None
        self.home = os.path.join(HERE, "fault-%d-%s" % (number, suite.kind))

    def empty(self):
        shutil.rmtree(self.home, ignore_errors=True)
        for name in ("library", "programs", "objects", "include", "source", "tmp"):
            os.makedirs(os.path.join(self.home, name))
        self.counted = False

    def path(self, *parts):
        return os.path.join(self.home, *parts)

    def compile(self, source, folder, name):
        """The object of a source file, in which `folder` stands in front of lib/src; None:
        it does not compile."""
        own = os.path.join(folder, source[len("lib/src/"):])
        if not os.path.exists(own):
            own = os.path.join(TREE, source)
        return self.compile_as(self.suite.sources[source], own, folder, name)

    def compile_as(self, command, source, folder, name):
        command = list(command)
        command[command.index("-c") + 1] = source
        out = self.path("objects", name + ".o")
        command[command.index("-o") + 1] = out
        command.insert(1, "-I" + folder)
        code, _ = run(command, 300, cwd=os.path.join(self.suite.folder, "lib"))
        return out if code == 0 else None

    def write(self, fault):
        """The file with the fault, in a folder that stands in front of lib/src."""
        with open(os.path.join(TREE, fault.path), encoding="utf-8") as file:
            text = file.read()
        target = self.path("source", fault.path[len("lib/src/"):])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text[:fault.begin] + fault.new + text[fault.end:])

    def plant(self, fault):
        """Whether the fault compiles and the compiler makes another program of it. Then the
        library with the fault is in place."""
        self.empty()
        self.write(fault)
        self.header = fault.path if fault.path.endswith(".h") else None
        sources = self.suite.users.get(fault.path, [])
        if fault.path in self.suite.sources:
            sources = [fault.path] + sources
        objects, other = {}, False
        for number, source in enumerate(sources):
            made = self.compile(source, self.path("source"), str(number))
            if made is None:
                return False
            objects[source] = made
            other = other or contents(made) != contents(self.suite.object_of(source))
        if other:
            self.link(objects)
        return other

    def link(self, objects):
        folder = os.path.join(self.suite.folder, "lib")
        with open(os.path.join(folder, "CMakeFiles", "deepblas.dir", "link.txt"),
                  encoding="utf-8") as file:
            command = file.readline().split()
        names = {"CMakeFiles/deepblas_objects.dir/%s.o" % source[len("lib/"):]: made
                 for source, made in objects.items()}
        command = [names.get(word, word) for word in command]
        soname = [word for word in command if word.startswith("-Wl,-soname,")][0]
        command[command.index("-o") + 1] = self.path("library", soname.split(",")[2])
        must(command, 300, cwd=folder)
        self.objects = list(objects.values())

    def link_counted(self):
        """The programs that are linked statically: the changed objects come before the
        library, which then does not give its own."""
        if self.counted:
            return
        self.counted = True
        for folder, command in self.suite.counted.values():
            at = command.index("-o") + 1
            name = command[at]
            changed = command[:at] + [self.path("programs", name)] + self.objects + \
                command[at + 1:]
            must(changed, 300, cwd=folder)

    def make_again(self, test):
        """A test that includes the header with the fault, compiled and linked again."""
        source = os.path.join(TREE, "test", "unit", test.name + ".c")
        made = self.compile_as(self.suite.unit_tests[test.name], source,
                               self.path("source"), test.name)
        with open(os.path.join(test.folder, "CMakeFiles", test.name + ".dir", "link.txt"),
                  encoding="utf-8") as file:
            command = file.readline().split()
        old = "CMakeFiles/%s.dir/unit/%s.c.o" % (test.name, test.name)
        command = [made if word == old else word for word in command]
        command[command.index("-o") + 1] = self.path("programs", test.name)
        if made is not None:
            must(command, 300, cwd=test.folder)

    def noticed(self, tests):
        """The one of these tests that notices the fault, or None. It has to fail twice: some
        fail by chance on a busy machine."""
        for test in tests:
            if not self.suite.ready(test):
                continue
            if test.name in self.suite.counted:
                self.link_counted()
            if self.header and test.name in self.suite.unit_tests and \
                    self.suite.includes(test, self.header):
                self.make_again(test)
            result = self.run(test)
            if result == "time":
                return test.name + " (time)"
            if result == "failed" and self.run(test) != "ok":
                return test.name
        return None

    def run(self, test):
        return test.run(self.path("library"), self.path("programs"), self.path("tmp"))


def contents(path):
    with open(path, "rb") as file:
        return file.read()
