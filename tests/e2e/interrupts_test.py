"""A run that is interrupted, once or twice, or that is out of time, leaves nothing at any host: no process, lock or temporary file."""

import json
import signal
import time
import unittest

from scenario import HOST_FAILED, INTERRUPTED, OK, Run, Scenario, in_host

STAGES = """stages:
  main:
    doc: Something that goes on until it is told to end, or longer.
    run:
      - shell.run: "echo x > /srv/begun; while [ ! -e /srv/go ]; do sleep 0.05; done; echo one >> /srv/done"
      - shell.run: echo two >> /srv/done
    rescue:
      - shell.run: echo rescue >> /srv/done
    always:
      - shell.run: echo always >> /srv/done
  hang:
    doc: It never ends, and has begun a file.
    run:
      - my.hang: /srv
      - shell.run: echo two >> /srv/done
  again:
    doc: It is tried again in an hour.
    run:
      - shell.run: "echo x > /srv/begun; exit 1"
        retries: 5
        delay: 1h
      - shell.run: echo two >> /srv/done
"""
HANG = """#: summary: It hangs.
#: parameters:
#:   path: {type: path, required: true, doc: Where its file is.}
#: main: path
check() { unknown 'it always hangs'; }
apply() {
  make_temp "$path"
  echo x >"$path/begun"
  sh -c 'sleep 1000 & sleep 1001'
}
"""
HOSTS = ["web1", "web2", "web3"]


class Interrupts(Scenario):
    hosts = 3

    def setUp(self):
        super().setUp()
        self.write("stages.yaml", STAGES)
        self.write("helpers/my/hang.sh", HANG)
        for host in HOSTS:
            in_host(host, "rm -rf /srv/* /srv/.e* /var/lib/espresso")
        self.before = {host: self.processes(host) for host in HOSTS}

    def processes(self, host):
        return sorted(in_host(host, "for p in /proc/[0-9]*; do read -r n < $p/comm && echo $n; done").split())

    def begin(self, *arguments):
        """Starts a run and waits until its first operation runs on all hosts."""
        process = self.start("run", *arguments, "--hosts", "all", "--format", "json")
        self.addCleanup(lambda: process.poll() is None and process.kill())
        for host in HOSTS:
            while in_host(host, "cat /srv/begun 2>&1; true") != "x":
                self.assertIsNone(process.poll())
                time.sleep(0.02)
        return process

    def wakings(self, host):
        """How often the runner there has been woken. It sleeps until its operation ends, or somebody calls it."""
        return in_host(host, "p=$(tr '\\037' ' ' < /var/lib/espresso/host/lock | cut -d ' ' -f 3); "
                       "grep '^voluntary' /proc/$p/status")

    def interrupt(self, process):
        """Interrupts it and waits until it says so; the events until then."""
        process.send_signal(signal.SIGINT)
        lines = []
        while not lines or "interrupted" not in json.loads(lines[-1]).get("message", ""):
            lines.append(process.stdout.readline())
            self.assertNotEqual(lines[-1], "", "".join(lines))
        return "".join(lines)

    def end(self, process, told=""):
        out, err = process.communicate(timeout=60)
        return Run(process.returncode, told + out, err)

    def assert_nothing_left(self, run):
        for host in HOSTS:
            files = in_host(host, "find / -xdev -name '.espresso-*'; find /tmp /var/lib/espresso -type f 2>/dev/null; true")
            self.assertEqual(files, "", f"{host}\n{run.text}")
            for _ in range(100):
                processes = self.processes(host)
                if processes == self.before[host]:
                    break
                time.sleep(0.05)
            self.assertEqual(processes, self.before[host], f"{host}\n{run.text}")

    def done(self):
        return {in_host(host, "cat /srv/done 2>&1; true") for host in HOSTS}

    def test_the_first_lets_what_runs_come_to_its_end(self):
        process = self.begin("main")
        wakings = {host: self.wakings(host) for host in HOSTS}
        told = self.interrupt(process)
        for host in HOSTS:
            while self.wakings(host) == wakings[host]:
                self.assertIsNone(process.poll())
                time.sleep(0.02)
            in_host(host, "echo x > /srv/go")
        run = self.end(process, told)
        self.assert_status(run, INTERRUPTED)
        self.assertEqual(self.done(), {"one"})
        self.assertTrue(run.events[-1]["interrupted"])
        for host in HOSTS:
            self.assertEqual(len(run.results(host)), 1, run.text)
            self.assertEqual(run.end_of(host)["message"], "interrupted", run.text)
        self.assert_nothing_left(run)
        self.assert_status(self.espresso("run", "main", "--hosts", "all"), OK)
        self.assertEqual(self.done(), {"one\none\ntwo\nalways"})

    def test_the_second_ends_it(self):
        process = self.begin("hang")
        told = self.interrupt(process) + self.interrupt(process)
        run = self.end(process, told)
        self.assert_status(run, INTERRUPTED)
        self.assertEqual(self.done(), {"cat: /srv/done: No such file or directory"})
        self.assert_nothing_left(run)

    def test_nothing_is_tried_again_after_the_first(self):
        process = self.begin("again")
        run = self.end(process, self.interrupt(process))
        self.assert_status(run, INTERRUPTED)
        self.assertEqual(self.done(), {"cat: /srv/done: No such file or directory"})
        self.assert_nothing_left(run)

    def test_a_run_out_of_time_ends_what_runs(self):
        run = self.end(self.begin("hang", "--run-timeout", "3s"))
        self.assert_status(run, HOST_FAILED)
        self.assertEqual(run.hosts(), dict.fromkeys(HOSTS, "failed"), run.text)
        self.assert_nothing_left(run)

    def test_an_operation_out_of_time_fails_and_leaves_nothing(self):
        self.write("stages.yaml", STAGES.replace("- my.hang: /srv", "- {my.hang: /srv, timeout: 1s, ignore_errors: true}"))
        run = self.end(self.begin("hang"))
        self.assert_status(run, OK)
        self.assertEqual(self.done(), {"two"})
        self.assertIn("it did not end within 1s and was killed", run.text)
        self.assert_nothing_left(run)

    def test_an_operation_out_of_time_ends_when_the_program_is_gone(self):
        self.write("stages.yaml", STAGES.replace("- my.hang: /srv", "- {my.hang: /srv, timeout: 2s}"))
        process = self.begin("hang")
        process.kill()
        process.communicate()
        for host in HOSTS:
            in_host(host, "while [ -e /var/lib/espresso/host/lock ]; do sleep 0.05; done; rm -rf /var/lib/espresso")
        self.assert_nothing_left(Run(process.returncode, "", ""))
        self.assertEqual(self.done(), {"cat: /srv/done: No such file or directory"})


if __name__ == "__main__":
    unittest.main()
