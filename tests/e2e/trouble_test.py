"""Hosts in trouble: each ends with a message of its own and the right exit status; the others finish."""

import json
import shutil
import subprocess
import unittest

from scenario import HOST_FAILED, NET, OK, UNREACHABLE, Run, Scenario, fleet, in_host

TOUCH = "stages:\n  main:\n    doc: A file.\n    run: [fs.ensure_file: {path: /tmp/reached, content: 'yes'}]\n"


class Trouble(Scenario):
    hosts = 2

    def setUp(self):
        super().setUp()
        fleet("up", 2)
        for host in ("web1", "web2"):
            in_host(host, "rm -f /tmp/reached")
        self.write("stages.yaml", TOUCH)

    def with_host(self, **variables):
        """An inventory of web1 and one host 'odd' with these variables."""
        everything = {"user": "root", "identity": str(self.client / "id_ed25519")}
        hosts = {"web1": {"address": f"{NET}.0.1"}, "odd": {"address": f"{NET}.0.2", **variables}}
        self.write("inventory.yaml", json.dumps({"all": {"vars": everything, "hosts": hosts}}))

    def expect(self, outcome, status, *messages, arguments=()):
        run = self.run_stages(TOUCH, *arguments)
        self.assert_status(run, status)
        self.assertEqual(run.hosts(), {"web1": "changed", "odd": outcome}, run.text)
        end = run.end_of("odd")
        told = " ".join(end.get(key, "") for key in ("message", "hint"))
        for message in messages:
            self.assertIn(message, told, run.text)
        return run

    def fingerprint(self, name):
        key = self.client.parent / "keys" / f"{name}.pub"
        return subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout.split()[1]

    def known_without(self, address):
        lines = self.known_hosts.read_text().splitlines()
        return [line for line in lines if not line.startswith(address + ",")]

    def test_refused(self):
        self.with_host(address=f"{NET}.201.1")
        self.expect("unreachable", UNREACHABLE, "connection refused")

    def test_no_answer(self):
        silent = self.listener(f"{NET}.201.2", silent=True)
        self.with_host(address=f"{NET}.201.2", port=silent.port, connect_timeout="1s")
        self.expect("unreachable", UNREACHABLE, "no answer within 1")

    def test_closed_at_once(self):
        closing = self.listener(f"{NET}.201.3")
        self.with_host(address=f"{NET}.201.3", port=closing.port)
        self.expect("unreachable", UNREACHABLE, "the host ended the connection during the handshake")

    def test_unknown_host_key(self):
        self.write("home/.ssh/known_hosts", "\n".join(self.known_without(f"{NET}.0.2")) + "\n")
        self.with_host()
        self.expect("unreachable", UNREACHABLE, f"host key of 'odd' ({NET}.0.2:22) is unknown: ssh-ed25519 {self.fingerprint('web2')}",
                    "check the fingerprint, then accept it with --host-key-check accept-new, or add it with "
                    f"ssh-keyscan -H {NET}.0.2 >> ~/.ssh/known_hosts")
        self.assertEqual(in_host("web2", "ls /tmp"), "")

    def test_another_host_key(self):
        web1 = (self.client.parent / "keys/web1.pub").read_text()
        lines = self.known_without(f"{NET}.0.2") + [f"{NET}.0.2 {web1}"]
        self.write("home/.ssh/known_hosts", "\n".join(lines))
        self.with_host()
        self.expect("unreachable", UNREACHABLE, "host key of 'odd'", "has changed", self.fingerprint("web2"),
                    self.fingerprint("web1"), "known_hosts:2", arguments=("--host-key-check", "accept-new"))

    def test_accept_new_remembers_the_key(self):
        self.write("home/.ssh/known_hosts", "\n".join(self.known_without(f"{NET}.0.2")) + "\n")
        self.with_host()
        run = self.run_stages(TOUCH, "--host-key-check", "accept-new")
        self.assert_status(run, OK)
        key = (self.client.parent / "keys/web2.pub").read_text().split()[1]
        found = subprocess.run(["ssh-keygen", "-F", f"{NET}.0.2", "-f", self.known_hosts], capture_output=True, text=True)
        self.assertIn(f" ssh-ed25519 {key}\n", found.stdout)
        self.assert_status(self.run_stages(TOUCH), OK)

    def test_denied_login(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "stranger"], check=True)
        self.with_host(identity=str(self.folder / "stranger"))
        self.expect("unreachable", UNREACHABLE, "login denied", "publickey")

    def test_a_login_shell_that_is_none(self):
        self.with_host(user="barred")
        run = self.run_stages(TOUCH)
        self.assertIn(run.status, (HOST_FAILED, UNREACHABLE), run.text)
        self.assertEqual(run.hosts()["web1"], "changed", run.text)
        self.assertIn("not available", run.end_of("odd")["message"], run.text)

    def test_no_sh(self):
        self.with_host(shell="/bin/no-such-shell")
        run = self.run_stages(TOUCH)
        self.assertIn(run.status, (HOST_FAILED, UNREACHABLE), run.text)
        self.assertIn("/bin/no-such-shell", run.end_of("odd")["message"], run.text)

    def test_a_missing_tool(self):
        self.with_host()
        in_host("web2", "mv /usr/bin/mktemp /usr/bin/mktemp.away")
        try:
            run = self.run_stages(TOUCH)
        finally:
            in_host("web2", "mv /usr/bin/mktemp.away /usr/bin/mktemp")
        self.assert_status(run, HOST_FAILED)
        self.assertEqual(run.hosts(), {"web1": "changed", "odd": "failed"}, run.text)
        self.assertIn("mktemp", run.out, run.text)

    def test_a_host_that_goes_away_in_the_middle(self):
        self.with_host()
        self.write("stages.yaml", "stages:\n  main:\n    doc: Waits on web2.\n    run:\n"
                                  "      - shell.run: touch /tmp/reached; sleep 60\n        when: host.name == 'odd'\n"
                                  "      - shell.run: 'true'\n")
        process = self.start("run", "main", "--hosts", "all", "--format", "json", "--reconnect-timeout", "1s")
        while in_host("web2", "ls /tmp") == "":
            self.assertIsNone(process.poll())
        fleet("stop", 2)
        out, err = process.communicate(timeout=60)
        run = Run(process.returncode, out, err)
        self.assertIn(run.status, (HOST_FAILED, UNREACHABLE), run.text)
        self.assertEqual(run.hosts()["web1"], "changed", run.text)
        self.assertIn("closed", run.end_of("odd")["message"], run.text)

    def test_both_kinds_of_trouble_and_the_worst_wins(self):
        self.with_host(address=f"{NET}.201.1")
        run = self.run_stages("stages:\n  main:\n    doc: Fails.\n    run: [stage.fail: no]\n")
        self.assert_status(run, UNREACHABLE)
        self.assertEqual(run.hosts(), {"web1": "failed", "odd": "unreachable"}, run.text)


