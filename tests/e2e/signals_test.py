"""Signals that a failed or killed run has left: told, dropped under the host's lock, delivered where they were kept."""

import json
import signal
import unittest

from scenario import HOST_FAILED, OK, Scenario, in_host
from terminal import Terminal

STAGES = """
stages:
  main:
    doc: Raises a signal, and does not come to an end.
    run:
      - fs.ensure_file: {path: /srv/conf, content: one}
        signal: conf
      - shell.run: ': >/srv/begun; while [ ! -e /srv/go ]; do sleep 0.05; done; test -e /srv/repaired'
  reload:
    doc: Listens.
    on: conf
    run: [{shell.run: echo reload >> /srv/reloads}]
  other: {doc: Something else., run: [{fs.ensure_directory: {path: /srv/other}}]}
"""
STATE = "/var/lib/espresso/host"


class Signals(Scenario):
    hosts = 2

    def setUp(self):
        super().setUp()
        self.write("stages.yaml", STAGES)
        for host in ("web1", "web2"):
            in_host(host, f"rm -rf /srv/* {STATE}; : >/srv/go")

    def told(self, *arguments):
        """{host: (signals, dropped)}"""
        run = self.espresso("signals", *arguments, "--format", "json")
        self.assert_status(run, OK)
        return {e["host"]: (e["signals"], e.get("dropped", [])) for e in run.events if e["event"] == "signals_told"}

    def test_of_a_failed_run_on_two_hosts(self):
        self.assert_status(self.espresso("run", "main"), HOST_FAILED)
        listed = self.espresso("signals")
        self.assertEqual((listed.status, listed.out), (OK, "--- web[1-2]\nconf → reload\n"), listed.text)
        # Looking is no delivery, and needs no lock.
        self.assertEqual(in_host("web1", "cat /srv/reloads 2>/dev/null; ls " + STATE), "signals")
        dropped = self.espresso("signals", "drop", "conf", "--hosts", "web1")
        self.assertEqual((dropped.status, dropped.out), (OK, "--- web1\ndropped conf\n"), dropped.text)
        self.assertEqual(in_host("web1", "ls " + STATE), "")
        self.assertEqual(self.told(), {"web1": ({}, []), "web2": ({"conf": ["reload"]}, [])})
        self.assert_status(self.espresso("run", "other"), OK)
        self.assertEqual(in_host("web1", "cat /srv/reloads 2>&1; true"), "cat: /srv/reloads: No such file or directory")
        self.assertEqual(in_host("web2", "cat /srv/reloads"), "reload")
        self.assertEqual(self.told(), {"web1": ({}, []), "web2": ({}, [])})

    def test_of_a_run_that_was_killed(self):
        in_host("web1", "rm /srv/go")
        process = self.start("run", "main", "--hosts", "web1")
        in_host("web1", "while [ ! -e /srv/begun ]; do sleep 0.05; done")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.told("--hosts", "web1"), {"web1": ({"conf": ["reload"]}, [])})
        held = self.espresso("signals", "drop", "--all", "--hosts", "web1")
        self.assertEqual(held.status, HOST_FAILED, held.text)
        self.assertIn("it is held by run", held.out)
        in_host("web1", f": >/srv/go; while [ -e {STATE}/lock ]; do sleep 0.05; done")
        self.assertEqual(self.told("drop", "--all", "--hosts", "web1"), {"web1": ({}, ["conf"])})
        # What that run has done is still known.
        in_host("web1", ": >/srv/repaired")
        run = self.espresso("run", "main", "--hosts", "web1", "--format", "json")
        self.assert_status(run, OK)
        self.assertTrue(any("goes on after run" in e.get("message", "") for e in run.events), run.text)
        self.assertEqual(in_host("web1", "ls /srv; ls " + STATE), "begun\nconf\ngo\nrepaired")

    def test_through_sudo(self):
        self.assert_status(self.espresso("run", "main", "--hosts", "web1"), HOST_FAILED)
        for user, signals in (("deploy", {}), ("deploy", {"conf": ["reload"]})):
            words = ["-b"] if signals else []
            self.assertEqual(self.told("--hosts", "web1", "-u", user, *words), {"web1": (signals, [])})
        self.assertEqual(self.told("drop", "conf", "--hosts", "web1", "-u", "deploy", "-b"), {"web1": ({}, ["conf"])})

    def test_step_by_step(self):
        self.write("stages.yaml", STAGES.replace("  reload:\n", "  late: {doc: L., requires: other}\n  reload:\n"))
        in_host("web1", ": >/srv/repaired")
        in_host("web2", ": >/srv/repaired")
        terminal = Terminal(self, "run", "main", "late", "--step")
        terminal.answer("main on web[1-2]? [y/n/c/q] ", "y\n")
        before = terminal.answer("reload on web[1-2]? [y/n/c/q] ", "n\n")
        self.assertIn("fs.ensure_file /srv/conf", before)
        terminal.answer("other on web[1-2]? [y/n/c/q] ", "n\n")
        self.assertEqual(terminal.end(), OK, terminal.shown)
        self.assertIn("requires 'other', which was skipped", terminal.shown)
        self.assertEqual(in_host("web1", "ls /srv"), "begun\nconf\ngo\nrepaired")
        self.assertEqual(self.told("--hosts", "web1"), {"web1": ({"conf": ["reload"]}, [])})


if __name__ == "__main__":
    unittest.main()
