"""Wherever `ssh host` works, so does Espresso; where it does not, both fail, and Espresso says why."""

import json
import re
import signal
import subprocess
import time
import unittest

from like_ssh import NAMES, ODD_PORT, WHO, LikeSsh
from scenario import FILES, INTERRUPTED, NET, OK, PROGRAM, UNREACHABLE, Run, fleet, in_host


class Configuration(LikeSsh):
    def test_host_name_port_and_user(self):
        self.know((f"[{NET}.0.3]:{ODD_PORT}", "web3"))
        self.both(self.config(f"Host target\n  HostName NET.0.3\n  Port {ODD_PORT}\n  User deploy"),
                  who="web3 deploy", way=["odd:deploy"])

    def test_the_first_value_holds(self):
        self.both(self.config("Host tar*\n  HostName NET.0.2\nHost target\n  HostName NET.0.3\n  User deploy"),
                  who="web2 deploy", way=["web2:deploy"])

    def test_host_with_negation(self):
        config = self.config("Host * !target\n  User deploy\nHost target other\n  HostName NET.0.2")
        self.both(config)
        self.both(config, host="other", who="web2 deploy", way=["web2:deploy"])

    def test_match_exec(self):
        config = self.config("Match host target exec \"test -e FOLDER/%n.flag\"\n  HostName NET.0.3\nHost target\n  HostName NET.0.2")
        self.both(config)
        self.write("target.flag", "")
        self.both(config, who="web3 root", way=["web3"])

    def test_match_user_and_original_host(self):
        config = self.config("Host target\n  HostName NET.0.2\nMatch originalhost target user deploy\n  Port 1")
        self.both(config)
        self.neither(config, "-o", "User=deploy", says="connection refused")

    def test_include_of_several_files(self):
        for number in (2, 3):
            self.write(f"conf.d/{number}.conf", f"Host target\n  HostName {NET}.0.{number}\n")
        self.both(self.config("Include FOLDER/conf.d/*.conf FOLDER/none.conf"))

    def test_several_identity_files(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / "stranger"], check=True)
        target = "Host target\n  HostName NET.0.2\n  IdentityFile FOLDER/no-such-key\n  IdentityFile FOLDER/stranger\n"
        self.both(self.config(target))
        self.neither(self.config(target, identity=False), says="login denied")

    def test_password_alone_where_none_is_at_hand(self):
        self.neither(self.config("Host target\n  HostName NET.0.2\n  PubkeyAuthentication no"), says="login denied")

    def test_ciphers(self):
        self.know((f"[{NET}.0.3]:{ODD_PORT}", "web3"))
        target = f"Host target\n  HostName NET.0.3\n  Port {ODD_PORT}\n  Ciphers "
        self.both(self.config(target + "aes256-gcm@openssh.com,aes128-ctr"), who="web3 root", way=["odd"])
        self.neither(self.config(target + "aes256-gcm@openssh.com"), says="aes256-gcm@openssh.com")

    def test_compression_and_server_alive(self):
        target = "  Compression yes\n  ServerAliveInterval 1\n  ServerAliveCountMax 2\n"
        self.both(self.config("Host target\n  HostName NET.0.2\n" + target))
        # This server has no compression.
        self.know((f"[{NET}.0.3]:{ODD_PORT}", "web3"))
        self.both(self.config(f"Host target\n  HostName NET.0.3\n  Port {ODD_PORT}\n" + target), who="web3 root", way=["odd"])

    def test_options_of_the_command_line(self):
        self.both(self.config("Host target\n  HostName NET.0.3\n"), "-o", f"HostName={NET}.0.2", "-o", "User deploy",
                  who="web2 deploy", way=["web2:deploy"])

    def test_what_says_nothing_of_the_connection(self):
        self.both(self.config("""IgnoreUnknown UseKeychain,Future*
UseKeychain yes
FutureOption of a later ssh
Host *
  ForwardAgent yes
  AddKeysToAgent no
  SendEnv LANG LC_*
  ControlMaster auto
  ControlPath FOLDER/%C
  LocalForward 127.0.0.1:1 127.0.0.1:1
  VisualHostKey no
  LogLevel ERROR
Host target
  HostName NET.0.2"""), ssh_arguments=["-o", "ClearAllForwardings=yes"])

    def test_connect_timeout(self):
        silent = self.listener(f"{NET}.201.2", silent=True)
        self.neither(self.config(f"Host target\n  HostName {silent.address}\n  Port {silent.port}\n  ConnectTimeout 1"),
                     says="no answer within 1")

    def test_addresses_to_connect_from(self):
        target = "Host target\n  HostName NET.0.2\n"
        self.both(self.config(target + "  BindAddress NET.0.99\n  AddressFamily inet\n"))
        self.both(self.config(target + "  BindInterface lo\n"))
        self.neither(self.config(target + "  BindInterface no-such0\n"), says="cannot connect from 'no-such0'")
        self.neither(self.config(target + "  BindAddress 192.0.2.1\n"), says="cannot connect from '192.0.2.1'")
        self.neither(self.config(target + "  AddressFamily inet6\n"), says="'NET.0.2' is no IPv6 address")

    def test_what_cannot_be_read(self):
        self.neither(self.config("Host target\n  HostNam NET.0.2\n"), status=FILES, says=[
            "FOLDER/ssh_config:2:3: error: ", "HostNam", "hint: did you mean 'Hostname'?"])
        self.neither(self.config("Host target\n  HostName NET.0.2\n  Port many\n"), status=FILES, says=[
            "FOLDER/ssh_config:3:8: error: "])
        self.neither(self.config("Host target\n  HostName NET.0.2\n"), "-o", "Porrt=22", status=FILES, says=["-o", "Porrt"])
        self.neither(self.folder / "no-such-file", status=FILES, says="FOLDER/no-such-file")

    def test_a_name_that_is_none(self):
        self.neither(self.config("Host other\n  HostName NET.0.2\n"), host="target.invalid", says="target.invalid")

    def test_the_users_own_files(self):
        """Nothing but a host's name: ~/.ssh/config, what it leaves open in /etc/ssh/ssh_config, the keys in ~/.ssh."""
        in_place = "mount --bind FOLDER/passwd /etc/passwd; mount --bind FOLDER/system /etc/ssh/ssh_config; exec \"$@\""
        self.write("passwd", f"root:x:0:0::{self.home}:/bin/sh\n")
        self.write("system", f"Host target\n  HostName {NET}.0.3\n  User deploy\n")
        own = self.write("home/.ssh/config", f"Host target\n  HostName {NET}.0.2\n")
        own.with_name("id_ed25519").write_bytes(self.key.read_bytes())
        own.with_name("id_ed25519").chmod(0o600)
        there = ["--mount", "sh", "-euc", in_place.replace("FOLDER", str(self.folder)), "sh"]
        theirs = self.espresso(*there, "ssh", "-o", "BatchMode=yes", "target", WHO, program="unshare")
        self.assertEqual(theirs.out, "web2 deploy\n", theirs.text)
        ours = self.espresso(*there, PROGRAM, "exec", WHO, "--hosts", "target", "--format", "json", program="unshare")
        self.assertEqual(self.answer(ours, "target"), "web2 deploy\n", ours.text)


