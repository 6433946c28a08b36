"""Host keys that nobody knows yet, with someone at the terminal: one question for all of them."""

import re
import subprocess
import unittest

from like_ssh import NAMES, WHO, LikeSsh
from scenario import INTERRUPTED, NET, OK, UNREACHABLE
from terminal import Terminal


class Questions(LikeSsh):
    def begin(self, text="", hosts="web1,web2,web3", *arguments):
        self.know()
        config = self.config(text + "Host *\n  StrictHostKeyChecking ask\n" + NAMES)
        return Terminal(self, "exec", WHO, "-F", config, "--hosts", hosts, *arguments)

    def known(self):
        """The hosts that were added."""
        found = [subprocess.run(["ssh-keygen", "-F", f"{NET}.0.{n}", "-f", self.known_hosts], capture_output=True).returncode
                 for n in (1, 2, 3)]
        return [f"web{n}" for n, status in enumerate(found, 1) if status == 0]

    def test_one_question_for_all_hosts(self):
        terminal = self.begin("Host web2\n  HashKnownHosts yes\n")
        table = terminal.answer("accept these 3 keys? [yes/no/names] ", "yes\n")
        for n in (1, 2, 3):
            row = rf"web{n} +{NET}\.0\.{n} +ssh-ed25519 +{re.escape(self.fingerprint(f'web{n}'))}\n"
            self.assertEqual(len(re.findall(row, table)), 1, table)
        self.assertEqual(terminal.end(), OK, terminal.shown)
        self.assertNotIn("accept", terminal.shown)
        self.assertEqual(self.known(), ["web1", "web2", "web3"])
        hashed = [line.startswith("|1|") for line in self.known_hosts.read_text().splitlines()]
        self.assertEqual(sorted(hashed), [False, False, True])
        self.both(self.config(NAMES), host="web2")

    def test_no(self):
        terminal = self.begin()
        terminal.answer("[yes/no/names] ", "no\n")
        self.assertEqual(terminal.end(), UNREACHABLE, terminal.shown)
        self.assertEqual(terminal.shown.count("is not accepted"), 3)
        self.assertEqual(self.known_hosts.read_text(), "")

    def test_some_of_them(self):
        terminal = self.begin()
        terminal.answer("[yes/no/names] ", "nobody\n")
        self.assertIn("'nobody' is none of these", terminal.answer("[yes/no/names] ", "web1 web3\n"))
        self.assertEqual(terminal.end(), UNREACHABLE, terminal.shown)
        self.assertEqual(self.known(), ["web1", "web3"])

    def test_interrupted(self):
        terminal = self.begin()
        terminal.answer("[yes/no/names] ", "\x03")
        self.assertEqual(terminal.end(), INTERRUPTED, terminal.shown)
        self.assertEqual(self.known_hosts.read_text(), "")

    def test_a_jump_host_first_and_then_those_behind_it(self):
        terminal = self.begin("", "web2,web3", "-J", "web1")
        self.assertIn(self.fingerprint("web1"), terminal.answer("accept it? [yes/no] ", "yes\n"))
        table = terminal.answer("accept these 2 keys? [yes/no/names] ", "yes\n")
        self.assertTrue(self.fingerprint("web2") in table and self.fingerprint("web3") in table, table)
        self.assertEqual(terminal.end(), OK, terminal.shown)
        self.assertEqual(self.known(), ["web1", "web2", "web3"])

    def test_without_a_terminal(self):
        self.know()
        run = self.ask(self.config(NAMES), "web1", "--host-key-check", "ask")
        self.assert_status(run, UNREACHABLE)
        told = run.end_of("web1")
        self.assertIn(f"host key of 'web1' ({NET}.0.1:22) is unknown", told["message"])
        self.assertIn("nobody can be asked without a terminal", told["message"])


if __name__ == "__main__":
    unittest.main()
