"""The same task, applied by Espresso and by Ansible to twin hosts, leaves the same behind.

cases/HELPER.yaml holds the cases of one helper, by name:
    before:    a script for sh that both hosts run first, in the case's own folder; $TWIN is espresso or ansible
    espresso:  one operation or several, as in a stage's `run:`
    ansible:   one task or several, as in a playbook
    paths:     what the case writes outside of its folder; its content is compared, too
    differs:   {what: why}, where Espresso differs on purpose; `what` is 'first' or 'second' (changed, ok or failed in
               the first and second run) or a path. A difference that is not told here fails, and so does one that
               is told and is not there.
    apart:     {path: why}, what is not compared
    alike:     [{this: REGEX, as: TEXT, why: …}], what both write in ways of their own on purpose: replaced in the
               files of both before they are compared
ESPRESSO_DIFFERENTIAL=PATTERN takes only the cases HELPER/CASE that it names.

$DIR stands for the case's own folder at the hosts; files/ holds local content for both, and is served at $URL. $LOCAL is
a folder of the case on this machine, compared as the other is.

All cases are one run of espresso and one of ansible-playbook, each with everything twice. Check mode must predict what
Espresso's first run does. What either has written beyond the cases' own paths is compared in the end.
"""

import difflib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

os.environ.setdefault("ESPRESSO_FLEET_NET", "127.64")
# Python and what Ansible's modules need of it, and the tools that tasks are about.
os.environ["ESPRESSO_FLEET_PACKAGES"] = "python3,python3-apt,cron,curl,git,kmod,locales,procps,tzdata,unzip"

import scenario  # noqa: E402: it reads the environment

# Beyond the cases: traces of the two programs themselves, of logins and of time, and what names the host.
NOT_COMPARED = ("case", "dev", "proc", "sys", "run", "tmp", "root/.ansible", "var/log", "var/cache", "var/lib/apt",
                "var/lib/dpkg", "var/lib/espresso", "var/backups", "etc/hostname", "etc/hosts", "etc/ssh", "usr/lib/python3",
                "etc/passwd-", "etc/shadow-", "etc/group-", "etc/gshadow-", "etc/subuid-", "etc/subgid-", "etc/.pwd.lock")


class Files(SimpleHTTPRequestHandler):
    """Serves files/, quietly. The hosts share this machine's network."""

    def __init__(self, *arguments):
        super().__init__(*arguments, directory=HERE / "files")

    def log_message(self, *_):
        pass


