"""The program with someone at its terminal."""

import os
import pty
import re
import select

from scenario import PROGRAM


class Terminal:
    """espresso at a terminal of its own."""

    def __init__(self, scenario, *arguments):
        self.written = b""
        environment = scenario.environment({"TERM": "xterm"})
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(scenario.folder)
            os.execve(PROGRAM, [str(PROGRAM), *map(str, arguments)], environment)

    @property
    def shown(self):
        """What was written since the last answer, as one would read it."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.written.decode("utf-8", "replace")).replace("\r", "")

    def read(self):
        """Whether there was more."""
        ready, _, _ = select.select([self.terminal], [], [], 60)
        if not ready:
            raise AssertionError(f"nothing more after\n{self.shown}")
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:  # EIO: all that had it open are gone
            piece = b""
        self.written += piece
        return bool(piece)

    def answer(self, question, words):
        """Waits for the question, with which it waits for an answer; returns what came before."""
        while not self.shown.endswith(question):
            if not self.read():
                raise AssertionError(f"'{question}' is not in\n{self.shown}")
        before = self.shown
        self.written = b""
        os.write(self.terminal, words.encode())
        return before

    def end(self):
        """The exit status, once the program has ended."""
        while self.read():
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
