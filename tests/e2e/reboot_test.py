"""Hosts that reboot in the middle of a run, and what comes after it."""

import json
import time
import unittest

from scenario import HOST_FAILED, NET, OK, UNREACHABLE, Run, Scenario, in_host

PORT = 2222

# A host that can be down while its PID 1 stays: its sshd is one beside the fleet's. "boot" starts it with another boot
# id; "reboot" ends it with all that it serves, as a reboot would, and boots a moment later.
BOOT = f"""#!/bin/sh
cat /proc/sys/kernel/random/uuid >/srv/boot_id
[ -e /srv/frozen ] || mount --bind /srv/boot_id /proc/sys/kernel/random/boot_id
[ ! -e /srv/name ] || cat /srv/name >/proc/sys/kernel/hostname
/usr/sbin/sshd -o ListenAddress=ADDRESS:{PORT} -o PidFile=/srv/sshd.pid
"""
REBOOT = """#!/bin/sh
echo rebooted >>/srv/reboots
below() { for one in $(cat /proc/$1/task/*/children 2>/dev/null); do [ "$one" = $$ ] || { below $one; echo $one; }; done; }
read -r sshd </srv/sshd.pid
served=$(below $sshd)
kill $sshd
(
  # Only sessions: what this one runs in lives on.
  for one in $served; do
    read -r name </proc/$one/comm
    [ "$name" != sshd ] || kill -KILL $one
  done
  [ -e /srv/dead ] || { sleep 1; umount /proc/sys/kernel/random/boot_id; /srv/boot; }
) </dev/null >/dev/null 2>&1 &
"""

STAGES = """stages:
  main:
    doc: Something before and after a reboot.
    run:
      - shell.run: echo before >>/srv/done
      - system.reboot: {command: /srv/reboot, deadline: DEADLINE}
        register: reboot
      - shell.run: echo after >>/srv/done
      - shell.run: echo {{ reboot.old_boot_id }} {{ reboot.new_boot_id }} {{ reboot.changed }} >/srv/told
      - shell.run: echo once more >>/srv/done
"""


