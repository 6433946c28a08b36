"""Secrets in every place of a run: none is shown, left on the workstation, or seen in arguments at the host."""

import base64
import fcntl
import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import tempfile
import termios
import unittest
from pathlib import Path

from scenario import FILES, HOST_FAILED, NET, OK, PROGRAM, SOURCE, Scenario, in_host

# One of each kind, and by what way it comes in. Blanks and quotes: they are quoted and escaped on their way.
SECRETS = {
    "config": "cfg-5ecret \"it's\" $1 \\n",
    "inventory": "inv-5ecret/0 'x'",
    "vault": "geheim-4711",
    "vault_inline": "ein ü geheimnis",
    "command": "cmd-5ecret+7 & 8",
    "sealed": "sealed-5ecret=9?",
    "become": "pw-deploypw",
    "lines": "first 5ecret line\nsecond 5ecret line\n",
}

# All that is started at the host, by name, says what its arguments are, and which modes the files have until then.
SPY = r"""#!/bin/sh
{ /usr/bin/printf '%s ' "$0" "$@"; echo; } >>/var/log/arguments
/usr/bin/stat -c '%a %n' /srv/private/* /srv/private/.e* 2>/dev/null >>/var/log/modes
exec /usr/bin/NAME "$@"
"""
SPIED = ("awk cat chmod chown cksum cmp cp curl dd dpkg env find git grep head install mktemp mv od printf ps rm sed sh "
         "sha256sum stat sudo sync tail tee timeout touch tr useradd usermod wc xargs").split()

STAGES = r"""
storage: files
stages:
  main:
    run:
      - fs.ensure_directory: {path: /srv/private, mode: 0755}
      - fs.ensure_file: {path: /srv/private/template, template: all.tmpl}
      - fs.ensure_file: {path: /srv/private/content, content: "{{ config.app.sealed }}\n"}
      - fs.ensure_file: {path: /srv/private/large, content: "{{ config.app.sealed }}{{ ('x'):rep(300000) }}"}
      - fs.ensure_line: {path: /srv/private/line, line: "key={{ config.app.config }}", regex: '^key=', create: true}
      - fs.ensure_line: {path: /srv/private/line, line: none, regex: "{{ pattern }}", absent: true}
      - fs.ensure_ini: {path: /srv/private/ini, section: db, option: password, value: "{{ config.app.command }}", create: true}
      - fs.ensure_block: {path: /srv/private/block, name: x, block: "{{ config.app.lines }}", create: true}
      - fs.ensure_file: {path: /srv/private/replaced, content: "password=old\n", mode: 0600}
      - fs.replace: {path: /srv/private/replaced, regex: '^password=.*', with: "password={{ db.password }}"}
      - shell.run: "printf '%s' {{ quote(config.app.command) }}"
        register: said
      - shell.run: {line: 'printf "%s" "$1$TOKEN" | base64; sleep 0.2', env: {TOKEN: "{{ inventory_secret }}"}, unless: "test {{ quote(config.app.sealed) }} = x"}
      - shell.run: {argv: [cat], stdin: "{{ config.app.config }}"}
      - stage.log: {message: "it said {{ said.stdout }}"}
      - fs.ensure_file: {path: /srv/private/registered, content: "{{ said.stdout }}"}
      - shell.script: {content: "printf '%s' {{ quote(config.app.lines) }} >&2"}
      - wait.for_command: {line: "echo {{ quote(config.app.sealed) }}", matches: 5ecret}
      - shell.run: "echo {{ quote(config.app.config) }} >&2; printf '%s' {{ quote(config.app.vault_inline) }} | base64; exit 3"
        ignore_errors: true
      - shell.run: "set -x; false {{ quote(config.app.sealed) }} {{ quote(inventory_secret) }}"
"""

TEMPLATE = """{% for name in {'config', 'vault_inline', 'command', 'sealed', 'lines'} %}
{{ name }}: {{ config.app[name] }}
{% endfor %}
{{ inventory_secret }} {{ db.password }}
"""


def forms(secret):
    """How a secret must not be told."""
    found = {secret, shlex.quote(secret), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1],
             secret.encode().hex()}
    for before in range(3):
        # What stands before and after it in the text decides the characters at both ends.
        text = base64.b64encode(b"x" * before + secret.encode()).decode().rstrip("=")
        found.add(text[4 if before else 0:-2])
    lines = [line for line in secret.splitlines() if line != secret]
    return {form for form in found if len(form) > 4} | {form for line in lines for form in forms(line)}


