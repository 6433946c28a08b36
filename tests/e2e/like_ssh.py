"""What scenarios share that compare Espresso with `ssh`: both run with the same ssh_config.

They have to reach the same host as the same user, with the same logins on the way as the hosts' own sshds record them.
"""

import re
import subprocess

from scenario import FILES, NET, OK, UNREACHABLE, Scenario, in_host

WHO = "echo $(hostname) $(id -un)"
LOGIN = re.compile(r"^Accepted \w+ for (\w+) from ", re.MULTILINE)
NAMES = "".join(f"Host web{n}\n  HostName {NET}.0.{n}\n" for n in (1, 2, 3))
# A second sshd of web3, which is particular.
ODD_PORT = 2222
ODD_SSHD = (f"/usr/sbin/sshd -E /srv/sshd.log -o ListenAddress={NET}.0.3:{ODD_PORT} -o PidFile=/srv/sshd.pid "
            "-o Compression=no -o Ciphers=aes128-ctr -o AllowTcpForwarding=no")


class LikeSsh(Scenario):
    hosts = 3

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        in_host("web3", ODD_SSHD)
        cls.logs = {f"web{n}": cls.client.parent / f"log/web{n}" for n in (1, 2, 3)}
        cls.logs["odd"] = cls.client.parent / "state/web3/upper/srv/sshd.log"

    def setUp(self):
        super().setUp()
        (self.folder / "inventory.yaml").unlink()
        self.key = self.client / "id_ed25519"

    def host_key(self, host):
        return " ".join((self.client.parent / f"keys/{host}.pub").read_text().split()[:2])

    def fingerprint(self, host):
        return subprocess.run(["ssh-keygen", "-lf", self.client.parent / f"keys/{host}.pub"], check=True,
                              capture_output=True, text=True).stdout.split()[1]

    def know(self, *names_and_hosts):
        """Known are these alone: 'NAMES': HOST."""
        self.known_hosts.write_text("".join(f"{names} {self.host_key(host)}\n" for names, host in names_and_hosts))

    def know_all_but(self, *hosts):
        self.know(*((f"{NET}.0.{n}", f"web{n}") for n in (1, 2, 3) if f"web{n}" not in hosts))

    def config(self, text, identity=True, known=True):
        """An ssh_config of this text, and of what all cases need."""
        common = "Host *\n  IdentitiesOnly yes\n  GlobalKnownHostsFile /dev/null\n  User root\n"
        common += f"  IdentityFile {self.key}\n" if identity else ""
        common += f"  UserKnownHostsFile {self.known_hosts}\n" if known else ""
        return self.write("ssh_config", text.replace("FOLDER", str(self.folder)).replace("NET", NET) + "\n" + common)

    def logins(self, call):
        """What call returns, and the logins that took place meanwhile: {(sshd, user)}."""
        sizes = {name: log.stat().st_size for name, log in self.logs.items()}
        result = call()
        found = set()
        for name, log in self.logs.items():
            with open(log, encoding="utf-8", errors="replace") as lines:
                lines.seek(sizes[name])
                found |= {(name, user) for user in LOGIN.findall(lines.read())}
        return result, found

    def ssh(self, config, host, *arguments):
        return subprocess.run(["ssh", "-F", config, "-o", "BatchMode=yes", *arguments, host, WHO], stdin=subprocess.DEVNULL,
                              env=self.environment(), cwd=self.folder, capture_output=True, text=True, timeout=60)

    def ask(self, config, host, *arguments):
        return self.espresso("exec", WHO, "-F", config, "--hosts", host, "--format", "json", *arguments)

    def answer(self, run, host):
        return next(e["stdout"] for e in run.events if e["event"] == "operation_finished" and e["host"] == host)

    def both(self, config, *arguments, host="target", who="web2 root", way=("web2",), ssh_arguments=None):
        """ssh and Espresso reach the host by the same way, which names the sshds that let them in, as root unless said."""
        theirs, their_way = self.logins(lambda: self.ssh(config, host, *(arguments if ssh_arguments is None else ssh_arguments)))
        ours, our_way = self.logins(lambda: self.ask(config, host, *arguments))
        self.assertEqual((theirs.returncode, theirs.stdout), (0, who + "\n"), theirs.stderr)
        self.assert_status(ours, OK)
        self.assertEqual(self.answer(ours, host), who + "\n", ours.text)
        expected = {(sshd.partition(":")[0], sshd.partition(":")[2] or "root") for sshd in way}
        self.assertEqual((their_way, our_way), (expected, expected))

    def neither(self, config, *arguments, host="target", says=(), status=UNREACHABLE):
        """Neither ssh nor Espresso gets there; Espresso's message and hint hold these words."""
        self.assertNotEqual(self.ssh(config, host, *arguments).returncode, 0)
        run = self.ask(config, host, *arguments)
        self.assert_status(run, status)
        told = run.err if status == FILES else " ".join(run.end_of(host).get(key, "") for key in ("message", "hint"))
        for words in [says] if isinstance(says, str) else says:
            self.assertIn(words.replace("FOLDER", str(self.folder)).replace("NET", NET), told, run.text)
        return run