class Reboots(Scenario):
    hosts = 3

    def setUp(self):
        super().setUp()
        for number, host in enumerate(("web1", "web2", "web3"), 1):
            in_host(host, "if [ -e /srv/sshd.pid ]; then kill $(cat /srv/sshd.pid); fi; rm -rf /srv/* /var/lib/espresso"
                          f"; for at in random random/boot_id; do umount /proc/sys/kernel/$at 2>/dev/null; done; echo {host} >/proc/sys/kernel/hostname")
            for name, text in (("boot", BOOT.replace("ADDRESS", f"{NET}.0.{number}")), ("reboot", REBOOT)):
                in_host(host, f"cat >/srv/{name} <<'END'\n{text}END\nchmod 755 /srv/{name}")
            in_host(host, "/srv/boot")
        keys = [(self.client.parent / f"keys/web{n}.pub").read_text() for n in (1, 2, 3)]
        self.known_hosts.write_text("".join(f"[{NET}.0.{n}]:{PORT} {key}" for n, key in enumerate(keys, 1)))
        self.with_hosts("web1", "web2", "web3")

    def with_hosts(self, *names, **variables):
        everything = {"user": "root", "port": PORT, "identity": str(self.client / "id_ed25519"), **variables}
        hosts = {name: {"address": f"{NET}.0.{name[3:]}"} for name in names}
        self.write("inventory.yaml", json.dumps({"all": {"vars": everything, "hosts": hosts}}))

    def reboot(self, stages=STAGES, *arguments, deadline="60s"):
        return self.run_stages(stages.replace("DEADLINE", deadline), *arguments)

    def boot_id(self, host):
        return in_host(host, "cat /srv/boot_id")

    def test_what_follows_is_done_once_the_hosts_are_back(self):
        hosts = ("web1", "web2", "web3")
        before = {host: self.boot_id(host) for host in hosts}
        begun = time.monotonic()
        run = self.reboot()
        self.assert_status(run, OK)
        self.assertLess(time.monotonic() - begun, 20)
        for host in hosts:
            self.assertEqual(run.outcomes(host), ["changed"] * 5, run.text)
            self.assertEqual(in_host(host, "cat /srv/done"), "before\nafter\nonce more")
            self.assertEqual(in_host(host, "cat /srv/reboots"), "rebooted")
            self.assertNotEqual(self.boot_id(host), before[host])
            self.assertEqual(in_host(host, "cat /srv/told"), f"{before[host]} {self.boot_id(host)} true")
        finished = [e for e in run.events if e["event"] == "operation_finished" and e["helper"] == "system.reboot"]
        self.assertEqual(len(finished), 3)
        for event in finished:
            self.assertGreater(event["duration"], 1)
            self.assertEqual(event["differences"], [{"what": "not rebooted"}])
        # Side by side: each went down before any was back.
        went_down = [e for e in run.events if e["event"] == "operation_started" and e["title"] == "system.reboot"]
        self.assertLess(max(e["time"] for e in went_down), min(e["time"] for e in finished))

    def test_behind_a_jump_host(self):
        self.with_hosts("web1", "web2", "web3", jump="web1")
        run = self.reboot(STAGES.replace("    doc:", "    hosts: all:!web1\n    doc:"))
        self.assert_status(run, OK)
        self.assertEqual(run.hosts(), {"web2": "changed", "web3": "changed"}, run.text)
        for host in ("web2", "web3"):
            self.assertEqual(in_host(host, "cat /srv/done /srv/reboots"), "before\nafter\nonce more\nrebooted")

    def test_check_mode_reboots_nothing(self):
        before = self.boot_id("web1")
        run = self.reboot(STAGES, "--check")
        self.assert_status(run, OK)
        self.assertEqual(run.outcomes("web1"), ["unknown", "would-change", "unknown", "unknown", "unknown"], run.text)
        self.assertEqual(self.boot_id("web1"), before)
        self.assertEqual(in_host("web1", "ls /srv"), "boot\nboot_id\nreboot\nsshd.pid")

    def test_a_host_that_never_comes_back(self):
        in_host("web2", "touch /srv/dead")
        run = self.reboot(deadline="3s")
        self.assert_status(run, UNREACHABLE)
        self.assertEqual(run.hosts(), {"web1": "changed", "web2": "unreachable", "web3": "changed"}, run.text)
        self.assertEqual(run.outcomes("web2"), ["changed", "failed"], run.text)
        self.assertEqual(run.end_of("web2")["message"], "the host did not come back within 3.00s: connection refused")
        self.assertEqual(in_host("web2", "cat /srv/done"), "before")

    def test_a_host_that_does_not_reboot(self):
        self.with_hosts("web1", "web2")
        run = self.reboot(STAGES.replace("/srv/reboot", '"[ {{ host.name }} != web2 ] || exit 0; exec /srv/reboot"'), deadline="3s")
        self.assert_status(run, HOST_FAILED)
        self.assertEqual(run.hosts(), {"web1": "changed", "web2": "failed"}, run.text)
        told = [e for e in run.events if e["event"] == "operation_finished" and e["outcome"] == "failed"]
        self.assertEqual([e["message"] for e in told],
                         [f"the host has not rebooted within 3.00s: its boot id is still {self.boot_id('web2')}"])

    def test_that_sshd_is_started_anew_is_no_reboot(self):
        self.with_hosts("web2")
        in_host("web2", "umount /proc/sys/kernel/random/boot_id; touch /srv/frozen")
        run = self.reboot(deadline="4s")
        self.assert_status(run, HOST_FAILED)
        self.assertIn("the host has not rebooted within 4.00s", run.out)
        self.assertEqual(in_host("web2", "cat /srv/done"), "before")

    def test_a_host_that_stays_goes_on_when_the_failure_is_ignored(self):
        self.with_hosts("web1")
        run = self.reboot(STAGES.replace("/srv/reboot,", "'true',").replace("register: reboot", "ignore_errors: true")
                          .replace("{{ reboot.old_boot_id }} {{ reboot.new_boot_id }} {{ reboot.changed }}", "x"), deadline="2s")
        self.assert_status(run, OK)
        self.assertEqual(run.outcomes("web1"), ["changed", "failed", "changed", "changed", "changed"], run.text)
        self.assertEqual(in_host("web1", "cat /srv/done"), "before\nafter\nonce more")

    def test_a_command_that_fails(self):
        self.with_hosts("web1")
        run = self.reboot(STAGES.replace("/srv/reboot", "'echo no bus >&2; exit 3'"))
        self.assert_status(run, HOST_FAILED)
        failed = next(e for e in run.events if e["event"] == "operation_finished" and e["outcome"] == "failed")
        self.assertEqual(failed["message"], "the host does not reboot: 'echo no bus >&2; exit 3' ended with status 3")
        self.assertEqual(failed["stdout"], "no bus\n")

    def test_a_host_without_boot_id(self):
        self.with_hosts("web1")
        in_host("web1", "mount -t tmpfs none /proc/sys/kernel/random")
        run = self.reboot()
        self.assert_status(run, HOST_FAILED)
        self.assertIn("the host has no '/proc/sys/kernel/random/boot_id' to tell that it has rebooted", run.out)
        self.assertEqual(in_host("web1", "cat /srv/done"), "before")

    def test_another_host_key_is_not_trusted_afterwards(self):
        self.with_hosts("web1")
        in_host("web1", "ssh-keygen -q -t ed25519 -N '' -f /srv/key")
        in_host("web1", "sed -i 's|-o PidFile|-o HostKey=/srv/key -o PidFile|' /srv/boot")
        run = self.reboot(deadline="3s")
        self.assert_status(run, UNREACHABLE)
        self.assertIn("the host did not come back within 3.00s: host key of 'web1'", run.end_of("web1")["message"])
        self.assertEqual(in_host("web1", "cat /srv/done"), "before")

    def test_root_is_become_again_and_facts_are_read_again(self):
        self.with_hosts("web1", user="deploypw", password="pw-deploypw", become=True, become_password="pw-deploypw")
        run = self.reboot("""stages:
  main:
    doc: As root, before and after.
    run:
      - system.reboot: {command: /srv/reboot}
      - shell.run: id -un >/srv/done
      - system.reboot: {command: /srv/reboot, only_if_required: true}
      - fs.ensure_file: {path: /run/reboot-required, content: ''}
      - fs.ensure_file: {path: /srv/name, content: anew}
      - fs.ensure_file: {path: /srv/was, content: "{{ facts.hostname }} "}
      - system.reboot: {command: /srv/reboot, only_if_required: true}
      - fs.ensure_file: {path: /srv/is, content: "{{ facts.hostname }} "}
""")
        self.assert_status(run, OK)
        self.assertEqual(run.outcomes("web1"), ["changed", "changed", "ok"] + ["changed"] * 5, run.text)
        self.assertEqual(in_host("web1", "cat /srv/done /srv/was /srv/is /srv/reboots; rm /run/reboot-required"),
                         "root\nweb1 anew rebooted\nrebooted")

    def test_an_interrupt_does_not_wait_for_the_host(self):
        self.with_hosts("web1")
        in_host("web1", "touch /srv/dead")
        self.write("stages.yaml", STAGES.replace("DEADLINE", "10m"))
        process = self.start("run", "main", "--hosts", "all", "--format", "json")
        # Until it has gone down, and only PID 1 is an sshd.
        while in_host("web1", "ls /srv/reboots 2>/dev/null; cat /proc/[0-9]*/comm 2>/dev/null | grep -c sshd") != "/srv/reboots\n1":
            self.assertIsNone(process.poll())
        process.terminate()
        out, err = process.communicate(timeout=20)
        run = Run(process.returncode, out, err)
        self.assertEqual(run.end_of("web1")["message"], "interrupted before the host was back from its reboot", run.text)


if __name__ == "__main__":
    unittest.main()
