"""Content from object storages: fetched once for all hosts, and there without the server when that is asked for."""

import subprocess
import unittest
import urllib.request

from scenario import FILES, NET, OK, SOURCE, Scenario, in_host

KEYS = {"AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "testing"}
STAGES = """storage:
  - {{url: s3://web/base, endpoint: '{server}', region: eu-test-1}}
  - {{url: swift://templates, auth_url: '{server}/auth/v1.0', user: test:tester, password: testing}}
stages:
  main:
    doc: A site.
    run:
      - fs.ensure_tree: {{path: /srv/site, source: site}}
      - fs.ensure_file: {{path: /srv/motd, template: motd.tmpl}}
"""


class Swift:
    """OpenStack Swift with S3, see tests/model/swift_server.py."""

    def __init__(self, address):
        self.process = subprocess.Popen(["/usr/bin/python3", str(SOURCE / "tests/model/swift_server.py"), address],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = f"http://{address}:{self.process.stdout.readline().strip()}"
        login = self.ask("/auth/v1.0", {"X-Auth-User": "test:tester", "X-Auth-Key": "testing"})
        self.token = login.headers["X-Auth-Token"]

    def ask(self, path, headers, method="GET", data=None):
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        return urllib.request.urlopen(request, timeout=60)

    def put(self, path, content=b""):
        self.ask("/v1/AUTH_test/" + path, {"X-Auth-Token": self.token}, "PUT", content)

    def close(self):
        if self.process.poll() is None:
            self.process.communicate("")


class Storage(Scenario):
    hosts = 2

    def run_main(self, *arguments):
        return self.espresso("run", "main", "--hosts", "all", "--format", "json", *arguments, env=KEYS)

    def test_trees_and_templates_come_from_object_storages(self):
        swift = Swift(NET + ".99.1")
        self.addCleanup(swift.close)
        for container in ("web", "templates"):
            swift.put(container)
        swift.put("web/base/site/index.html", b"index")
        swift.put("web/base/site/css/a.css", b"x" * 3000000)
        swift.put("templates/motd.tmpl", b"{{ host.name }}\n")
        self.write("stages.yaml", STAGES.format(server=swift.url))

        run = self.run_main()
        self.assertEqual((run.status, run.hosts()), (OK, {"web1": "changed", "web2": "changed"}), run.text)
        for host in ("web1", "web2"):
            self.assertEqual(in_host(host, "cd /srv && stat -c '%a %s %n' site site/* site/css/* | grep -v '^755 [0-9]* site'"),
                             "644 5 site/index.html\n644 3000000 site/css/a.css")
            self.assertEqual(in_host(host, "cat /srv/motd"), host)
        swift.put("web/base/site/index.html", b"other")
        run = self.run_main()
        self.assertEqual((run.status, run.outcomes("web1")), (OK, ["changed", "ok"]), run.text)

        swift.close()
        run = self.run_main("--offline")
        self.assertEqual((run.status, run.outcomes("web1")), (OK, ["ok", "ok"]), run.text)
        run = self.run_main()
        self.assertEqual((run.status, run.events), (FILES, []), run.text)
        self.assertIn(f"cannot look for 'site': cannot fetch '{swift.url}/web/base/site': failed to connect", run.err)
        self.assertIn("--offline takes what was fetched before", run.err)


if __name__ == "__main__":
    unittest.main()