class SecretsStaySecret(Scenario):
    hosts = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        in_host("web1", "touch /var/log/arguments /var/log/modes; chmod 666 /var/log/arguments /var/log/modes")
        for name in SPIED:
            subprocess.run([str(SOURCE / "tests/fleet/fleet"), "exec", "web1", "sh", "-c",
                            f"[ ! -x /usr/bin/{name} ] || {{ cat >/usr/local/bin/{name}; "
                            f"chmod 755 /usr/local/bin/{name}; }}"],
                           input=SPY.replace("NAME", name), text=True, check=True, timeout=60)

    def setUp(self):
        super().setUp()
        samples = (SOURCE / "tests/model/vault_samples.h").read_text()
        vault_file, _, inline = ["".join(json.loads(f'"{line}"') for line in re.findall(r'^ *"(.*)"', part, re.M))
                                 for part in samples.split("constexpr auto")[1:]]
        self.write("key", "k" * 32)
        self.write("vault-password", "pa55 word\n")
        self.write("lines.txt", SECRETS["lines"])
        self.write("plain.yaml", json.dumps({"sealed": SECRETS["sealed"], "config": SECRETS["config"]}))
        (self.folder / "secrets").mkdir()
        self.write("secrets/app.yaml.secret", (self.folder / "plain.yaml").read_text())
        self.assert_status(self.told("secret", "encrypt", "secrets/app.yaml.secret"), OK)
        (self.folder / "plain.yaml").unlink()
        self.write("config/app.yaml", "config: !secret app.config\nsealed: !secret app.sealed\n"
                                      "command: !secret {command: 'cat command.txt; echo once >>runs'}\n"
                                      "lines: !secret {file: ../lines.txt}\n" +
                   inline.replace("token:", "vault_inline:"))
        self.write("command.txt", SECRETS["command"] + "\n")
        self.write("vault.yaml", vault_file)
        self.write("files/all.tmpl", TEMPLATE)
        self.write("inventory-secret", SECRETS["inventory"] + "\n")
        self.write("become-secret", SECRETS["become"] + "\n")
        self.write("inventory.yaml", f"""all:
  hosts:
    web1:
      address: {NET}.0.1
      user: deploypw
      identity: {self.client / "id_ed25519"}
      become: true
      become_password: !secret {{file: become-secret}}
      inventory_secret: !secret {{file: inventory-secret}}
      pattern: !secret {{file: inventory-secret}}
""")
        self.write("stages.yaml", STAGES)

    def told(self, *arguments):
        return self.espresso(*arguments, "--secret-key-file", "key", "--vault-password-file", "vault-password")

    def assert_untold(self, text, where):
        for name, secret in SECRETS.items():
            for form in forms(secret):
                self.assertNotIn(form, text, f"{name} in {where}")

    def test_a_run_tells_none_and_leaves_none_behind(self):
        arguments = ("-e", "@vault.yaml", "--hosts", "all", "-vvv", "--diff")
        for how in (("check", "main"), ("plan", "main"), ("run", "main")):
            for style in ("json", "text"):
                if how[0] == "run":
                    in_host("web1", "rm -rf /srv/private; : >/var/log/modes")
                run = self.told(*how, *arguments, "--format", style)
                self.assert_status(run, HOST_FAILED if how[0] == "run" else OK)
                self.assertIn("***", run.out)
                self.assert_untold(run.text, " ".join(how))
        self.assertIn("5ecret", in_host("web1", "cat /srv/private/template"))
        self.assertEqual(in_host("web1", "cat /srv/private/registered"), SECRETS["command"])
        self.assertEqual(in_host("web1", "cat /srv/private/replaced"), "password=" + SECRETS["vault"])
        self.assertEqual(in_host("web1", "cat /srv/private/line"), "key=" + SECRETS["config"])
        self.check_arguments()
        self.check_modes()
        self.check_files_left()
        # Once a run, however often it is mentioned.
        self.assertEqual((self.folder / "runs").read_text(), "once\n" * 6)

    def check_arguments(self):
        arguments = in_host("web1", "cat /var/log/arguments")
        self.assertIn("/usr/local/bin/sed ", arguments)
        self.assertIn("/usr/local/bin/grep ", arguments)
        self.assertIn("/usr/local/bin/sh ", arguments)
        self.assert_untold(arguments, "arguments at the host")

    def check_modes(self):
        modes = in_host("web1", "cat /var/log/modes").splitlines()
        self.assertGreater(len(modes), 10)
        self.assertEqual({line for line in modes if not line.startswith("600 ")
                          and not line.endswith("/replaced") and "*" not in line}, set())

    def check_files_left(self):
        ours = {"lines.txt", "command.txt", "inventory-secret", "become-secret"}
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name not in ours:
                self.assert_untold(path.read_text(errors="replace"), str(path))
        for path in self.layer_files("web1"):
            if "srv/private" not in str(path):
                self.assert_untold(path.read_text(errors="replace"), str(path))

    def layer_files(self, host):
        upper = self.client.parent / "state" / host / "upper"
        return [path for path in upper.rglob("*") if path.is_file() and not path.is_symlink()]

    def test_words_of_commands_hold_none(self):
        self.write("stages.yaml", 'stages: {main: {run: [{shell.run: {argv: [echo, "{{ config.app.sealed }}"]}}]}}\n')
        run = self.told("run", "main", "--hosts", "all")
        self.assert_status(run, FILES)
        self.assertEqual(run.out + run.err, """\
stages.yaml:1:42: error: 'argv' holds a secret, and becomes arguments that everybody at the host can read
  1 | stages: {main: {run: [{shell.run: {argv: [echo, "{{ config.app.sealed }}"]}}]}}
    |                                          ^
hint: hand it over with 'stdin' or 'env'
""")

    def test_other_commands_tell_none(self):
        for arguments in (("inventory", "show", "web1"), ("inventory", "list", "--format", "json"), ("doc", "main"),
                          ("exec", "--hosts", "all", "echo hello"), ("plan", "main", "--hosts", "all", "-e", "db={}")):
            run = self.told(*arguments)
            self.assert_untold(run.text, " ".join(arguments))


