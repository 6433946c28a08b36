"""A file of 1 GB: it travels once, the client stays small, and where there is no room for it the former one stays."""

import os
import resource
import unittest

from scenario import HOST_FAILED, OK, Scenario, in_host

SIZE = 1 << 30
STAGES = """storage: files
stages:
  main:
    doc: A file larger than anybody would hold in memory.
    run: [{fs.ensure_file: {path: /srv/memory/large, source: large, mode: 0600}}]
"""


class Large(Scenario):
    hosts = 1

    def test_a_file_of_1_gb(self):
        with open(self.write("files/large", ""), "r+b") as file:
            file.truncate(SIZE)
            for at in range(0, SIZE, SIZE // 8):
                file.seek(at)
                file.write(b"\0\r\n\xff%d" % at)
        in_host("web1", "mkdir /srv/memory && mount -t tmpfs -o size=1200m tmpfs /srv/memory")
        run = self.run_stages(STAGES)
        self.assertEqual((run.status, run.outcomes("web1")), (OK, ["changed"]), run.text)
        self.assertEqual(in_host("web1", "stat -c '%s %a' /srv/memory/large"), f"{SIZE} 600")
        self.assertEqual(in_host("web1", "cd /srv/memory && tail -c +134217729 large | head -c 13 | od -An -c | tr -d ' \\n'"),
                         "\\0\\r\\n377134217728")
        run = self.run_stages(STAGES)
        self.assertEqual((run.status, run.outcomes("web1")), (OK, ["ok"]), run.text)
        in_host("web1", "rm /srv/memory/large")

        in_host("web1", "mkdir /srv/small && mount -t tmpfs -o size=8m tmpfs /srv/small && echo former >/srv/small/f")
        run = self.run_stages(STAGES.replace("/srv/memory/large", "/srv/small/f"))
        self.assertEqual((run.status, run.outcomes("web1")), (HOST_FAILED, ["failed"]), run.text)
        self.assertIn("No space left on device", run.text)
        self.assertEqual(in_host("web1", "cd /srv/small && ls -A && cat f"), "f\nformer")

        most = int(os.environ.get("ESPRESSO_MOST_MEMORY_KB", 80 * 1024))
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, most)


if __name__ == "__main__":
    unittest.main()