SERVER = ThreadingHTTPServer(("127.0.0.1", 0), Files)
threading.Thread(target=SERVER.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{SERVER.server_port}"


def as_list(one_or_more):
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


class Case:
    def __init__(self, helper, name, body):
        unknown = set(body) - {"before", "espresso", "ansible", "paths", "differs", "apart", "alike"}
        assert not unknown, f"{helper} {name}: unknown keys {sorted(unknown)}"
        self.name = f"{helper}/{name}"
        self.folder = f"/case/{self.name}"
        body = json.loads(json.dumps(body).replace("$DIR", self.folder).replace("$URL", URL))
        self.before = body.get("before", "")
        self.local = {twin: f"local/{twin}/{self.name}" for twin in ("espresso", "ansible")}
        ours, theirs = (json.loads(json.dumps(as_list(body[twin])).replace("$LOCAL", local)) for twin, local in self.local.items())
        self.operations = [call if isinstance(call, dict) else {call: None} for call in ours]
        self.tasks = theirs
        self.paths = body.get("paths", [])
        self.differs = body.get("differs", {})
        self.apart = body.get("apart", {})
        self.alike = [(re.compile(one["this"].encode(), re.M), one["as"].encode(), one["why"]) for one in body.get("alike", [])]


def load_cases():
    cases = []
    for file in sorted((HERE / "cases").glob("*.yaml")):
        for name, body in yaml.safe_load(file.read_text()).items():
            cases.append(Case(file.stem, name, body))
    return [case for case in cases if fnmatch(case.name, os.environ.get("ESPRESSO_DIFFERENTIAL", "*"))]


CASES = load_cases()


def strongest(outcomes):
    """The outcome of several operations is that of the one with the most to tell."""
    order = ("ok", "skipped", "changed", "would-change", "unknown", "failed")
    return max(outcomes, key=order.index) if outcomes else "not run"


class EspressoTwin:
    """A host under Espresso; its runs as {case: outcome}."""

    def __init__(self, folder, client, host):
        self.folder, self.client, self.host = folder, client, host
        run = [call | {"name": case.name, "ignore_errors": True} for case in CASES for call in case.operations]
        (folder / "stages.yaml").write_text(json.dumps({"stages": {"main": {"run": run}}}))

    def run(self, *options):
        done = subprocess.run(
            [scenario.PROGRAM, "run", "main", "-i", self.client / "inventory.yaml", "--hosts", self.host, "--known-hosts",
             self.client / "known_hosts", "--format", "json", *options],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600)
        outcomes, self.messages = {}, {}
        for line in done.stdout.splitlines():
            event = json.loads(line)
            if event["event"] == "operation_finished":
                outcomes.setdefault(event["title"], []).append(event["outcome"])
                self.messages[event["title"]] = event.get("message", "") + event.get("stderr", "")
        assert outcomes, f"espresso {options}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
        return {name: strongest(of) for name, of in outcomes.items()}

    def runs(self):
        self.predicted, self.first, self.second = self.run("--check"), self.run(), self.run()


class AnsibleTwin:
    """A host under Ansible."""

    def __init__(self, folder, client, host):
        self.folder, self.host = folder, host
        tasks = [task | {"name": case.name, "ignore_errors": True} for case in CASES for task in case.tasks]
        play = {"hosts": host, "gather_facts": True, "gather_subset": ["!all", "min"], "tasks": tasks}
        again = play | {"gather_facts": False}
        (folder / "playbook.json").write_text(json.dumps([play, again]))
        (folder / "hosts").write_text(
            f"{host} ansible_ssh_common_args='-F {client}/ssh_config' ansible_python_interpreter=/usr/bin/python3\n")

    def runs(self):
        environment = os.environ | {
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_PIPELINING": "1", "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.folder / "cp"), "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["ansible-playbook", "-i", "hosts", "playbook.json"], cwd=self.folder, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
        start = done.stdout.find("{\n")
        assert start >= 0, f"ansible-playbook: exit status {done.returncode}\n{done.stdout}{done.stderr}"
        plays = json.loads(done.stdout[start:])["plays"]
        self.messages = {}
        self.first, self.second = (self.outcomes(play) for play in plays)

    def outcomes(self, play):
        outcomes = {}
        for task in play["tasks"]:
            result = task["hosts"].get(self.host, {"failed": True, "msg": "not run"})
            word = "failed" if result.get("failed") else "changed" if result.get("changed") else "ok"
            outcomes.setdefault(task["task"]["name"], []).append(word)
            self.messages[task["task"]["name"]] = str(result.get("msg", ""))
        return {name: strongest(of) for name, of in outcomes.items()}


def look_at(path, alike):
    """Type, mode, owner, group and target of what is there; and a file's content."""
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return "nothing", b""
    kind = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "link"}.get(stat.S_IFMT(status.st_mode), "special")
    text = f"{kind} {stat.S_IMODE(status.st_mode):04o} {status.st_uid}:{status.st_gid}"
    if kind == "link":
        text += f" -> {os.readlink(path)}"
    content = path.read_bytes() if kind == "file" else b""
    for this, other, _ in alike:
        content = this.sub(other, content)
    return text, content


def difference(ours, theirs):
    """What differs between two that were looked at."""
    text = f"ours {ours[0]}, theirs {theirs[0]}" if ours[0] != theirs[0] else "content"
    if ours[1] != theirs[1] and "nothing" not in (ours[0], theirs[0]):
        lines = [content.decode(errors="backslashreplace").splitlines() for content in (theirs[1], ours[1])]
        text += "".join(f"\n    {line}" for line in list(difflib.unified_diff(*lines, "theirs", "ours", lineterm=""))[:20])
    return text


