"""Becoming another user at the host: sudo, sudo-rs, su and doas; passwords that are asked for, refused and never seen."""

import fcntl
import json
import os
import pty
import subprocess
import termios
import unittest
from pathlib import Path

from scenario import FILES, HOST_FAILED, NET, OK, PROGRAM, UNREACHABLE, Scenario, in_host

PASSWORD, ROOTS, WRONG = "pw-deploypw", "pw of root's", "pw-wrong-one"
WHO = "stages:\n  main:\n    doc: Who it is.\n    run: [{shell.run: 'id -un; echo $HOME; pwd', register: who}]\n"

# sudo-rs is not in Debian 12: this asks as it does (its own words around the prompt of -p, or without it), and lets the
# real one do the work. $1 of the first line: what stands in the brackets.
SUDO_RS = r"""#!/bin/sh
shown=authenticate
while :; do
  case $1 in
    -n) echo "sudo: interactive authentication is required" >&2; exit 1 ;;
    -p) PROMPT; shift 2 ;;
    -S | -H) shift ;;
    -u) user=$2; shift 2 ;;
    --) shift; break ;;
  esac
done
for attempt in 1 2 3; do
  printf '%s' "[sudo: $shown] Password: " >&2
  IFS= read -r password || exit 1
  printf '\n' >&2
  echo "$attempt" >>/tmp/attempts
  if printf '%s\n' "$password" | /usr/bin/sudo -k -S -p '' true 2>/dev/null; then
    { printf '%s\n' "$password"; exec cat; } | exec /usr/bin/sudo -k -S -p '' -H -u "$user" -- "$@"
    exit
  fi
  echo 'sudo: Authentication failed, try again.' >&2
done
echo 'sudo: Maximum 3 incorrect authentication attempts' >&2
exit 1
"""