class HostKeys(LikeSsh):
    target = "Host target\n  HostName NET.0.2\n"

    def test_unknown(self):
        self.know_all_but("web2")
        for mode in ("", "  StrictHostKeyChecking ask\n", "  StrictHostKeyChecking yes\n"):
            self.neither(self.config(self.target + mode),
                         says=[f"host key of 'target' (NET.0.2:22) is unknown: ssh-ed25519 {self.fingerprint('web2')}"])

    def test_alias(self):
        self.know(("the-alias", "web2"))
        self.both(self.config(self.target + "  HostKeyAlias the-alias\n"))
        self.neither(self.config(self.target), says="is unknown")
        self.know(("the-alias", "web3"), (f"{NET}.0.2", "web2"))
        self.neither(self.config(self.target + "  HostKeyAlias the-alias\n"), says="has changed")

    def test_several_files(self):
        self.write("more hosts", f"{NET}.0.2 {self.host_key('web2')}\n")
        self.know()
        self.both(self.config(self.target + f"  UserKnownHostsFile {self.known_hosts} \"FOLDER/more hosts\"\n", known=False))
        self.neither(self.config(self.target + "  UserKnownHostsFile none\n", known=False), says="is unknown")

    def test_accept_new_adds_as_ssh_would(self):
        for hashes in ("no", "yes"):
            config = self.config(self.target + f"  StrictHostKeyChecking accept-new\n  HashKnownHosts {hashes}\n")
            written = []
            for call in (self.ssh, self.ask):
                self.know()
                call(config, "target")
                written.append(self.known_hosts.read_text())
                found = subprocess.run(["ssh-keygen", "-F", f"{NET}.0.2", "-f", self.known_hosts], capture_output=True, text=True)
                self.assertIn(self.host_key("web2"), found.stdout, written[-1])
            shapes = [re.sub(r"\|1\|\S+", "|1|…", text) for text in written]
            self.assertEqual(shapes[0], shapes[1])
            self.assertEqual(shapes[0].startswith("|1|"), hashes == "yes")

    def test_revoked(self):
        self.known_hosts.write_text(f"{NET}.0.2 {self.host_key('web2')}\n@revoked * {self.host_key('web2')}\n")
        self.neither(self.config(self.target), says="revoked")

    def test_revoked_by_a_file(self):
        keys = [self.client.parent / f"keys/web{n}.pub" for n in (2, 3)]
        for mode in ("yes", "no"):
            config = self.config(self.target + f"  RevokedHostKeys FOLDER/revoked\n  StrictHostKeyChecking {mode}\n")
            self.write("revoked", "\n".join(key.read_text() for key in keys))
            self.neither(config, says="is revoked in FOLDER/revoked")
            subprocess.run(["ssh-keygen", "-q", "-k", "-f", self.folder / "revoked", *keys], check=True)
            self.neither(config, says="is revoked in FOLDER/revoked")
            self.write("revoked", keys[1].read_text())
            self.both(config)
            (self.folder / "revoked").unlink()
            self.neither(config, says="RevokedHostKeys: cannot read 'FOLDER/revoked'")

    def test_of_this_machine(self):
        self.know_all_but("web2")
        config = self.target + "  NoHostAuthenticationForLocalhost yes\n"
        self.both(self.config(config))
        self.neither(self.config(NAMES + config + "  ProxyJump web1\n"), says="is unknown")

    def test_unknown_at_a_jump_host(self):
        self.know_all_but("web1")
        run = self.neither(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump web1"),
                           says=[f"host key of 'web1' (NET.0.1:22) is unknown: ssh-ed25519 {self.fingerprint('web1')}"])
        self.assertIn("jump host 'web1'", run.end_of("target")["message"])

    def test_unknown_behind_a_jump_host(self):
        self.know_all_but("web2")
        self.neither(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump web1"),
                     says=["host key of 'target' (NET.0.2:22) is unknown",
                           f"add the line 'NET.0.2 {self.host_key('web2')}' to ~/.ssh/known_hosts"])