def below(root, name):
    """The path and everything below it, as names relative to `root`; links are not followed."""
    path = root / name.lstrip("/")
    if not os.path.lexists(path):
        return set()
    names = {str(path.relative_to(root))}
    if path.is_dir() and not path.is_symlink():
        for folder, folders, files in os.walk(path):
            names |= {str((Path(folder) / one).relative_to(root)) for one in folders + files}
    return names


def is_below(name, folders):
    return any(name == folder or name.startswith(f"{folder}/") for folder in folders)


class Differential(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        scenario.fleet("down")
        scenario.fleet("up", 2)
        cls.addClassCleanup(scenario.fleet, "down")
        client = Path(scenario.fleet("client"))
        cls.folder = client.parent / "differential"
        shutil.rmtree(cls.folder, ignore_errors=True)
        cls.folder.mkdir()
        (cls.folder / "files").symlink_to(HERE / "files")
        before = "".join(f"mkdir -p '{case.folder}'; cd '{case.folder}'; ( set -e; {case.before}\n:) || exit 1\n" for case in CASES)
        for host, twin in ((1, "espresso"), (2, "ansible")):
            scenario.in_host(host, f"umask 022\nPATH=/usr/sbin:/usr/bin:/sbin:/bin TWIN={twin}\n{before}")
        cls.ours, cls.theirs = EspressoTwin(cls.folder, client, "web1"), AnsibleTwin(cls.folder, client, "web2")
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(cls.ours.runs), pool.submit(cls.theirs.runs)]:
                done.result()
        cls.roots = [Path(scenario.fleet("root", host)) for host in (1, 2)]
        cls.layers = [client.parent / "state" / f"web{host}" / "upper" for host in (1, 2)]

    def differences(self, names, alike=(), roots=None):
        """{path: how both differ} of what is not alike."""
        found = {}
        for name in sorted(names):
            ours, theirs = (look_at(root / name, alike) for root in roots or self.roots)
            if ours != theirs:
                found[f"/{name}"] = difference(ours, theirs)
        return found

    def check_case(self, case):
        names = set()
        for path in [case.folder, *case.paths]:
            for root in self.roots:
                names |= below(root, path)
        found = {path.removeprefix(case.folder + "/"): what for path, what in self.differences(names, case.alike).items()}
        local = [self.folder / case.local[twin] for twin in ("espresso", "ansible")]
        names = set().union(*(below(root, "") for root in local)) - {"."}
        found |= {f"$LOCAL{path}": what for path, what in self.differences(names, case.alike, local).items()}
        found = {path: what for path, what in found.items() if not is_below(path, case.apart)}
        for run in ("first", "second"):
            ours, theirs = (getattr(twin, run)[case.name] for twin in (self.ours, self.theirs))
            if ours != theirs:
                found[run] = (f"ours {ours}, theirs {theirs} "
                              f"({self.ours.messages[case.name]!r}, {self.theirs.messages[case.name]!r})")
        predicted, first = self.ours.predicted[case.name].replace("would-change", "changed"), self.ours.first[case.name]
        # What stands in the way of a change may be gone when its turn comes, so a failure need not be predicted.
        if predicted not in ("unknown", first) and (predicted, first) != ("changed", "failed"):
            found["check mode"] = f"predicted {predicted}, and it was {first}"
        untold = {what: how for what, how in found.items() if what not in case.differs}
        gone = sorted(set(case.differs) - set(found))
        self.assert_none(untold)
        self.assertFalse(gone, f"told to differ, and alike: {gone}")

    def test_nothing_else_is_written(self):
        own = {path.strip("/") for case in CASES for path in case.paths}
        names = set().union(*(below(layer, "") for layer in self.layers)) - {"."}
        names = {name for name in names if not is_below(name, (*NOT_COMPARED, *own))}
        self.assert_none(self.differences(names))

    def assert_none(self, differences):
        if differences:
            self.fail("".join(f"\n  {what}: {how}" for what, how in differences.items()))


def add_case(case):
    def test(self):
        self.check_case(case)

    setattr(Differential, f"test_{case.name}", test)


for one in CASES:
    add_case(one)

if __name__ == "__main__":
    unittest.main()