class Become(Scenario):
    hosts = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        in_host("web1", f"""set -e
useradd -m -s /bin/bash app
useradd -m -s /bin/bash stranger
useradd -m -s /bin/bash ttyuser
useradd -m -s /usr/sbin/nologin service
printf '%s\\n' 'app:pw-app' 'stranger:pw-stranger' "root:{ROOTS}" | chpasswd
echo 'Defaults logfile=/var/log/sudo.log' > /etc/sudoers.d/log
printf '%s\\n' 'Defaults:ttyuser requiretty' 'ttyuser ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ttyuser
chmod 440 /etc/sudoers.d/*
chmod 700 /home/deploy""")

    def with_user(self, user, **variables):
        variables = {"address": f"{NET}.0.1", "user": user, "identity": str(self.client / "id_ed25519"), **variables}
        self.write("inventory.yaml", json.dumps({"all": {"hosts": {"web1": variables}}}))

    def who(self, *arguments, env=None):
        """[user, home, current folder] of what runs at the host."""
        self.write("stages.yaml", WHO)
        run = self.espresso("run", "main", "--hosts", "all", "--format", "json", *arguments, env=env)
        self.assert_status(run, OK)
        result = next(e for e in run.events if e["event"] == "operation_finished")
        return result["stdout"].split()

    def refused(self, *arguments, env=None):
        """message | hint of the host that could not be worked on."""
        self.write("stages.yaml", WHO)
        run = self.espresso("run", "main", "--hosts", "all", "--format", "json", *arguments, env=env)
        self.assert_status(run, UNREACHABLE)
        for secret in (PASSWORD, ROOTS, WRONG):
            self.assertNotIn(secret, run.out + run.err)
        end = run.end_of("web1")
        return f"{end['message']} | {end['hint']}"

    def test_sudo_without_a_password(self):
        self.with_user("deploy")
        self.assertEqual(self.who("-b")[:2], ["root", "/root"])
        self.assertEqual(self.who("-b", "--become-user", "app"), ["app", "/home/app", "/home/app"])
        self.assertEqual(self.who()[0], "deploy")
        self.with_user("deploy", become=True, become_user="app", become_method="sudo")
        self.assertEqual(self.who()[0], "app")
        self.assertEqual(self.who("--become-user", "root")[0], "root")

    def test_a_password_that_sudo_does_not_ask_for_is_read_by_nobody(self):
        self.with_user("deploy", ansible_become=True, ansible_become_pass=PASSWORD)
        self.assertEqual(self.who()[:2], ["root", "/root"])

    def test_sudo_with_a_password(self):
        self.with_user("deploypw", become=True, become_password=PASSWORD)
        self.assertEqual(self.who()[:2], ["root", "/root"])
        self.assertEqual(self.who("--become-user", "app")[:2], ["app", "/home/app"])
        self.assertEqual(self.who("--become-user", "service")[0], "service")

    def test_sudo_that_remembers_does_not_ask(self):
        in_host("web1", "echo 'Defaults:deploypw timestamp_type=global' > /etc/sudoers.d/remember")
        self.addCleanup(in_host, "web1", "rm /etc/sudoers.d/remember; rm -rf /run/sudo/ts")
        self.with_user("deploypw", become=True, become_password=PASSWORD)
        self.assertEqual(self.who()[0], "root")
        self.assertEqual(self.who()[0], "root")
        self.with_user("deploypw", become=True)
        self.assertEqual(self.who()[0], "root")

    def test_a_wrong_password_is_told_once_and_tried_once(self):
        in_host("web1", "rm -f /var/log/sudo.log")
        self.with_user("deploypw", become=True, become_password=WRONG)
        self.assertEqual(self.refused(), "sudo did not accept the password | "
                                         "give the password of the user who logs in; it was tried once")
        log = in_host("web1", "while ! grep -q incorrect /var/log/sudo.log; do sleep 0.05; done; cat /var/log/sudo.log")
        self.assertIn("1 incorrect password attempt ", log)

    def test_a_password_that_is_not_given(self):
        self.with_user("deploypw", become=True)
        self.assertEqual(self.refused(),
                         "sudo asks for a password, and none is given | give it with -K or 'become_password', or let "
                         "sudoers at the host say 'deploypw ALL=(root) NOPASSWD: ALL'")

    def test_users_whom_sudo_does_not_know(self):
        self.with_user("stranger", become=True, become_password="pw-stranger")
        self.assertEqual(self.refused(),
                         "sudo does not let 'stranger' become 'root' | allow it in the host's sudoers")

    def test_a_user_whom_sudo_allows_little(self):
        in_host("web1", "echo 'stranger ALL=(app) ALL' > /etc/sudoers.d/stranger")
        self.addCleanup(in_host, "web1", "rm /etc/sudoers.d/stranger")
        self.with_user("stranger", become=True, become_password="pw-stranger")
        self.assertEqual(self.refused(),
                         "sudo does not let 'stranger' become 'root' | allow it in the host's sudoers")
        self.assertEqual(self.who("--become-user", "app")[0], "app")

    def test_a_user_that_does_not_exist(self):
        self.with_user("deploy", become=True, become_user="nosuch")
        self.assertEqual(self.refused(), "the host has no user 'nosuch' to become | "
                                         "create the user, or correct 'become_user'")
        self.with_user("deploy", become=True, become_user="nosuch", become_method="su")
        self.assertEqual(self.refused(), "the host has no user 'nosuch' to become | "
                                         "create the user, or correct 'become_user'")

    def test_sudo_that_wants_a_terminal(self):
        self.with_user("ttyuser", become=True)
        self.assertEqual(self.refused(), "sudo wants a terminal, and there is none | "
                                         "let sudoers at the host say 'Defaults:ttyuser !requiretty'")

    def test_a_host_without_the_tool(self):
        self.with_user("deploy", become=True, become_method="doas")
        self.assertEqual(self.refused(), "the host has no command 'doas' | install it, choose another "
                                         "'become_method', or log in as the user to become")

    def test_the_language_of_the_host_does_not_matter(self):
        in_host("web1", "echo 'export LC_ALL=C.UTF-8 LANGUAGE=de' > /home/deploypw/.bashrc.new; "
                        "cp /home/deploypw/.bashrc /home/deploypw/.bashrc.old; "
                        "mv /home/deploypw/.bashrc.new /home/deploypw/.bashrc")
        self.addCleanup(in_host, "web1", "mv /home/deploypw/.bashrc.old /home/deploypw/.bashrc")
        self.with_user("deploypw", become=True, become_password=PASSWORD)
        self.assertEqual(self.who()[0], "root")

    def test_a_login_shell_that_shows_its_commands_is_no_prompt(self):
        in_host("web1", "cp /home/deploy/.bashrc /home/deploy/.bashrc.old; echo 'set -x' > /home/deploy/.bashrc")
        self.addCleanup(in_host, "web1", "mv /home/deploy/.bashrc.old /home/deploy/.bashrc")
        self.with_user("deploy", become=True, become_password=PASSWORD)
        self.assertEqual(self.who()[0], "root")

    def test_sudo_rs(self):
        self.addCleanup(in_host, "web1", "rm -f /usr/local/bin/sudo /tmp/attempts")
        for prompt in ("shown=$2", ":"):
            with self.subTest(prompt):
                path = self.client.parent / "state/web1/upper/usr/local/bin/sudo"
                in_host("web1", "mkdir -p /usr/local/bin; : > /usr/local/bin/sudo; chmod 755 /usr/local/bin/sudo; "
                                "rm -f /tmp/attempts")
                Path(path).write_text(SUDO_RS.replace("PROMPT", prompt))
                self.with_user("deploypw", become=True, become_password=PASSWORD)
                self.assertEqual(self.who()[0], "root")
                self.assertEqual(self.who("--become-user", "app")[0], "app")
                in_host("web1", "rm -f /tmp/attempts")
                self.with_user("deploypw", become=True, become_password=WRONG)
                self.assertEqual(self.refused(), "sudo did not accept the password | "
                                                 "give the password of the user who logs in; it was tried once")
                self.assertEqual(in_host("web1", "cat /tmp/attempts"), "1")
                self.with_user("deploypw", become=True)
                self.assertIn("sudo asks for a password, and none is given", self.refused())

    def test_su(self):
        self.with_user("deploypw", become=True, become_method="su", become_password=ROOTS)
        self.assertEqual(self.who()[:2], ["root", "/root"])
        self.with_user("deploypw", become=True, become_method="su", become_user="app", become_password="pw-app")
        self.assertEqual(self.who()[:2], ["app", "/home/app"])
        self.with_user("root", become=True, become_method="su", become_user="service")
        self.assertEqual(self.who()[0], "service")

    def test_su_with_a_wrong_password_or_none(self):
        self.with_user("deploypw", become=True, become_method="su", become_password=WRONG)
        self.assertEqual(self.refused(),
                         "su did not accept the password | give the password of 'root'; it was tried once")
        self.with_user("deploypw", become=True, become_method="su")
        self.assertEqual(self.refused(), "su asks for a password, and none is given | "
                                         "give the password of 'root' with -K or 'become_password'")

    def test_su_with_a_password_that_has_expired(self):
        in_host("web1", "chage -d 0 app")
        self.addCleanup(in_host, "web1", "chage -d 20000 app")
        self.with_user("deploypw", become=True, become_method="su", become_user="app", become_password="pw-app")
        self.assertEqual(self.refused(), "su wants a new password: the old one has expired | "
                                         "change it at the host with 'passwd'")

    def test_doas(self):
        in_host("web1", "apt-get -qq -y install opendoas >/dev/null 2>&1; "
                        "printf 'permit nopass deploy\\npermit deploypw\\n' > /etc/doas.conf")
        self.addCleanup(in_host, "web1", "apt-get -qq -y purge opendoas >/dev/null 2>&1; rm -f /etc/doas.conf")
        self.with_user("deploy", become=True, become_method="doas")
        self.assertEqual(self.who()[:2], ["root", "/root"])
        self.assertEqual(self.who("--become-user", "app")[0], "app")
        self.with_user("deploypw", become=True, become_method="doas", become_password=PASSWORD)
        self.assertEqual(self.refused(),
                         "doas asks for a password, and takes it only from a terminal, which there is not | let "
                         "doas.conf at the host say 'permit nopass deploypw as root', or use sudo or su")
        self.with_user("stranger", become=True, become_method="doas")
        self.assertEqual(self.refused(),
                         "doas does not let 'stranger' become 'root' | allow it in the host's doas.conf")
        self.with_user("deploy", become=True, become_method="doas", become_user="nosuch")
        self.assertIn("the host has no user 'nosuch' to become", self.refused())