class JumpHosts(LikeSsh):
    def test_one(self):
        self.both(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump web1"), way=["web1", "web2"])

    def test_one_whose_users_have_no_shell(self):
        self.both(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump barred@web1"), way=["web1:barred", "web2"])

    def test_names_are_looked_up_at_the_jump_host(self):
        in_host("web1", f"echo {NET}.0.2 inner.invalid >>/etc/hosts")
        self.known_hosts.write_text(self.known_hosts.read_text() + f"inner.invalid {self.host_key('web2')}\n")
        config = self.config(NAMES + "Host target\n  HostName inner.invalid\nHost target other.invalid\n  ProxyJump web1")
        self.both(config, way=["web1", "web2"])
        self.neither(config, host="other.invalid", says=["jump host 'web1' cannot connect to other.invalid port 22"])

    def test_one_that_may_not_forward(self):
        self.know((f"[{NET}.0.3]:{ODD_PORT}", "web3"), (f"{NET}.0.2", "web2"))
        self.neither(self.config(f"Host target\n  HostName NET.0.2\n  ProxyJump NET.0.3:{ODD_PORT}"),
                     says=["jump host", "let its sshd forward"])

    def test_nobody_listens_behind_it(self):
        self.neither(self.config(NAMES + "Host target\n  HostName NET.201.1\n  ProxyJump web1"),
                     says="jump host 'web1' cannot connect to NET.201.1 port 22")

    def test_a_chain_as_other_users(self):
        self.both(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump deploy@web1,web3"),
                  way=["web1:deploy", "web3", "web2"])

    def test_a_jump_host_with_one_of_its_own(self):
        self.both(self.config("Host web1\n  ProxyJump web3\n" + NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump web1"),
                  way=["web3", "web1", "web2"])

    def test_none(self):
        self.both(self.config("Host target\n  ProxyJump none\n  HostName NET.0.2\nHost *\n  ProxyJump nowhere.invalid"))

    def test_of_the_command_line(self):
        config = self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump web1\n")
        self.both(config, "-J", "deploy@web3", way=["web3:deploy", "web2"])
        self.both(config, "-J", f"root@{NET}.0.3:22", way=["web3", "web2"])
        self.both(config, "-J", "none")

    def test_options_of_the_command_line_are_for_the_host_behind(self):
        self.both(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyJump web1"), "-o", "User=deploy",
                  who="web2 deploy", way=["web1", "web2:deploy"])

    def test_proxy_command(self):
        self.both(self.config(NAMES + "Host target\n  HostName NET.0.2\n  ProxyCommand ssh -F FOLDER/ssh_config -W %h:%p deploy@web1"),
                  way=["web1:deploy", "web2"])

    def test_a_proxy_command_that_fails(self):
        self.neither(self.config("Host target\n  HostName NET.0.2\n  ProxyCommand echo no way to %h >&2; exit 3"),
                     says="no way to NET.0.2")

    def test_of_the_inventory(self):
        config = self.config(NAMES)
        for variables in ({"jump": "deploy@web1,web3"}, {"ssh_options": "ProxyJump=deploy@web1,web3"},
                          {"ssh_options": ["ProxyJump deploy@web1,web3"]},
                          {"ansible_ssh_common_args": "-o ProxyJump='deploy@web1,web3' -C"},
                          {"ansible_ssh_extra_args": "-Jdeploy@web1,web3"}):
            hosts = {"target": {"address": f"{NET}.0.2", **variables}}
            self.write("inventory.yaml", json.dumps({"all": {"hosts": hosts}}))
            self.both(config, way=["web1:deploy", "web3", "web2"],
                      ssh_arguments=["-J", "deploy@web1,web3", "-o", f"HostName={NET}.0.2"])

    def test_a_proxy_command_of_the_inventory(self):
        config = self.config(NAMES)
        for quote, inner in ("'\"", "\"'"):
            words = f"-o ControlMaster=auto -q -o ProxyCommand={quote}ssh -F {inner}{config}{inner} -W %h:%p deploy@web1{quote}"
            hosts = {"target": {"ansible_host": f"{NET}.0.2", "ansible_ssh_common_args": words}}
            self.write("inventory.yaml", json.dumps({"all": {"hosts": hosts}}))
            self.both(config, way=["web1:deploy", "web2"],
                      ssh_arguments=["-J", "deploy@web1", "-o", f"HostName={NET}.0.2"])

    def test_a_mistake_in_the_inventory(self):
        for key, value, message in (("jump", "web1:no", "'jump' takes a jump host such as user@bastion:22"),
                                    ("ansible_ssh_common_args", "-W web1", "not '-W'"),
                                    ("ssh_options", "Comprssion=yes", "Comprssion")):
            self.write("inventory.yaml", f"all:\n  hosts:\n    target:\n      address: {NET}.0.2\n      {key}: {value}\n")
            run = self.ask(self.config(NAMES), "target")
            self.assert_status(run, FILES)
            self.assertIn(f"inventory.yaml:5:{9 + len(key)}: error: ", run.err, run.text)
            self.assertIn(message, run.err, run.text)

    def test_precedence(self):
        """The command line stands above -o, which stands above the inventory, which stands above ssh_config."""
        config = self.config("Host target\n  HostName NET.0.2\n  User nobody1")
        steps = [("nobody1", None, []), ("nobody2", "nobody2", []), ("deploypw", "nobody2", ["-o", "User=deploypw"]),
                 ("deploy", "nobody2", ["-o", "User=deploypw", "-u", "deploy"])]
        for user, variable, arguments in steps:
            self.write("inventory.yaml", json.dumps({"all": {"hosts": {"target": {"user": variable}}}}))
            run = self.ask(config, "target", *arguments)
            if user.startswith("nobody"):
                self.assertIn(f"login denied for user '{user}'", run.end_of("target").get("message", ""), run.text)
            else:
                self.assertEqual(self.answer(run, "target"), f"web2 {user}\n", run.text)

    def test_a_bastion_among_the_hosts(self):
        self.write("inventory.yaml", "all: {hosts: {web1: {}, web2: {}, web3: {}}}")
        for arguments in (["-J", "web1"], []):
            run, way = self.logins(lambda: self.ask(self.config(NAMES), "all", *arguments))
            self.assert_status(run, OK)
            self.assertEqual({host: self.answer(run, host) for host in ("web1", "web2", "web3")},
                             {f"web{n}": f"web{n} root\n" for n in (1, 2, 3)})
            self.assertEqual(way, {("web1", "root"), ("web2", "root"), ("web3", "root")})

    def test_one_that_is_down(self):
        down = f"Host down\n  HostName {NET}.201.1\nHost *.behind\n  HostName NET.0.2\n  ProxyJump down\n"
        run = self.neither(self.config(down), host="a.behind", says="connection refused")
        self.assertIn("jump host 'down'", run.end_of("a.behind")["message"], run.text)
        hosts = "a.behind,b.behind,c.behind"
        run = self.espresso("exec", WHO, "-F", self.config(down), "--hosts", hosts)
        self.assert_status(run, UNREACHABLE)
        self.assertEqual((run.out + run.err).count("connection refused"), 1, run.text)


class Whole(LikeSsh):
    """Runs as a whole: stages, ends, interrupts."""

    def test_stages_through_a_jump_host(self):
        self.write("stages.yaml", "stages:\n  main:\n    doc: Some content.\n    run:\n"
                                  "      - fs.ensure_file: {path: /srv/one, content: \"{{ facts.hostname }}\"}\n"
                                  "      - fs.ensure_file: {path: /srv/large, source: large}\nstorage: files\n")
        self.write("files/large", "0123456789abcdef" * 65536)
        config = self.config("Host web2 web3\n  ProxyJump web1\n" + NAMES)
        for outcome in ("changed", "ok"):
            run = self.espresso("run", "main", "-F", config, "--hosts", "web1,web2,web3", "--format", "json")
            self.assert_status(run, OK)
            self.assertEqual(run.hosts(), {f"web{n}": outcome for n in (1, 2, 3)}, run.text)
        for host in ("web1", "web2", "web3"):
            self.assertEqual(in_host(host, "cat /srv/one; stat -c ' %s' /srv/large; rm /srv/one /srv/large"), f"{host} 1048576")

    def test_a_jump_host_that_goes_away_in_the_middle(self):
        self.write("stages.yaml", "stages:\n  main:\n    doc: Waits.\n    run: [shell.run: touch /tmp/reached; until rm /tmp/go; do sleep 0.1; done]\n")
        in_host("web2", "rm -f /tmp/reached")
        config = self.config("Host web2\n  ProxyJump web1\n" + NAMES)
        process = self.start("run", "main", "-F", config, "--hosts", "web2", "--format", "json", "--reconnect-timeout", "1s")
        try:
            while in_host("web2", "ls /tmp/reached 2>/dev/null || true") == "":
                self.assertIsNone(process.poll())
            fleet("stop", 1)
            out, err = process.communicate(timeout=30)
        finally:
            fleet("up", 3)
            in_host("web2", "touch /tmp/go; while [ -e /var/lib/espresso/host/lock ]; do sleep 0.1; done; rm -r /var/lib/espresso")
        run = Run(process.returncode, out, err)
        self.assert_status(run, UNREACHABLE)
        self.assertTrue(run.end_of("web2")["message"].startswith(
            "connection lost: closed by the host, or by the jump host 'web1' on the way to it; and it could not be reached "
            "again within 1.00s: "), run.text)

    def test_an_interrupt_while_connecting(self):
        silent = self.listener(f"{NET}.201.2", silent=True)
        config = self.config(NAMES + f"Host target\n  HostName {silent.address}\n  Port {silent.port}\n  ProxyJump web1\n"
                             f"Host behind\n  HostName NET.0.2\n  ProxyJump target\nHost target\n  ProxyJump none\n")
        for number, host in enumerate(("target", "behind"), 1):
            process = self.start("exec", WHO, "-F", config, "--hosts", host, "--format", "json", "-T", "10m")
            while silent.connections < number:
                self.assertIsNone(process.poll())
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            self.assert_status(Run(process.returncode, out, err), INTERRUPTED)


if __name__ == "__main__":
    unittest.main()
