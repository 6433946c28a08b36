"""What needs no root at the hosts: language, selection, output. Runs on either kind of fleet."""

import json
import os
import shutil
import unittest

from scenario import FILES, HOST_FAILED, INTERRUPTED, NET, OK, SOURCE, Scenario, fleet, in_host


class Unprivileged(Scenario):
    hosts = 3

    def setUp(self):
        super().setUp()
        self.root_mode = fleet("mode") == "root"
        if self.root_mode:  # as in a fleet without root: a folder of each host's own
            inventory = (self.folder / "inventory.yaml").read_text()
            self.write("inventory.yaml", inventory.replace("  vars:\n", "  vars:\n    scratch: /tmp/scratch\n"))
            for i in (1, 2, 3):
                in_host(f"web{i}", "rm -rf /tmp/scratch; mkdir /tmp/scratch")

    def read(self, host, path):
        return in_host(host, f"cd {self.scratch(host)} && cat {path}")

    def scratch(self, host):
        return "/tmp/scratch" if self.root_mode else str(self.client.parent / "state" / host / "home")

    def exists(self, host, path):
        return in_host(host, f"cd {self.scratch(host)} && if [ -e {path} ]; then echo yes; fi") == "yes"

    def test_the_example_for_users_without_root(self):
        shutil.copytree(SOURCE / "examples/unprivileged", self.folder, dirs_exist_ok=True)
        first = self.espresso("run", "main", "--hosts", "web", "--format", "json")
        self.assert_status(first, OK)
        self.assertEqual(first.outcomes("web2"), ["changed", "changed", "changed", "ok", "changed"], first.text)
        self.assertEqual(self.read("web2", "current/index.html"),
                         "<!doctype html>\n<title>web2</title>\n<ul>\n"
                         "  <li>web1</li>\n  <li>web2 (this one)</li>\n  <li>web3</li>\n</ul>")
        second = self.espresso("run", "main", "--hosts", "web", "--format", "json")
        self.assertEqual(second.outcomes("web2"), ["ok"] * 5, second.text)

    def test_check_mode_says_unknown_where_a_command_cannot_be_checked(self):
        run = self.run_stages("""
stages:
  main:
    doc: Two commands.
    run:
      - shell.run: touch {{ scratch }}/always
      - shell.run: {line: "touch {{ scratch }}/once", creates: "{{ scratch }}/once"}
""", "--check")
        self.assert_status(run, OK)
        self.assertEqual(run.outcomes("web1"), ["unknown", "would-change"], run.text)
        self.assertFalse(self.exists("web1", "always"))
        self.assertFalse(self.exists("web1", "once"))

    def test_for_each_when_and_register(self):
        run = self.run_stages("""
stages:
  main:
    doc: All of it on web2 only.
    run:
      - fs.ensure_directory: {path: "{{ scratch }}/{{ item }}"}
        for_each: [a, b]
        when: host.name == "web2"
      - shell.run: {line: "echo here", unless: "false"}
        register: said
      - fs.ensure_file: {path: "{{ scratch }}/said", content: "{{ said.stdout }}"}
        when: said.changed and facts.os.id == "debian"
""")
        self.assert_status(run, OK)
        self.assertEqual(run.outcomes("web2"), ["changed", "changed", "changed", "changed"], run.text)
        self.assertEqual(run.outcomes("web1"), ["skipped", "changed", "changed"], run.text)
        self.assertTrue(self.exists("web2", "b"))
        self.assertFalse(self.exists("web1", "a"))
        self.assertEqual(self.read("web1", "said"), "here")

    def test_a_helper_of_the_users_own(self):
        self.write("helpers/app/flag.sh", """#: summary: A flag is raised.
#: parameters:
#:   path: {type: path, required: true, doc: Where.}
#: main: path
check() { [ -e "$path" ] || differs "no flag"; }
apply() { : > "$path"; }
""")
        stages = "stages:\n  main:\n    doc: A flag.\n    run: [app.flag: '{{ scratch }}/flag']\n"
        self.assertEqual(self.run_stages(stages).outcomes("web3"), ["changed"])
        self.assertEqual(self.run_stages(stages).outcomes("web3"), ["ok"])

    def test_content_arrives_to_the_byte(self):
        content = bytes(range(256)) * 300 + b"\n\n"
        (self.folder / "files").mkdir()
        (self.folder / "files/blob").write_bytes(content)
        stages = """
storage: files
stages:
  main:
    doc: Every byte there is, and text with quotes.
    run:
      - fs.ensure_file: {path: "{{ scratch }}/blob", source: blob}
      - fs.ensure_file: {path: "{{ scratch }}/text", content: "it's \\"$HOME\\" `id` \\\\ \\n"}
"""
        self.assertEqual(self.run_stages(stages).outcomes("web1"), ["changed", "changed"])
        place = fleet("root", 1) + self.scratch("web1") if self.root_mode else self.scratch("web1")
        with open(place + "/blob", "rb") as blob:
            self.assertEqual(blob.read(), content)
        self.assertEqual(self.read("web1", "text"), "it's \"$HOME\" `id` \\")
        self.assertEqual(self.run_stages(stages).outcomes("web1"), ["ok", "ok"])

    def test_a_failing_host_ends_alone(self):
        run = self.run_stages("""
stages:
  main:
    doc: Fails on web2.
    run:
      - stage.fail: not here
        when: host.name == "web2"
      - fs.ensure_file: {path: "{{ scratch }}/reached", content: "yes"}
""")
        self.assert_status(run, HOST_FAILED)
        self.assertEqual(run.hosts(), {"web1": "changed", "web2": "failed", "web3": "changed"}, run.text)
        self.assertFalse(self.exists("web2", "reached"))

    def test_exec_runs_a_command_on_all_hosts(self):
        run = self.espresso("exec", "echo on $((40 + 2))", "--hosts", "all")
        self.assert_status(run, OK)
        self.assertIn("on 42", run.out, run.text)

    def test_exec_fails_when_the_command_does(self):
        self.assert_status(self.espresso("exec", "exit 3", "--hosts", "web1"), HOST_FAILED)

    def test_patterns_select_hosts(self):
        for pattern, hosts in (("web*,!web2", ["web1", "web3"]), ("web,&web[2-3]", ["web2", "web3"]),
                               ("~web[13]$", ["web1", "web3"]), ("web[0]", ["web1"]), ("web3,web1", ["web1", "web3"])):
            with self.subTest(pattern):
                run = self.espresso("exec", "true", "--hosts", pattern, "--format", "json")
                self.assertEqual(sorted(run.hosts()), hosts, run.text)
        self.write("some", "web2\nweb3\n")
        run = self.espresso("exec", "true", "--hosts", "@some", "--format", "json")
        self.assertEqual(sorted(run.hosts()), ["web2", "web3"], run.text)

    def test_hosts_need_no_inventory(self):
        (self.folder / "inventory.yaml").unlink()
        shutil.copy(self.client / "id_ed25519", self.home / ".ssh/id_ed25519")
        port = 22 if self.root_mode else 2200
        user = "root" if self.root_mode else os.environ.get("USER", "root")
        run = self.espresso("exec", "true", "--hosts", f"{user}@{NET}.0.1:{port},{user}@{NET}.0.2:{port}",
                            "--format", "json")
        self.assert_status(run, OK)
        self.assertEqual(sorted(run.hosts()), [f"{NET}.0.1", f"{NET}.0.2"], run.text)

    def test_the_inventory_can_be_looked_at(self):
        self.assertEqual(self.espresso("inventory", "list").out.split(), ["web1", "web2", "web3"])
        shown = self.espresso("inventory", "show", "web2")
        self.assertIn(f"{NET}.0.2", shown.out, shown.text)
        self.assertIn("inventory.yaml", shown.out, shown.text)
        graph = self.espresso("inventory", "graph")
        self.assertIn("web", graph.out, graph.text)

    def test_an_interrupt_lets_the_operation_under_way_finish(self):
        self.write("stages.yaml", """
stages:
  main:
    doc: Something that takes a while.
    run:
      - shell.run: "touch '{{ scratch }}/begun'; sleep 2; touch '{{ scratch }}/finished'"
      - shell.run: touch '{{ scratch }}/next'
""")
        process = self.start("run", "main", "--hosts", "web1", "--format", "json")
        for line in process.stdout:
            if json.loads(line)["event"] == "operation_started":
                break
        while not self.exists("web1", "begun"):
            self.assertIsNone(process.poll())
        process.send_signal(2)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, INTERRUPTED, out + err)
        self.assertTrue(self.exists("web1", "finished"), out + err)
        self.assertFalse(self.exists("web1", "next"), out + err)


if __name__ == "__main__":
    unittest.main()
