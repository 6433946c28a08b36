"""A host that lies: what its runner says is forged. It harms only itself: espresso stays small, lives, and says so in print."""

import json
import os
import resource
import unittest

from scenario import HOST_FAILED, NET, UNREACHABLE, Scenario, in_host

# Stands where the host's shell should be; LIE is what it does once it knows the session's token.
LIAR = r"""#!/usr/bin/perl
$| = 1;
my $token = <STDIN>; chomp $token;
sub record { print "\n$token " . join("\x1f", @_) . "\x1f\n"; }
sub end { print STDERR "\n$token end\x1f$_[0]\x1f\n"; }
sub ready { record('ready', 3, $$, getpgrp(), 'b007', ''); }
LIE
sleep 60;
"""
STAGES = """stages:
  main:
    doc: An operation that needs facts.
    run:
      - fs.ensure_file: {path: "/tmp/reached", content: "{{ facts.hostname }}"}
        timeout: 2s
"""
# AddressSanitizer keeps what was freed: there the bound is larger.
MOST_MEMORY_KB = int(os.environ.get("ESPRESSO_MOST_MEMORY_KB", 80 * 1024))


class LyingHost(Scenario):
    hosts = 2

    def lie(self, code, stages=STAGES):
        """What is told of a run on the liar; the honest host must have had its own way."""
        upper = self.client.parent / "state/web2/upper/tmp/liar"
        in_host("web2", "touch /tmp/liar && chmod 755 /tmp/liar")
        upper.write_text(LIAR.replace("LIE", code))
        in_host("web1", "rm -f /tmp/reached")
        hosts = {"web1": {"address": f"{NET}.0.1"}, "web2": {"address": f"{NET}.0.2", "shell": "/tmp/liar"}}
        everything = {"user": "root", "identity": str(self.client / "id_ed25519")}
        self.write("inventory.yaml", json.dumps({"all": {"vars": everything, "hosts": hosts}}))
        run = self.run_stages(stages)
        self.assertIn(run.status, (HOST_FAILED, UNREACHABLE), run.text)
        self.assertEqual(run.hosts()["web1"], "changed", run.text)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, MOST_MEMORY_KB)
        return run.out

    def test_facts_nested_too_deeply(self):
        self.assertIn("has no 'hostname'", self.lie("ready(); record('fact', ('.a') x 30000, '=a=x'); record('facts-end');"))

    def test_facts_without_number(self):
        self.assertIn("has no 'hostname'", self.lie("ready(); for my $i (1..3000) { record('fact', '.os', \"=k$i=\" . 'v' x 60000) } record('facts-end');"))

    def test_ready_without_end(self):
        self.assertIn("out of turn (an answer to an operation", self.lie("while (1) { ready() }"))

    def test_facts_that_nobody_asked_for(self):
        self.assertIn("out of turn", self.lie("ready(); record('fact', '=hostname=x'); while (1) { record('facts-end') }"))

    def test_results_of_what_was_not_sent(self):
        self.assertIn("out of turn", self.lie("ready(); record('fact', '=hostname=x'); record('facts-end'); for (1..50) { record('result', $_, 'ok', ''); end($_) }"))

    def test_output_without_end(self):
        lie = "ready(); record('fact', '=hostname=x'); record('facts-end'); while (1) { print 'x' x 65536 }"
        self.assertIn("did not end within 2.", self.lie(lie))

    def test_a_record_without_end(self):
        lie = "ready(); record('fact', '=hostname=x'); record('facts-end'); print \"\\n$token result\\x1f\"; while (1) { print 'x' x 65536 }"
        self.assertIn("did not end within 2.", self.lie(lie))

    def test_control_characters(self):
        lie = ("ready(); record('fact', '=hostname=x'); record('facts-end'); print \"\\e[31mred\\e]0;title\\a\\x9b31m\\r\\x08\"; "
               "print STDERR \"\\e[2J\"; record('differs', 'before', \"\\e[1mwhat\", \"\\e[1mfrom\", \"to\\x07\"); "
               "record('reason', \"\\e[5mreason\"); record('result', 0, 'failed', ''); end(0);")
        self.lie(lie)
        for arguments in ([], ["-vvv"], ["-D"], ["--format", "json"]):
            run = self.espresso("run", "main", "--hosts", "web2", *arguments)
            told = (run.out + run.err).replace("\n", "")
            self.assertEqual([c for c in told if not c.isprintable()], [], run.text)


if __name__ == "__main__":
    unittest.main()