class As(Scenario):
    """Single operations as another user."""
    hosts = 1

    STAGES = """
storage: files
stages:
  main:
    doc: Root's and the user's.
    run:
      - fs.ensure_directory: {path: /home/app/site, mode: 0750}
        as: app
      - {fs.ensure_file: {path: /home/app/site/big, source: big}, as: "{{ owner }}"}
      - {fs.ensure_file: {path: /home/app/site/small, content: small}, as: app}
      - {fs.ensure_tree: {path: /home/app/site/tree, source: tree}, as: app}
      - {shell.run: 'id -un; echo $HOME; pwd', as: app, register: who}
      - fs.ensure_file: {path: /root/who, content: "{{ who.stdout }}"}
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        in_host("web1", "useradd -m -s /usr/sbin/nologin app; "
                        "echo 'stranger ALL=(app) NOPASSWD: ALL' > /etc/sudoers.d/stranger; "
                        "chmod 440 /etc/sudoers.d/stranger; useradd -m -s /bin/bash stranger; chmod 700 /root")

    def with_user(self, user, **variables):
        variables = {"address": f"{NET}.0.1", "user": user, "identity": str(self.client / "id_ed25519"),
                     "owner": "app", **variables}
        self.write("inventory.yaml", json.dumps({"all": {"hosts": {"web1": variables}}}))

    def test_as_root_and_through_sudo(self):
        self.write("files/big", "0123456789" * 50_000)
        self.write("files/tree/a/b", "b" * 5000)
        for user, variables in (("root", {}), ("deploy", {"become": True})):
            with self.subTest(user):
                in_host("web1", "rm -rf /home/app/site /root/who")
                self.with_user(user, **variables)
                self.assertEqual(self.run_stages(self.STAGES, "--check").outcomes("web1")[:4], ["would-change"] * 4)
                self.assertEqual(in_host("web1", "ls /home/app"), "")
                run = self.run_stages(self.STAGES)
                self.assert_status(run, OK)
                self.assertEqual(run.outcomes("web1"), ["changed"] * 6, run.text)
                self.assertEqual(in_host("web1", "cd /home/app/site && stat -c %U:%G:%a . big tree/a/b").split(),
                                 ["app:app:750", "app:app:644", "app:app:644"])
                self.assertEqual(in_host("web1", "cd /home/app/site && stat -c %s big small tree/a/b").split(),
                                 ["500000", "5", "5000"])
                self.assertEqual(in_host("web1", "cat /root/who").split(), ["app", "/home/app", "/home/app"])
                self.assertEqual(self.run_stages(self.STAGES).outcomes("web1"), ["ok"] * 4 + ["changed", "ok"])

    def test_without_root_sudo_must_allow_it(self):
        stages = "stages:\n  main:\n    doc: Who.\n    run: [{shell.run: id -un, as: app}]\n"
        self.with_user("stranger")
        run = self.run_stages(stages)
        self.assert_status(run, OK)
        self.assertIn('"stdout":"app\\n"', run.out)
        self.with_user("deploypw")
        run = self.run_stages(stages)
        self.assert_status(run, HOST_FAILED)
        self.assertIn("sudo does not let it be run as 'app' without a password", run.out)
        self.assertIn("a password is required", run.out)

    def test_users_that_do_not_exist(self):
        self.with_user("root", owner="nosuch")
        run = self.run_stages("stages:\n  main:\n    doc: Who.\n    run: [{shell.run: id, as: '{{ owner }}'}]\n")
        self.assert_status(run, HOST_FAILED)
        self.assertIn("there is no user 'nosuch' to run it as", run.out)

    def test_users_that_are_made_on_the_way(self):
        self.addCleanup(in_host, "web1", "userdel -r newcomer 2>/dev/null")
        self.with_user("root")
        stages = """
