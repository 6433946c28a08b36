"""Hosts among themselves: one that hangs holds nobody up, batches roll, and what one host raises for another is not lost."""

import signal
import unittest

from scenario import HOST_FAILED, OK, Scenario, in_host

WALK = """stages:
  main:
    doc: web2 hangs in it until it is let go.
    run:
      - shell.run: "until [ -e /srv/go ]; do sleep 0.1; done"
        when: host.name == "web2"
      - shell.run: "true"
        signal: reload
  listens:
    on: reload
    doc: What listens.
    run: [{shell.run: "true"}]
  last:
    requires: main
    doc: To the end.
    run: [{shell.run: "touch /srv/last"}]
"""

ROLLING = """stages:
  main:
    doc: Each batch looks whether the one before it has come to its end.
    rolling: 1
    max_failures: 0
    run:
      - shell.run: "! [ -e /srv/broken ]"
"""

DELIVERY = """stages:
  main:
    doc: web1 and web2 have something new.
    hosts: web[1:2]
    run:
      - fs.ensure_file: {path: /srv/version, content: "2"}
        signal: deployed
  balance:
    doc: web3 hears of it.
    hosts: web3
    on: {signal: deployed, from: "web[1:2]"}
    run:
      - shell.run: "echo {{ join(signal.hosts, ' ') }} >> /srv/heard; touch /srv/begun; until [ -e /srv/go ]; do sleep 0.1; done"
"""

SIGNALS = "grep + /var/lib/espresso/host/signals 2>/dev/null; true"


class Hosts(Scenario):
    hosts = 3

    def setUp(self):
        super().setUp()
        for host in ("web1", "web2", "web3"):
            in_host(host, "rm -rf /srv/* /var/lib/espresso")

    def wait_for(self, host, path, process):
        while in_host(host, f"ls {path} 2>/dev/null; true") == "":
            self.assertIsNone(process.poll())

    def test_a_host_that_hangs_holds_nobody_up(self):
        self.write("stages.yaml", WALK)
        process = self.start("run", "last", "--hosts", "all", "--format", "json")
        # These have got to the end of the run while the other one stands in its first stage.
        self.wait_for("web1", "/srv/last", process)
        self.wait_for("web3", "/srv/last", process)
        self.assertEqual(in_host("web2", "ls /srv"), "")
        in_host("web2", "touch /srv/go")
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, OK, out + err)
        self.assertEqual(in_host("web2", "ls /srv/last"), "/srv/last")

    def test_a_failure_stops_what_rolls_behind_it(self):
        in_host("web2", "touch /srv/broken")
        run = self.run_stages(ROLLING)
        self.assert_status(run, HOST_FAILED)
        self.assertEqual(run.hosts(), {"web1": "changed", "web2": "failed", "web3": "skipped"}, run.text)

    def test_what_a_killed_run_did_not_deliver_the_next_one_does(self):
        self.write("stages.yaml", DELIVERY)
        process = self.start("run", "main", "--hosts", "all", "--format", "json")
        self.wait_for("web3", "/srv/begun", process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual(in_host("web1", SIGNALS), "+deployed")
        self.assertEqual(in_host("web2", SIGNALS), "+deployed")
        # web3 gets to the end of what it does; its journal then tells that it is done.
        in_host("web3", "touch /srv/go; while [ -e /var/lib/espresso/host/lock ]; do sleep 0.05; done")
        run = self.espresso("run", "main", "--hosts", "all", "--format", "json", "--wait-lock", "60s")
        self.assert_status(run, OK)
        self.assertEqual(in_host("web3", "cat /srv/heard"), "web1 web2", run.text)
        for host in ("web1", "web2", "web3"):
            self.assertEqual(in_host(host, "find /var/lib/espresso -type f"), "", run.text)


if __name__ == "__main__":
    unittest.main()
