"""Two runs at once: a host is never worked on by both, and whoever comes second learns who holds it and what for."""

import json
import queue
import signal
import subprocess
import threading
import unittest
from pathlib import Path

from scenario import HOST_FAILED, OK, Scenario, fleet, in_host

MOST = 50
STAGES = """stages:
  main:
    doc: Leaves its footsteps, and stays in the first of them until it is let go.
    run:
      - shell.run: |
          echo begin {{ own }} >>/srv/steps
          until [ -e /srv/go ]; do sleep 0.05; done
          echo end {{ own }} >>/srv/steps
      - shell.run: |
          echo begin {{ own }} {{ item }} >>/srv/steps
          echo end {{ own }} {{ item }} >>/srv/steps
        for_each: [1, 2, 3, 4]
"""
WAITING = """stages:
  first:
    hosts: web1
    run: [{shell.run: "until [ -e /srv/go ]; do sleep 0.05; done"}]
  second:
    hosts: web2
    requires: first
    run: [{shell.run: "echo first >>/srv/steps"}]
  other:
    hosts: web2
    run: [{shell.run: "echo other >>/srv/steps"}]
"""


def steps_of(run):
    """What one run leaves at a host that it has to itself."""
    return [f"begin {run}", f"end {run}"] + [f"{word} {run} {i}" for i in (1, 2, 3, 4) for word in ("begin", "end")]


class Events:
    """What runs tell while they last, together: (which run, event)."""

    def __init__(self, **runs):
        self.queue = queue.Queue()
        self.seen = []
        self.threads = [threading.Thread(target=self.read, args=run) for run in runs.items()]
        for thread in self.threads:
            thread.start()

    def read(self, name, process):
        for line in process.stdout:
            self.queue.put((name, json.loads(line)))

    def until(self, count, is_wanted):
        """The first so many that are wanted."""
        found = []
        while len(found) < count:
            one = self.queue.get(timeout=120)
            self.seen.append(one)
            if is_wanted(one[1]):
                found.append(one)
        return found

    def all(self):
        for thread in self.threads:
            thread.join(timeout=120)
        while not self.queue.empty():
            self.seen.append(self.queue.get())
        return self.seen

    def ends(self, name):
        return {e["host"]: e for run, e in self.all() if run == name and e["event"] == "host_finished"}


class Locks(Scenario):
    hosts = MOST

    def setUp(self):
        super().setUp()
        self.names = [f"web{i + 1}" for i in range(MOST)]
        self.roots = {name: fleet("root", name) for name in self.names}
        for name in self.names:
            for file in ("go", "steps"):
                self.file(name, file).unlink(missing_ok=True)
        # What a scenario that failed has left at work gets to its end.
        self.addCleanup(self.let_go)

    def file(self, host, name):
        return Path(self.roots[host]) / "srv" / name

    def begin(self, name, *arguments):
        process = self.start("run", "main", "--hosts", "all", "--format", "json", "-e", f"own={name}", *arguments)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def let_go(self):
        for name in self.names:
            self.file(name, "go").touch()

    def steps(self, host):
        return self.file(host, "steps").read_text().splitlines()

    def test_two_that_wait_for_each_other_never_meet(self):
        self.write("stages.yaml", STAGES)
        runs = {name: self.begin(name, "--wait-lock", "5m", "--reason", f"the {name} one") for name in ("red", "blue")}
        events = Events(**runs)
        # At each host one is at work, and the other has come.
        waits = events.until(MOST, lambda e: e["event"] == "notice" and ": waits for run " in e["message"])
        self.assertEqual(sorted(e["message"].split(":")[0] for _, e in waits), sorted(self.names), waits)
        for name, event in waits:
            self.assertIn(f"(the {'red' if name == 'blue' else 'blue'} one)", event["message"])
        self.let_go()
        for name, process in runs.items():
            status = process.wait(timeout=240)
            self.assertEqual([e for e in events.ends(name).values() if e["outcome"] != "changed"], [])
            self.assertEqual(status, OK, process.stderr.read())
        waited = {e["message"].split(":")[0]: name for name, e in waits}
        for host in self.names:
            second = waited[host]
            first = "red" if second == "blue" else "blue"
            self.assertEqual(self.steps(host), steps_of(first) + steps_of(second), host)

    def test_of_two_that_do_not_wait_one_gets_the_host(self):
        self.write("stages.yaml", STAGES)
        runs = {name: self.begin(name) for name in ("red", "blue")}
        events = Events(**runs)
        lost = events.until(MOST, lambda e: e["event"] == "host_finished")
        self.let_go()
        for process in runs.values():
            self.assertIn(process.wait(timeout=240), (OK, HOST_FAILED), process.stderr.read())
        losers = {event["host"]: name for name, event in lost}
        self.assertEqual(sorted(losers), sorted(self.names))
        for host, loser in losers.items():
            winner = "red" if loser == "blue" else "blue"
            end = events.ends(loser)[host]
            self.assertEqual(end["outcome"], "failed")
            self.assertRegex(end["message"], rf"^it is held by run \S+ of \S+@\S+, since \S+Z \(espresso run main .* own={winner}\)$")
            self.assertEqual(events.ends(winner)[host]["outcome"], "changed")
            self.assertEqual(self.steps(host), steps_of(winner), host)

    def test_one_whose_workstation_vanished_holds_nobody_for_long(self):
        self.write("stages.yaml", WAITING)
        vanished = self.start("run", "second", "--hosts", "web1,web2", "--format", "json")
        self.addCleanup(vanished.kill)
        in_host("web2", "until [ -e /var/lib/espresso/host/busy ]; do sleep 0.05; done")
        # Nothing tells the host: its connection stands.
        vanished.send_signal(signal.SIGSTOP)
        other = self.espresso("run", "other", "--hosts", "web2")
        self.assert_status(other, HOST_FAILED)
        self.assertIn("it is held by run", other.out)
        in_host("web2", "cd /var/lib/espresso/host && touch -d '6 minutes ago' lock busy")
        other = self.espresso("run", "other", "--hosts", "web2")
        self.assert_status(other, OK)
        self.assertRegex(other.text, r"web2: taken from run .* \(espresso run second .*\), which has not been heard of for 5 minutes")
        # Should it come back after all, it does nothing more there.
        vanished.send_signal(signal.SIGCONT)
        self.file("web1", "go").touch()
        try:
            out, err = vanished.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            self.fail("the run that came back does not end")
        self.assertNotEqual(vanished.returncode, OK, out + err)
        self.assertEqual(self.steps("web2"), ["other"], out + err)


if __name__ == "__main__":
    unittest.main()