stages:
  main:
    doc: A user, and what is his.
    run:
      - system.ensure_user: {name: newcomer, home: /home/newcomer}
      - fs.ensure_directory: /tmp/newcomers
        as: newcomer
"""
        self.assertEqual(self.run_stages(stages, "--check").outcomes("web1"), ["would-change", "unknown"])
        self.assertEqual(self.run_stages(stages).outcomes("web1"), ["changed", "changed"])
        self.assertEqual(self.run_stages(stages, "--check").outcomes("web1"), ["ok", "ok"])
        self.assertEqual(in_host("web1", "stat -c %U /tmp/newcomers"), "newcomer")

    def test_what_takes_too_long_is_ended(self):
        self.with_user("root")
        run = self.run_stages("""
stages:
  main:
    doc: Sleeps.
    run: [{shell.run: 'sleep 4321', as: app, timeout: 1s}]
""")
        self.assert_status(run, HOST_FAILED)
        self.assertIn("did not end within 1s and was killed", run.out)
        self.assertEqual(in_host("web1", "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 432[1]' || :"), "0")


class Passwords(Scenario):
    """Where the password comes from, and who sees it."""
    hosts = 1

    def setUp(self):
        super().setUp()
        hosts = {"web1": {"address": f"{NET}.0.1", "user": "deploypw", "identity": str(self.client / "id_ed25519")}}
        self.write("inventory.yaml", json.dumps({"all": {"hosts": hosts}}))

    def on_a_terminal(self, typed, *arguments):
        """Runs espresso on a terminal of its own; what was shown there, and the run's status."""
        ours, theirs = pty.openpty()

        def own_terminal():
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        process = subprocess.Popen([str(PROGRAM), *arguments], cwd=self.folder, env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   preexec_fn=own_terminal, text=True)
        shown = b""
        while not shown.endswith(b": "):
            shown += os.read(ours, 1000)
        os.close(theirs)
        os.write(ours, typed.encode() + b"\n")
        out, _ = process.communicate(timeout=60)
        try:
            while piece := os.read(ours, 1000):
                shown += piece
        except OSError:
            pass
        os.close(ours)
        return shown.decode(), out, process.returncode

    def test_it_is_asked_for_once_and_not_echoed(self):
        shown, out, status = self.on_a_terminal(PASSWORD, "exec", "id -un", "--hosts", "all", "-bK")
        self.assertEqual((shown.replace("\r", ""), status), ("become password: \n", OK), out)
        self.assertIn("root", out)
        self.assertNotIn(PASSWORD, out)

    def test_without_a_terminal_nothing_is_touched(self):
        process = subprocess.run([str(PROGRAM), "exec", "id", "--hosts", "all", "-bK"], cwd=self.folder,
                                 env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                 start_new_session=True)
        self.assertEqual((process.returncode, process.stderr), (FILES,
                         "error: there is no terminal to ask for the become password on\n"
                         "hint: run it on a terminal, or give the password in ESPRESSO_BECOME_PASSWORD or with "
                         "--become-password-file\n"))

    def test_it_may_come_from_the_environment_or_a_file(self):
        run = self.espresso("exec", "id -un", "--hosts", "all", "-bK", env={"ESPRESSO_BECOME_PASSWORD": PASSWORD})
        self.assertIn("root", run.out, run.text)
        secret = self.write("secret", PASSWORD + "\nsecond line\n")
        run = self.espresso("exec", "id -un", "--hosts", "all", "-bK", "--become-password-file", secret)
        self.assertIn("root", run.out, run.text)

    def test_files_that_hold_no_password(self):
        self.write("empty", "\n")
        run = self.espresso("exec", "id", "--hosts", "all", "-b", "--become-password-file", "empty")
        self.assert_status(run, FILES)
        self.assertEqual(run.err, "--become-password-file:1:1: error: the first line of 'empty' is empty\n"
                                  "  1 | empty\n    | ^^^^^\nhint: write the password there\n")
        run = self.espresso("exec", "id", "--hosts", "all", "-b", "--become-password-file", "nosuch")
        self.assert_status(run, FILES)
        self.assertIn("error: cannot read 'nosuch'", run.err)

    def test_nobody_sees_it(self):
        self.write("stages.yaml", """
stages:
  main:
    doc: Something that takes as long as we look.
    run:
      - shell.run: 'env; touch /tmp/begun; while [ ! -e /tmp/seen ]; do sleep 0.05; done'
""")
        process = self.start("run", "main", "--hosts", "all", "--format", "json", "-b", "-vvv",
                             env={"ESPRESSO_BECOME_PASSWORD": PASSWORD})
        while in_host("web1", "if [ -e /tmp/begun ]; then echo yes; fi") != "yes":
            self.assertIsNone(process.poll())
        found = []
        for folder in Path("/proc").iterdir():  # the hosts' processes are ours, seen from outside
            for name in ("cmdline", "environ"):
                try:
                    if folder.name.isdigit() and PASSWORD.encode() in (folder / name).read_bytes():
                        found.append(f"{folder}/{name}")
                except OSError:
                    pass  # it ended meanwhile
        in_host("web1", "touch /tmp/seen")
        out, err = process.communicate(timeout=60)
        self.assertEqual((found, process.returncode), ([], OK), out + err)
        self.assertNotIn(PASSWORD, out + err)
        self.assertNotIn("ESPRESSO_BECOME", out)
        in_host("web1", "rm /tmp/seen /tmp/begun")

    def test_interrupts_reach_what_runs_as_root(self):
        for count, done in ((1, "yes"), (2, "")):
            with self.subTest(interrupts=count):
                self.write("stages.yaml", """
stages:
  main:
    doc: Something that takes a while.
    run: [shell.run: 'rm -f /tmp/done; touch /tmp/begun; sleep 3; touch /tmp/done', shell.run: touch /tmp/next]
""")
                process = self.start("run", "main", "--hosts", "all", "-b", "--format", "json",
                                     env={"ESPRESSO_BECOME_PASSWORD": PASSWORD})
                while in_host("web1", "if [ -e /tmp/begun ]; then echo yes; fi") != "yes":
                    self.assertIsNone(process.poll())
                for _ in range(count):
                    process.send_signal(2)
                    next(line for line in process.stdout if json.loads(line)["event"] == "notice")
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 99, out + err)
                self.assertEqual(in_host("web1", "rm /tmp/begun; if [ -e /tmp/done ]; then echo yes; fi"), done)
                self.assertEqual(in_host("web1", "if [ -e /tmp/next ]; then echo yes; fi"), "")


if __name__ == "__main__":
    unittest.main()
