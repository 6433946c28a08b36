"""A signal that another host hears is delivered once, wherever the program is killed meanwhile.

ESPRESSO_CUTS says how often it is killed (by default a few times); ESPRESSO_CUTS_SEED when.
"""

import random
import os
import signal
import time
import unittest

from scenario import OK, Scenario, in_host

KILLS = int(os.environ.get("ESPRESSO_CUTS", 8))
RANDOM = random.Random(int(os.environ.get("ESPRESSO_CUTS_SEED", 20261201)))

STAGES = """stages:
  web:
    doc: What is served.
    hosts: web1,web2
    run:
      - fs.ensure_file: {path: /srv/site, content: one}
        signal: deployed
      - shell.run: {line: echo web >> /srv/done, creates: /srv/done}
      - shell.run: {line: "echo {{ host.name }} >> /srv/asked-by-{{ host.name }}", creates: "/srv/asked-by-{{ host.name }}"}
        delegate: web3
  balancer:
    doc: Hears of it.
    hosts: web3
    on: {signal: deployed, from: "web1,web2"}
    run:
      - shell.run: "echo balancer {{ join(signal.hosts, ' ') }} >> /srv/done"
"""
STATE = "/var/lib/espresso"
EXPECTED = {"web1": "web", "web2": "web", "web3": "web1\nweb2\nbalancer web1 web2"}


class Across(Scenario):
    hosts = 3

    def clear(self):
        for host in EXPECTED:
            in_host(host, f"rm -rf /srv/* {STATE}")

    def settled(self):
        """Waits until no host is at it any more: whether all of them were done with the run."""
        left = ""
        for host in EXPECTED:
            wait = f"n=0; while ls {STATE}/*/lock >/dev/null 2>&1 && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done"
            left += in_host(host, f"{wait}; ls {STATE}/*/lock 2>/dev/null; find {STATE} -type f 2>/dev/null; true")
        return left == ""

    def assert_hosts(self, what):
        for host, done in EXPECTED.items():
            found = in_host(host, "cat /srv/asked* 2>/dev/null; cat /srv/done")
            self.assertEqual(found, done, f"{host}: {what}")
            self.assertEqual(in_host(host, f"find {STATE} -type f"), "", f"{host}: {what}")

    def test_the_program_is_killed(self):
        self.write("stages.yaml", STAGES)
        self.clear()
        begun = time.monotonic()
        self.assert_status(self.espresso("run", "web"), OK)
        takes = time.monotonic() - begun
        self.assert_hosts("undisturbed")
        for number in range(KILLS):
            self.clear()
            told = []
            for _ in range(RANDOM.randint(1, 3)):
                process = self.start("run", "web", "--format", "json")
                time.sleep(RANDOM.random() * takes)
                process.send_signal(signal.SIGKILL)
                told.append(process.communicate()[0])
                if self.settled() and process.returncode == OK:
                    break
            else:
                run = self.espresso("run", "web", "--format", "json", "--wait-lock", "60s")
                told.append(run.text)
                self.assertEqual(run.status, OK, f"killed {number}\n" + "\n=====\n".join(told))
            self.assert_hosts(f"killed {number}\n" + "\n=====\n".join(told))


if __name__ == "__main__":
    unittest.main()
