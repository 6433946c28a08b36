"""An object beyond 4 GB from a server that breaks off, and a cache without room for it."""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from scenario import FILES, NET, OK, PROGRAM

SIZE = (4 << 30) + 1
STAGES = """storage: {url}
stages:
  main:
    doc: It is enough that it is there.
    run: [{{stage.log: it is there, when: "storage['large'] is defined"}}]
"""
NGINX = """daemon off;
user root;
worker_processes 1;
pid {folder}/pid;
events {{ }}
http {{
  log_format answers '$status $http_range';
  access_log {folder}/answers answers;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {address};
    root {folder}/files;
  }}
}}
"""


class LargeObjects(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="espresso-large-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.cache = self.folder / "cache"
        self.words = [str(PROGRAM), "plan", "main", "-i", "web1,"]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ESPRESSO_")}
        self.environment = kept | {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.cache), "LC_ALL": "C.UTF-8"}
        with socket.create_server((NET + ".99.2", 0)) as free:
            address = "{}:{}".format(*free.getsockname())
        with open(self.write("files/large", ""), "r+b") as file:
            file.truncate(SIZE)  # none of it lies on the disk
        self.write("nginx.conf", NGINX.format(folder=self.folder, address=address))
        self.nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", str(self.folder), "-e", str(self.folder / "errors"),
                                       "-c", str(self.folder / "nginx.conf")])
        self.addCleanup(self.nginx.wait)
        self.addCleanup(self.nginx.terminate)
        self.write("stages.yaml", STAGES.format(url=f"http://{address}"))
        self.await_that(lambda: (self.folder / "pid").exists() and self.workers())

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def call(self, words):
        return subprocess.run(words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300)

    def workers(self):
        listed = Path(f"/proc/{self.nginx.pid}/task/{self.nginx.pid}/children").read_text()
        return [int(process) for process in listed.split()]

    def await_that(self, is_so):
        end = time.monotonic() + 120
        while not is_so():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def in_cache(self, pattern):
        return [path.stat().st_size for path in self.cache.rglob(pattern)]

    def test_goes_on_where_the_server_died_and_is_never_held_in_memory(self):
        process = subprocess.Popen(self.words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.await_that(lambda: process.poll() is not None or sum(self.in_cache("*.part")) > SIZE // 4)
        for worker in self.workers():  # another one takes its place
            os.kill(worker, signal.SIGKILL)
        out, _ = process.communicate(timeout=300)
        self.assertEqual(process.returncode, OK, out)
        answers = (self.folder / "answers").read_text().splitlines()
        self.assertEqual(len(answers), 1, answers)
        self.assertGreater(int(re.fullmatch(r"206 bytes=(\d+)-", answers[0]).group(1)), SIZE // 4)
        self.assertEqual((self.in_cache("content-*"), self.in_cache("*.part")), ([SIZE], []))
        most = int(os.environ.get("ESPRESSO_MOST_MEMORY_KB", 80 * 1024))
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, most)

    def test_leaves_nothing_of_it_where_there_is_no_room(self):
        script = 'mount -t tmpfs -o size=8m tmpfs "$1" && shift && { "$@"; echo "status $?"; find cache -name "*.part*"; }'
        self.cache.mkdir()
        done = self.call(["unshare", "--mount", "sh", "-c", script, "sh", str(self.cache), *self.words])
        self.assertEqual(done.stdout, f"status {FILES}\n", done.stderr)
        self.assertIn("No space left on device", done.stderr)
        self.assertIn("XDG_CACHE_HOME names another folder", done.stderr)


if __name__ == "__main__":
    unittest.main()
