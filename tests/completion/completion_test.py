"""`espresso completion SHELL` in real shells: what stands on the command line after the Tab key."""

import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(os.environ["ESPRESSO_PROGRAM"])
DEADLINE = 60  # seconds after which a shell that says nothing has failed
TAB, HOME = "\t", "\x01"

# (what is typed before the Tab, what stands there then)
CASES = [
    ("espresso vers", "espresso version"),
    ("espresso run ma", "espresso run main"),
    ("espresso run -C main --forks 5 set", "espresso run -C main --forks 5 setup"),
    ("espresso run main --known-h", "espresso run main --known-hosts"),
    ("espresso run --host-key-check as", "espresso run --host-key-check ask"),
    ("espresso run --host-key-check=as", "espresso run --host-key-check=ask"),
    ("espresso run main --hosts dat", "espresso run main --hosts database"),
    ("espresso run main --hosts web1:dat", "espresso run main --hosts web1:database"),
    ("espresso run main -i inv", "espresso run main -i inventory.yaml"),
    ("espresso run main --inventory=inv", "espresso run main --inventory=inventory.yaml"),
    ("espresso -S other/st", "espresso -S other/stages.yaml"),
    ("espresso plan -S other/stages.yaml el", "espresso plan -S other/stages.yaml elsewhere"),
    ("espresso do fs.ensure_syml", "espresso do fs.ensure_symlink"),
    ("espresso do fs.ensure_line path=/x insert_b", "espresso do fs.ensure_line path=/x insert_before="),
    ("espresso do my.fl", "espresso do my.flag"),
    ("espresso do my.flag color=gr", "espresso do my.flag color=green"),
    ("espresso doc templ", "espresso doc templates"),
    ("espresso exec 'echo a b' --hosts dat", "espresso exec 'echo a b' --hosts database"),
]


class Terminal:
    """An interactive shell, typed at."""

    def __init__(self, words, folder):
        environment = {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb",
                       "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null"}
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, environment)
        self.text = ""

    def type(self, keys):
        os.write(self.descriptor, keys.encode())

    def wait_for(self, pattern):
        while not (found := re.search(pattern, self.text)):
            if not select.select([self.descriptor], [], [], DEADLINE)[0]:
                raise RuntimeError(f"no {pattern} in {self.text!r}")
            self.text += os.read(self.descriptor, 65536).decode(errors="replace")
        self.text = self.text[found.end():]
        return found

    def completed(self, line):
        """The line after a Tab at its end."""
        self.type(line + TAB + HOME + "printf 'GOT<%s>\\n' \"" + "\x05" + "\"\r")
        return self.wait_for(r"\nGOT<(.*?) ?>\r").group(1)

    def close(self):
        os.close(self.descriptor)  # the shell is told by SIGHUP that its terminal is gone
        os.waitpid(self.pid, 0)


class Completion(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="espresso-completion-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name, text in {
            "stages.yaml": "stages: {setup: {doc: The base.}, main: {doc: All., requires: setup}}\n",
            "other/stages.yaml": "stages: {elsewhere: {doc: Other.}}\n",
            "inventory.yaml": "all: {children: {web: {hosts: {'web[1:3]': }}, database: {hosts: {db1: }}}}\n",
            "helpers/my/flag.sh": "#: summary: A flag is raised.\n#: parameters:\n#:   color: {one_of: [red, green]}\n"
                                  "check() { :; }\napply() { :; }\n",
        }.items():
            (cls.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.folder / name).write_text(text)
        for shell in ("bash", "zsh", "fish"):
            done = subprocess.run([PROGRAM, "completion", shell], capture_output=True, text=True, check=True)
            (cls.folder / f"espresso.{shell}").write_text(done.stdout)

    def expect_all(self, terminal):
        self.assertEqual([(line, terminal.completed(line)) for line, _ in CASES], CASES)

    def test_bash(self):
        terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], self.folder)
        self.addCleanup(terminal.close)
        terminal.type("PS1='> '; bind 'set enable-bracketed-paste off'; source ./espresso.bash; echo READ''Y\r")
        terminal.wait_for("\nREADY")
        self.expect_all(terminal)

    def test_zsh(self):
        terminal = Terminal(["zsh", "-f", "-i"], self.folder)
        self.addCleanup(terminal.close)
        terminal.type("PS1='> '; unsetopt prompt_sp; bindkey -e; autoload -Uz compinit; compinit -u -D; "
                      "source ./espresso.zsh; echo READ''Y\r")
        terminal.wait_for("\nREADY")
        self.expect_all(terminal)

    def test_fish(self):
        found = []
        for line, _ in CASES:
            done = subprocess.run(
                ["fish", "--no-config", "-c", "source ./espresso.fish; complete --do-complete $argv[1]", line],
                cwd=self.folder, capture_output=True, text=True, timeout=DEADLINE,
                env={"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"})
            words = [row.split("\t")[0] for row in done.stdout.splitlines()]
            found.append((line, [line.rsplit(" ", 1)[0] + " " + word for word in words]))
        self.assertEqual(found, [(line, [whole]) for line, whole in CASES])

    def test_fish_tells_what_words_are(self):
        done = subprocess.run(["fish", "--no-config", "-c", "source ./espresso.fish; complete --do-complete 'espresso run '"],
                              cwd=self.folder, capture_output=True, text=True, timeout=DEADLINE,
                              env={"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}", "HOME": str(self.folder)})
        self.assertEqual(sorted(done.stdout.splitlines()), ["main\tAll.", "setup\tThe base."], done.stderr)


if __name__ == "__main__":
    unittest.main()
