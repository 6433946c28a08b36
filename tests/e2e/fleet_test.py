"""The fleet itself: idempotent, and nothing left behind after a kill."""

import os
import subprocess
import unittest
from pathlib import Path

from scenario import SOURCE, fleet


class Fleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = os.environ["ESPRESSO_FLEET_NET"]
        fleet("down")
        cls.own = Path(fleet("client")).parent

    def tearDown(self):
        fleet("down")

    def processes(self):
        """Command lines that name this fleet's folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if f"{self.own}/state/" in line:
                found.append(line)
        return found

    def assert_nothing_left(self):
        self.assertEqual(self.processes(), [])
        self.assertNotIn(str(self.own), Path("/proc/self/mounts").read_text())
        self.assertFalse((self.own / "state").exists())
        self.assertFalse((self.own / "run").exists())

    def test_up_twice_keeps_the_hosts(self):
        fleet("up", 2)
        record = (self.own / "run/web1").read_text()
        fleet("up", 3)
        self.assertEqual((self.own / "run/web1").read_text(), record)
        self.assertTrue(fleet("status").startswith("3 hosts run"))
        fleet("down")
        self.assert_nothing_left()

    def test_up_revives_a_host_that_died(self):
        fleet("up", 2)
        fleet("stop", 2)
        fleet("up", 2)
        self.assertTrue(fleet("status").startswith("2 hosts run"))

    def test_a_killed_script_leaves_nothing_that_down_does_not_find(self):
        script = subprocess.Popen([SOURCE / "tests/fleet/fleet", "up", "40"], stderr=subprocess.DEVNULL)
        while not (self.own / "run/web5").exists():
            self.assertIsNone(script.poll())
        script.kill()
        script.wait()
        fleet("down")
        self.assert_nothing_left()

    def test_killed_hosts_leave_nothing(self):
        fleet("up", 2)
        for name in ("web1", "web2"):
            os.kill(int((self.own / "run" / name).read_text().split()[0]), 9)
        fleet("down")
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
