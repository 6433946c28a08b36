"""A change that locks everybody out is taken back by the host; one that does not is confirmed by a new connection."""

import signal
import time
import unittest

from scenario import HOST_FAILED, OK, Scenario, in_host

# The fleet's hosts have sshd as PID 1.
STAGES = """stages:
  sshd:
    doc: Who may log in.
    confirm: 2s
    run:
      - fs.ensure_line: {{path: /etc/ssh/sshd_config, regex: '^{key} ', line: '{line}'}}
        signal: sshd-config{more}
  reload:
    doc: sshd reads its configuration again.
    on: sshd-config
    run: [{{shell.run: "echo reload >> /srv/reloads; kill -HUP 1"}}]
  after:
    doc: What comes after that.
    requires: sshd
    run: [{{shell.run: echo after >> /srv/after}}]
"""


def stages(line, more=""):
    return STAGES.format(key=line.split()[0], line=line, more=more)


class Confirm(Scenario):
    hosts = 1

    def config(self):
        return in_host("web1", "stat -c '%a %U %G %Y' /etc/ssh/sshd_config; cat /etc/ssh/sshd_config")

    def wait_for(self, script):
        until = time.monotonic() + 60
        while in_host("web1", f"{script} && echo yes || echo no") != "yes":
            self.assertLess(time.monotonic(), until, script)

    def setUp(self):
        super().setUp()
        in_host("web1", "rm -rf /srv/* /var/lib/espresso")

    def expect_nothing_left(self):
        self.assertEqual(in_host("web1", "find /var/lib/espresso -type f; ls -A /etc/ssh | grep espresso || :"), "")

    def test_a_good_change_is_confirmed(self):
        self.write("stages.yaml", stages("MaxAuthTries 19"))
        run = self.espresso("run", "after", "--format", "json")
        self.assertEqual(run.status, OK, run.text)
        self.assertIn("MaxAuthTries 19", self.config())
        self.assertEqual(in_host("web1", "cat /srv/reloads /srv/after"), "reload\nafter")
        self.assertEqual([e for e in run.events if e["event"] == "taken_back"], [])
        self.expect_nothing_left()
        # Once more there is nothing to confirm.
        run = self.espresso("run", "sshd", "--format", "json")
        self.assertEqual((run.status, run.outcomes("web1")), (OK, ["ok"]), run.text)

    def test_a_change_that_locks_out_is_taken_back(self):
        before = self.config()
        self.write("stages.yaml", stages("DenyUsers root"))
        run = self.espresso("run", "after", "--format", "json")
        self.assertEqual(run.status, HOST_FAILED, run.text)
        self.assertEqual(self.config(), before)
        self.assertEqual(in_host("web1", "cat /srv/reloads; ls /srv"), "reload\nreload\nreloads")
        failure = next(e for e in run.events if e.get("title") == "confirm")
        self.assertRegex(failure["message"], "^the host took back what the stage changed: no new connection within 2s: ")
        taken = next(e for e in run.events if e["event"] == "taken_back")
        self.assertEqual(taken["stage"], "sshd")
        self.assertEqual(taken["files"], ["/etc/ssh/sshd_config"])
        self.assertEqual(len(taken["operations"]), 2)
        self.expect_nothing_left()
        # With the mistake mended one gets in, and through.
        self.write("stages.yaml", stages("DenyUsers nobody"))
        run = self.espresso("run", "after", "--format", "json")
        self.assertEqual(run.status, OK, run.text)
        self.assertEqual(in_host("web1", "cat /srv/after"), "after")
        in_host("web1", "sed -i /DenyUsers/d /etc/ssh/sshd_config; kill -HUP 1")

    def test_the_host_takes_it_back_when_the_program_is_killed(self):
        before = self.config()
        self.write("stages.yaml", stages("DenyUsers root", '\n      - shell.run: ": > /srv/begun; sleep 1"'))
        program = self.start("run", "after", "--format", "json")
        self.wait_for("[ -e /srv/begun ]")
        program.send_signal(signal.SIGKILL)
        program.communicate()
        self.wait_for("[ -e /var/lib/espresso/host/reverted ] && ! [ -e /var/lib/espresso/host/confirm ]")
        self.assertEqual(self.config(), before)
        self.write("stages.yaml", stages("MaxAuthTries 18"))
        run = self.espresso("run", "after", "--format", "json")
        self.assertEqual(run.status, OK, run.text)
        taken = next(e for e in run.events if e["event"] == "taken_back")
        self.assertRegex(taken["message"], "in 'sshd' was taken back at .*: nobody confirmed it within 2s")
        self.assertEqual(taken["files"], ["/etc/ssh/sshd_config"])
        self.expect_nothing_left()

    def test_a_change_that_breaks_the_connection_is_taken_back(self):
        before = self.config()
        # Nobody gets in any more, and who is in is thrown out.
        self.write("stages.yaml", stages("DenyUsers root", """
  out:
    doc: As when a firewall has learned of it.
    on: sshd-config
    requires: reload
    run:
      - shell.run: "[ -e /srv/out ] || { : > /srv/out; kill -KILL $(cat /proc/[0-9]*/stat | awk '$4 == 1 && $2 ~ /sshd/ { print $1 }'); }"
"""))
        run = self.espresso("run", "after", "--format", "json", "--reconnect-timeout", "20s")
        self.assertEqual(run.status, HOST_FAILED, run.text)
        self.assertEqual(self.config(), before)
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()
