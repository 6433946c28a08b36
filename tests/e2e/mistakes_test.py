"""Mistakes in the user's files: told at once, exit status 5, and no host is so much as connected to."""

import unittest

from scenario import FILES, NET, Scenario

GOOD = "stages:\n  main:\n    doc: Nothing.\n    run: [shell.run: 'true']\n"


class Mistakes(Scenario):
    hosts = 1

    def setUp(self):
        super().setUp()
        self.watch = self.listener(f"{NET}.200.1")
        self.write("inventory.yaml", f"all:\n  hosts:\n    watched: {{address: {NET}.200.1, port: {self.watch.port}}}\n")
        self.write("stages.yaml", GOOD)

    def refuse(self, expected, *arguments, command=("run", "main")):
        run = self.espresso(*command, *(arguments or ("--hosts", "all")))
        self.assert_status(run, FILES)
        self.assertIn(expected, run.err, run.text)
        self.assertEqual(self.watch.connections, 0, run.text)
        return run

    def test_the_watch_sees_a_connection(self):
        self.espresso("run", "main", "--hosts", "all")
        self.assertGreater(self.watch.connections, 0)

    def test_unknown_parameter(self):
        self.write("stages.yaml", "stages:\n  main:\n    doc: A file.\n    run:\n"
                                  "      - fs.ensure_file: {path: /tmp/x, contnet: hello}\n")
        self.refuse("""stages.yaml:5:40: error: helper 'fs.ensure_file' has no parameter 'contnet'
  5 |       - fs.ensure_file: {path: /tmp/x, contnet: hello}
    |                                        ^^^^^^^
hint: did you mean 'content'?
""")

    def test_all_mistakes_at_once(self):
        self.write("stages.yaml", "stages:\n  main:\n    doc: Two.\n    requires: setpu\n    run: [no.such: 1]\n"
                                  "  setup:\n    doc: Another.\n    rum: []\n")
        run = self.refuse("setpu")
        self.assertIn("no.such", run.err, run.text)
        self.assertIn("rum", run.err, run.text)

    def test_a_cycle_is_shown_with_its_path(self):
        self.write("stages.yaml", "stages:\n  main: {doc: A., requires: b}\n  b: {doc: B., requires: c}\n"
                                  "  c: {doc: C., requires: main}\n")
        run = self.refuse("main")
        self.assertRegex(run.err, r"main.*b.*c.*main")

    def test_duplicate_stages_show_both_places(self):
        (self.folder / "stages.yaml").unlink()
        self.write("stages/a.yaml", GOOD)
        self.write("stages/b.yaml", GOOD)
        run = self.refuse("a.yaml", "-S", "stages", "--hosts", "all")
        self.assertIn("b.yaml", run.err, run.text)

    def test_missing_storage_item(self):
        self.write("files/motd", "")
        self.write("stages.yaml", "storage: files\nstages:\n  main:\n    doc: A file.\n    run:\n"
                                  "      - fs.ensure_file: {path: /tmp/x, source: mtod}\n")
        self.refuse("mtod")

    def test_a_template_with_an_unknown_name(self):
        self.write("files/t", "one\n{{ nobody }}\n")
        self.write("stages.yaml", "storage: files\nstages:\n  main:\n    doc: A file.\n    run:\n"
                                  "      - fs.ensure_file: {path: /tmp/x, template: t}\n")
        run = self.refuse("nobody")
        self.assertIn("t:2:", run.err, run.text)

    def test_wrong_type(self):
        self.write("stages.yaml", "stages:\n  main:\n    doc: A directory.\n    run:\n"
                                  "      - fs.ensure_directory: {path: /tmp/x, mode: rwx}\n")
        self.refuse("rwx")

    def test_unknown_host_pattern(self):
        self.refuse("wacthed", "--hosts", "wacthed")

    def test_unknown_stage(self):
        self.refuse("mian", "--hosts", "all", command=("run", "mian"))

    def test_broken_inventory(self):
        self.write("inventory.yaml", "all:\n  hots: {}\n")
        self.refuse("inventory.yaml:2:3")

    def test_unreadable_key(self):
        self.write("inventory.yaml", f"all:\n  vars: {{identity: {self.folder}/no-key}}\n"
                                     f"  hosts:\n    watched: {{address: {NET}.200.1, port: {self.watch.port}}}\n")
        self.refuse("no-key")

    def test_unknown_option(self):
        self.refuse("--hosst", "--hosst", "all")

    def test_no_stage_file(self):
        (self.folder / "stages.yaml").unlink()
        self.refuse("stages.yaml")


if __name__ == "__main__":
    unittest.main()
