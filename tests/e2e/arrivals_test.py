"""Hosts that do not answer when a run begins, and come up while it waits for them."""

import json
import subprocess
import unittest

from scenario import NET, OK, UNREACHABLE, Run, Scenario, fleet, in_host

TOUCH = "- shell.run: echo x >> /srv/done"
WAIT = "- wait.for_connection: 2m"


def stages(*operations):
    return "stages:\n  main:\n    doc: M.\n    run:\n" + "".join(f"      {one}\n" for one in operations)


class Arrivals(Scenario):
    hosts = 2

    def setUp(self):
        super().setUp()
        fleet("up", 2)
        self.addCleanup(fleet, "up", 2)
        for host in ("web1", "web2"):
            in_host(host, "rm -rf /srv/* /var/lib/espresso")

    def with_host(self, **variables):
        hosts = {"web1": {"address": f"{NET}.0.1"}, "odd": {"address": f"{NET}.0.2", **variables}}
        identity = str(self.client / "id_ed25519")
        for host in hosts.values():
            host.update({"user": "root", "identity": host.get("identity", identity)})
        self.write("inventory.yaml", json.dumps({"all": {"hosts": hosts}}))

    def comes_up_meanwhile(self, text, *arguments):
        fleet("stop", 2)
        self.with_host()
        self.write("stages.yaml", text)
        process = self.start("run", "main", "--hosts", "all", "--format", "json", *arguments)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        lines = []
        while not lines or "it is tried again" not in lines[-1]:
            lines.append(process.stdout.readline())
            self.assertNotEqual(lines[-1], "", "".join(lines))
        fleet("up", 2)
        out, err = process.communicate(timeout=120)
        return Run(process.returncode, "".join(lines) + out, err)

    def test_a_host_that_is_tried_again(self):
        run = self.comes_up_meanwhile(stages(TOUCH), "--connect-retries", "50")
        self.assert_status(run, OK)
        self.assertEqual(in_host("web2", "cat /srv/done"), "x")
        self.assertEqual(run.hosts(), {"web1": "changed", "odd": "changed"}, run.text)

    def test_a_host_that_is_waited_for(self):
        run = self.comes_up_meanwhile(stages(WAIT, TOUCH))
        self.assert_status(run, OK)
        self.assertEqual(in_host("web2", "cat /srv/done"), "x")
        self.assertEqual(run.outcomes("odd"), ["ok", "changed"], run.text)

    def test_it_is_tried_so_often(self):
        self.with_host(address=f"{NET}.201.1")
        run = self.run_stages(stages(TOUCH), "--connect-retries", "1")
        self.assert_status(run, UNREACHABLE)
        self.assertIn("connection refused (tried 2 times)", run.end_of("odd")["message"], run.text)

    def test_it_is_waited_for_so_long(self):
        self.with_host(address=f"{NET}.201.1")
        run = self.run_stages(stages("- {wait.for_connection: 1s, when: host.name == 'odd'}", TOUCH))
        self.assert_status(run, UNREACHABLE)
        self.assertIn("it could not be reached within 1.00s: connection refused", run.end_of("odd")["message"], run.text)
        self.assertEqual(run.hosts()["web1"], "changed", run.text)

    def test_who_is_denied_is_not_tried_again(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "stranger"], check=True)
        self.with_host(identity=str(self.folder / "stranger"))
        run = self.run_stages(stages(TOUCH), "--connect-retries", "5")
        self.assert_status(run, UNREACHABLE)
        self.assertIn("login denied", run.end_of("odd")["message"], run.text)
        self.assertNotIn("tried again", run.text)


if __name__ == "__main__":
    unittest.main()
