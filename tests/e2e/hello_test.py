"""The story the project is for: examples/hello, on hosts where dpkg really installs."""

import os
import shutil
import unittest

from scenario import NET, OK, SOURCE, Scenario, fleet, in_host


class Hello(Scenario):
    hosts = 3

    def setUp(self):
        super().setUp()
        fleet("reset")
        inventory = (self.folder / "inventory.yaml").read_text()
        shutil.copytree(SOURCE / "examples/hello", self.folder, dirs_exist_ok=True)
        # The example's own inventory names hosts of nobody's here; and the hosts get packages where this machine does.
        for stray in self.folder.glob("inventory*"):
            shutil.rmtree(stray) if stray.is_dir() else stray.unlink()
        self.write("inventory.yaml", inventory)
        sources = fleet("sources")
        if any("debian.org/" not in line for line in sources.splitlines()):
            self.write("files/sources.list", sources + "\n")

    def run_main(self, *arguments):
        return self.espresso("run", "main", "--hosts", "web*", "--format", "json", *arguments)

    def test_the_first_run_changes_the_hosts_and_the_second_nothing(self):
        first = self.run_main()
        self.assert_status(first, OK)
        self.assertEqual(first.hosts(), {"web1": "changed", "web2": "changed", "web3": "changed"}, first.text)
        for host in ("web1", "web2", "web3"):
            packages = [title for title, _ in first.results(host) if title.startswith("dpkg.ensure_installed")]
            self.assertEqual(len(packages), 1, first.text)
            for package in packages[0].split(" ", 1)[1].replace(",", " ").split():
                self.assertEqual(in_host(host, f"dpkg-query -W -f '${{db:Status-Status}}' {package}"), "installed")
            self.assertEqual(in_host(host, "cat /etc/apt/sources.list") + "\n",
                             (self.folder / "files/sources.list").read_text())
        before = self.layer("web1")

        second = self.run_main()
        self.assert_status(second, OK)
        for host in ("web1", "web2", "web3"):
            self.assertEqual(set(second.outcomes(host)), {"ok"}, second.text)
        self.assertEqual(self.without_apts_own(self.layer("web1")), self.without_apts_own(before))

    @staticmethod
    def without_apts_own(layer):
        """dpkg.update asks the repositories each time, and apt writes down when."""
        return [file for file in layer if not file[0].startswith(("var/lib/apt", "var/cache/apt")) and file[0] != "tmp"]

    def test_stages_come_in_the_order_of_their_requirements(self):
        run = self.run_main("--check")
        self.assertEqual([e["stage"] for e in run.events if e["event"] == "stage_started" and e["host"] == "web1"],
                         ["setup-repository", "main"], run.text)

    def test_the_ancestors_form_is_understood(self):
        run = self.espresso("-S", "stages.yaml", "--run=main", "--hosts", "web1", "--format", "json")
        self.assert_status(run, OK)
        self.assertEqual(run.hosts(), {"web1": "changed"}, run.text)

    def test_the_same_stages_in_cpp_do_the_same_job(self):
        self.write("only-storage.yaml", "storage: files\n")
        program = os.environ["ESPRESSO_CPP_STAGES"]
        in_cpp = self.espresso("run", "main", "--hosts", "web1", "-S", "only-storage.yaml", "--format", "json",
                               program=program)
        self.assert_status(in_cpp, OK)
        in_yaml = self.espresso("run", "main", "--hosts", "web1", "--format", "json")
        self.assertEqual([title for title, _ in in_cpp.results("web1")], [title for title, _ in in_yaml.results("web1")])
        self.assertEqual(in_cpp.outcomes("web1"), ["changed", "changed", "changed"], in_cpp.text)
        self.assertEqual(in_yaml.outcomes("web1"), ["ok", "ok", "ok"], in_yaml.text)

    def test_check_mode_says_what_the_run_does_and_changes_nothing(self):
        before = self.layer("web1")
        check = self.run_main("--check")
        self.assert_status(check, OK)
        self.assertEqual(self.layer("web1"), before)

        run = self.run_main()
        self.assertEqual([title for title, _ in check.results("web1")], [title for title, _ in run.results("web1")])
        # Whether the repositories have anything new is known only by asking them, which writes.
        self.assertEqual(check.outcomes("web1"), ["would-change", "unknown", "would-change"], check.text)
        self.assertEqual(run.outcomes("web1"), ["changed", "changed", "changed"], run.text)

    def test_diff_shows_the_lines(self):
        in_host("web1", "printf 'deb http://old.example/debian bookworm main\\n' > /etc/apt/sources.list")
        run = self.espresso("run", "main", "--hosts", "web1", "--check", "--diff")
        self.assert_status(run, OK)
        self.assertIn("-deb http://old.example/debian bookworm main", run.out, run.text)
        for line in (self.folder / "files/sources.list").read_text().splitlines():
            self.assertIn("+" + line, run.out, run.text)

    def test_plan_shows_stages_and_operations_and_touches_nothing(self):
        before = self.layer("web1")
        plan = self.espresso("plan", "main", "--hosts", "web1")
        self.assert_status(plan, OK)
        places = [plan.out.find(word) for word in
                  ("setup-repository", "fs.ensure_file", "dpkg.update", "main", "dpkg.ensure_installed")]
        self.assertNotIn(-1, places, plan.text)
        self.assertLess(places[1], places[2], plan.text)
        self.assertLess(places[2], places[4], plan.text)
        self.assertEqual(self.layer("web1"), before)

    def test_text_output_folds_hosts_that_did_the_same(self):
        run = self.espresso("run", "main", "--hosts", "web*")
        self.assert_status(run, OK)
        self.assertIn("web[1-3]", run.out + run.err, run.text)

    def test_the_skeleton_of_init_can_be_used_at_once(self):
        self.assert_status(self.espresso("init", "mine"), OK)
        of_fleet = ("-S", "mine/stages.yaml", "--hosts", "web1", "--format", "json")
        self.assert_status(self.espresso("plan", "main", *of_fleet), OK)
        check = self.espresso("check", "main", *of_fleet)
        self.assert_status(check, OK)
        self.assertEqual(check.results("web1"), [
            ("site.ensure_role general", "would-change"), ("fs.ensure_file /etc/motd", "would-change"),
            ("fs.ensure_directory /srv/site", "would-change"), ("fs.ensure_file /srv/site/index.html", "would-change")])
        run = self.espresso("run", "main", *of_fleet)
        self.assertEqual(run.outcomes("web1"), ["changed"] * 4, run.text)
        self.assertEqual(in_host("web1", "cat /etc/role"), "general")
        again = self.espresso("run", "main", *of_fleet)
        self.assertEqual(again.outcomes("web1"), ["ok"] * 4, again.text)


if __name__ == "__main__":
    unittest.main()