class Users(Scenario):
    hosts = 1

    def with_user(self, **variables):
        hosts = {"web1": {"address": f"{NET}.0.1", **variables}}
        self.write("inventory.yaml", json.dumps({"all": {"hosts": hosts}}))

    def test_become_through_sudo(self):
        self.with_user(user="deploy", identity=str(self.client / "id_ed25519"))
        run = self.run_stages("stages:\n  main:\n    doc: Root's.\n    run: [fs.ensure_file: {path: /root/by-deploy}]\n", "-b")
        self.assert_status(run, OK)
        self.assertEqual(in_host("web1", "stat -c %U /root/by-deploy"), "root")

    def test_sudo_that_wants_a_password(self):
        self.with_user(user="deploypw", identity=str(self.client / "id_ed25519"))
        run = self.run_stages(TOUCH, "-b")
        self.assertIn(run.status, (HOST_FAILED, UNREACHABLE), run.text)
        self.assertIn("sudo", run.end_of("web1")["message"], run.text)
        self.assertIn("password", run.end_of("web1")["message"], run.text)

    def test_password_login(self):
        self.with_user(user="deploypw", password="pw-deploypw")
        run = self.espresso("exec", "id -un", "--hosts", "all")
        self.assert_status(run, OK)
        self.assertIn("deploypw", run.out, run.text)

    def test_wrong_password(self):
        self.with_user(user="deploypw", password="pw-wrong")
        run = self.espresso("exec", "id -un", "--hosts", "all", "--format", "json")
        self.assert_status(run, UNREACHABLE)
        self.assertIn("login denied", run.end_of("web1")["message"], run.text)
        self.assertNotIn("pw-wrong", run.out + run.err)


if __name__ == "__main__":
    unittest.main()
