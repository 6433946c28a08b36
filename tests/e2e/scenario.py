"""What the end-to-end scenarios share: the fleet, a scratch folder of the user's, and the program.

Run by ctest, which says where program and fleet are; by hand:
    ESPRESSO_PROGRAM=build/release/bin/espresso ESPRESSO_FLEET_NET=127.43 python3 tests/e2e/hello_test.py
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("ESPRESSO_PROGRAM", SOURCE / "build/release/bin/espresso")).resolve()
NET = os.environ.setdefault("ESPRESSO_FLEET_NET", "127.43")

# What the parameters of every scenario stand for: exit statuses of design section 10.
OK, HOST_FAILED, UNREACHABLE, FILES, INTERRUPTED = 0, 2, 4, 5, 99


def fleet(*arguments):
    """Runs a command of the fleet and returns what it prints."""
    command = [str(SOURCE / "tests/fleet/fleet"), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit status {done.returncode}")
    return done.stdout.strip()


def in_host(name, script):
    """Runs a line of sh in a host, not over SSH, and returns what it prints."""
    return fleet("exec", name, "sh", "-c", script)


class Run:
    """One call of espresso: status, out, err."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return f"exit status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}"

    @property
    def events(self):
        """Every line of stdout as the JSON object that it must be."""
        return [json.loads(line) for line in self.out.splitlines()]

    def results(self, host):
        """[(title, outcome)] of the host's operations, in their order."""
        return [(e["title"], e["outcome"]) for e in self.events
                if e["event"] == "operation_finished" and e["host"] == host]

    def outcomes(self, host):
        return [outcome for _, outcome in self.results(host)]

    def end_of(self, host):
        """The event with which the host's run ended."""
        return next(e for e in self.events if e["event"] == "host_finished" and e["host"] == host)

    def hosts(self):
        """{host: outcome}"""
        return {e["host"]: e["outcome"] for e in self.events if e["event"] == "host_finished"}


class Listener:
    """Something that takes connections, counts them, and is no SSH server: it closes them at once, or says nothing."""

    def __init__(self, address, silent=False):
        self.connections = 0
        self.silent = silent
        self.kept = []
        self.socket = socket.create_server((address, 0))
        self.address, self.port = self.socket.getsockname()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            if self.silent:
                self.kept.append(connection)
            else:
                connection.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        for connection in self.kept:
            connection.close()


class Scenario(unittest.TestCase):
    """A class of scenarios starts with pristine hosts web1..webN; each scenario with an empty folder of the user's."""

    hosts = 3
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        fleet("down")
        fleet("up", cls.hosts)
        cls.client = Path(fleet("client"))

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="espresso-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.home = self.folder / "home"
        self.known_hosts = self.home / ".ssh/known_hosts"
        self.write("home/.ssh/known_hosts", (self.client / "known_hosts").read_text())
        self.write("inventory.yaml", (self.client / "inventory.yaml").read_text())

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def listener(self, address, **how):
        listener = Listener(address, **how)
        self.addCleanup(listener.close)
        return listener

    def environment(self, extra=None):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ESPRESSO_", "SSH_", "XDG_STATE_"))}
        return kept | {"HOME": str(self.home), "LC_ALL": "C.UTF-8"} | (extra or {})

    def start(self, *arguments, env=None, program=PROGRAM):
        """Starts espresso in the user's folder, without a terminal to ask anyone at, and leaves it running."""
        return subprocess.Popen([str(program), *map(str, arguments)], cwd=self.folder, env=self.environment(env),
                                start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def espresso(self, *arguments, env=None, program=PROGRAM):
        """Runs espresso, or a program made with its library, in the user's folder."""
        process = self.start(*arguments, env=env, program=program)
        out, err = process.communicate(timeout=240)
        return Run(process.returncode, out, err)

    def run_stages(self, text, *arguments):
        """Runs the stage `main` of this stage file on all hosts; results as events."""
        self.write("stages.yaml", text)
        return self.espresso("run", "main", "--hosts", "all", "--format", "json", *arguments)

    def assert_status(self, run, status):
        self.assertEqual(run.status, status, run.text)

    def layer(self, host):
        """All that a host has written since it was started, but for what logins and locks write."""
        upper = self.client.parent / "state" / host / "upper"
        files = []
        for path in sorted(upper.rglob("*")):
            name = str(path.relative_to(upper))
            if name.startswith(("run", "var/log", "var/lib/espresso")):
                continue
            status = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            target = os.readlink(path) if path.is_symlink() else ""
            files.append((name, oct(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns,
                          target, hash(content)))
        return files
