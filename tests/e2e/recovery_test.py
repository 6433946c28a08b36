"""What is tried again, fails and is rescued does so once, wherever the connection is cut meanwhile."""

import unittest

import cuts_test
from cuts_test import PLACES, RANDOM
from scenario import OK, UNREACHABLE, Scenario, in_host

STAGES = """stages:
  main:
    doc: Things that can be counted.
    run:
      - shell.run: "echo try >> /srv/done; seq 300; test $(grep -c try /srv/done) = 3"
        retries: 5
        delay: 0s
      - shell.run: "echo fails >> /srv/done; seq 300; exit 1"
      - shell.run: echo never >> /srv/done
    rescue:
      - shell.run: echo rescue >> /srv/done
      - shell.run: echo same >> /srv/done
    always:
      - shell.run: echo same >> /srv/done
  last:
    requires: main
    doc: After all that.
    run:
      - shell.run: echo last >> /srv/done
"""
DONE = "try\ntry\ntry\nfails\nrescue\nsame\nsame\nlast"


class Recovery(Scenario):
    hosts = 1
    proxy = cuts_test.Cuts.proxy

    def run_with(self, cut, what):
        in_host("web1", "rm -rf /srv/* /var/lib/espresso")
        self.write("stages.yaml", STAGES)
        proxy = self.proxy(cut)
        try:
            run = self.espresso("run", "last", "--format", "json")
            if run.status == UNREACHABLE:  # cut before there was anything to go on with
                run = self.espresso("run", "last", "--format", "json")
        finally:
            proxy.close()
        self.assertEqual(run.status, OK, f"{what}\n{run.text}")
        self.assertEqual(in_host("web1", "cat /srv/done"), DONE, f"{what}\n{run.text}")
        self.assertEqual(in_host("web1", "find /var/lib/espresso -type f"), "", what)
        self.assertEqual(run.end_of("web1")["rescued"], 1, what)
        return proxy.counts[0]

    def cut_everywhere(self, direction):
        total = self.run_with(None, "undisturbed")[direction]
        for number in range(2 * PLACES):
            # Most of it is the session's beginning.
            place = int(total * (0.3 + 0.7 * (number + RANDOM.random()) / (2 * PLACES))) + 1
            self.run_with((direction, place, "reset"), f"after {place} of {total} bytes {direction}")

    def test_what_goes_to_the_host_is_cut(self):
        self.cut_everywhere("up")

    def test_what_comes_from_the_host_is_cut(self):
        self.cut_everywhere("down")


if __name__ == "__main__":
    unittest.main()