class Passphrases(unittest.TestCase):
    """Asked for on a terminal, which shows nothing of them."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="espresso-e2e-")
        self.addCleanup(shutil.rmtree, folder)
        self.folder = Path(folder)
        (self.folder / "editor").write_text("#!/bin/sh\necho 'password: hunter22' >$1\n")
        (self.folder / "editor").chmod(0o755)

    def typed(self, words, *answers):
        """Status, what the terminal showed, and the rest of the output."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "EDITOR": "./editor"}
        process = subprocess.Popen([str(PROGRAM), *words], cwd=self.folder, env=environment, stdin=theirs,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   start_new_session=True,
                                   preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0))
        shown = ""
        for answer in answers:
            asked = len(shown)
            while not shown[asked:].endswith(": "):
                shown += os.read(ours, 1000).decode()
            os.write(ours, answer.encode() + b"\n")
        out, _ = process.communicate(timeout=60)
        os.close(theirs)
        return process.returncode, shown, out

    def create(self, name):
        self.assertEqual(self.typed(["secret", "create", f"secrets/{name}.yaml.secret"], "correct horse", "correct horse"),
                         (OK, "the passphrase of secrets: \r\nthe passphrase of secrets, again: ", ""))

    def test_is_asked_for_once_a_run(self):
        self.create("one")
        self.create("two")
        (self.folder / "config").mkdir()
        (self.folder / "config/web.yaml").write_text("a: !secret one.password\nb: !secret two.password\n")
        (self.folder / "stages.yaml").write_text("stages: {}\n")
        self.assertEqual(self.typed(["config", "get", "web"], "correct horse"),
                         (OK, "the passphrase of secrets: ", "a: ***\nb: ***\n"))
        status, _, out = self.typed(["config", "get", "web"], "wrong")
        self.assertEqual(status, FILES)
        self.assertIn("this passphrase does not open it: it is another one, or the file was changed", out)

    def test_of_a_new_file_must_be_typed_twice(self):
        status, _, out = self.typed(["secret", "create", "new.secret"], "correct horse", "correct hors")
        self.assertEqual((status, out), (FILES, "error: the two passphrases are not the same\nhint: try again\n"))
        self.assertFalse((self.folder / "new.secret").exists())

    def test_of_rekey_is_asked_for_after_the_old_one_and_typed_twice(self):
        self.create("one")
        self.create("two")
        files = ["secrets/one.yaml.secret", "secrets/two.yaml.secret"]
        self.assertEqual(self.typed(["secret", "rekey", *files], "correct horse", "battery staple", "battery staple"),
                         (OK, "the passphrase of secrets: \r\nthe new passphrase of secrets: \r\n"
                              "the new passphrase of secrets, again: ", ""))
        for file in files:
            self.assertEqual(self.typed(["secret", "show", file], "battery staple"),
                             (OK, "the passphrase of secrets: ", "password: hunter22\n"))
            self.assertEqual(self.typed(["secret", "show", file], "correct horse")[0], FILES)


if __name__ == "__main__":
    unittest.main()
