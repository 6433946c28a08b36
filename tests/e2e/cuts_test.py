"""Connections that are cut at scripted bytes, and programs that are killed: run again, and nothing is lost or done twice.

ESPRESSO_CUTS says how many places of each kind are tried (by default few); ESPRESSO_CUTS_SEED where they are.
"""

import json
import os
import random
import select
import signal
import socket
import struct
import threading
import time
import unittest

from scenario import NET, OK, UNREACHABLE, Scenario, in_host

PLACES = int(os.environ.get("ESPRESSO_CUTS", 8))
RANDOM = random.Random(int(os.environ.get("ESPRESSO_CUTS_SEED", 20261123)))

STAGES = """stages:
  main:
    doc: Things that can be counted.
    run:
      - shell.run: "echo one >> /srv/done; seq 300; echo said"
        register: first
      - fs.ensure_file: {path: /srv/large, source: large}
        signal: large
      - shell.run: {argv: [sh, -c, "echo {{ first.lines[1] }} >> /srv/done"]}
      - fs.ensure_file: {path: /srv/small, content: hello}
        signal: small
      - shell.run: echo three >> /srv/done
        name: third
      - fs.ensure_tree: {path: /srv/tree, source: tree}
  reload:
    on: [small, large]
    doc: Once for both.
    run:
      - shell.run: echo reload >> /srv/done
  last:
    requires: main
    doc: After what listens.
    run:
      - shell.run: echo last >> /srv/done
"""
DONE = "one\n1\nthree\nreload\nlast\n"


class Proxy:
    """Passes connections on to a host. The first is cut once so many bytes went one way: reset, or held and never served."""

    def __init__(self, target, cut=None):
        self.target, self.cut = target, cut
        self.socket = socket.create_server((f"{NET}.210.1", 0))
        self.port = self.socket.getsockname()[1]
        self.counts = []  # bytes of each connection: {"up": …, "down": …}
        self.ends = {"up": [], "down": []}  # where what was written at once ended, of the first connection
        self.held = []
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads[0].start()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            cut, self.cut = self.cut, None
            thread = threading.Thread(target=self.pass_on, args=(client, cut), daemon=True)
            self.threads.append(thread)
            thread.start()

    def pass_on(self, client, cut):
        host = socket.create_connection(self.target)
        count = {"up": 0, "down": 0}
        self.counts.append(count)
        way = {client: ("up", host), host: ("down", client)}
        while True:
            for source in select.select(list(way), [], [])[0]:
                direction, sink = way[source]
                left = cut[1] - count[direction] if cut and cut[0] == direction else 65536
                try:
                    data = source.recv(max(1, min(left, 65536))) if left > 0 else b""
                    if data:
                        sink.sendall(data)
                except OSError:
                    data = b""
                count[direction] += len(data)
                if count is self.counts[0]:
                    self.ends[direction].append(count[direction])
                if cut and cut[0] == direction and count[direction] >= cut[1] and cut[2] == "hold":
                    # As when a cable is pulled: nobody hears of it. The client gives up by itself.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()
                    self.held.append(host)
                    return
                if not data or (cut and cut[0] == direction and count[direction] >= cut[1]):
                    for one in (client, host):
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        one.close()
                    return

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for one in self.held:
            one.close()


class Cuts(Scenario):
    hosts = 1

    def setUp(self):
        super().setUp()
        self.write("stages.yaml", STAGES)
        self.write("files/large", "".join(f"{n} {RANDOM.random()}\n" for n in range(12000)))
        for n in range(20):
            self.write(f"files/tree/{n}", f"{n}\n" * 50)

    def clear_host(self):
        in_host("web1", "rm -rf /srv/* /var/lib/espresso")

    def proxy(self, cut=None):
        proxy = Proxy((f"{NET}.0.1", 22), cut)
        key = (self.client.parent / "keys/web1.pub").read_text()
        self.known_hosts.write_text(f"[{NET}.210.1]:{proxy.port} {key}")
        self.write("inventory.yaml", json.dumps({"all": {"hosts": {"web1": {
            "address": f"{NET}.210.1", "port": proxy.port, "user": "root",
            "identity": str(self.client / "id_ed25519")}}}}))
        return proxy

    def assert_host(self, what):
        """The host is as after an undisturbed run, and nothing else is left there."""
        done = in_host("web1", "cat /srv/done; cmp /srv/large /srv/again 2>/dev/null; sha256sum < /srv/large; cat /srv/small;"
                       "ls /srv /srv/tree; find / -xdev -name '.espresso-*'; find /var/lib/espresso -type f 2>/dev/null; true")
        self.assertEqual(done, self.expected, what)
        for _ in range(100):
            processes = in_host("web1", "for p in /proc/[0-9]*; do read -r n < $p/comm && echo $n; done").split()
            stray = [name for name in processes if name not in ("sshd", "sh", "sleep", "sshd-session", "init")]
            if not stray:
                return
            time.sleep(0.05)
        self.fail(f"{what}: still runs at the host: {stray}")

    def undisturbed(self):
        self.clear_host()
        proxy = self.proxy()
        run = self.espresso("run", "last", "--format", "json")
        proxy.close()
        self.assert_status(run, OK)
        self.assertEqual(in_host("web1", "cat /srv/done") + "\n", DONE)
        self.expected = in_host("web1", "cat /srv/done; cmp /srv/large /srv/again 2>/dev/null; sha256sum < /srv/large; "
                                "cat /srv/small; ls /srv /srv/tree; find /var/lib/espresso -type f 2>/dev/null; true")
        self.ends = proxy.ends
        return proxy.counts[0]

    def until_done(self, what, *arguments):
        for _ in range(5):
            run = self.espresso("run", "last", "--format", "json", *arguments)
            if run.status == OK:
                return
            self.assertEqual(run.status, UNREACHABLE, f"{what}\n{self.story(run)}")
        self.fail(f"{what}: does not come to an end\n{self.story(run)}")

    def story(self, run):
        """The run's events, without what operations wrote."""
        return "\n".join(str({k: v for k, v in event.items() if k not in ("stdout", "time", "location")})
                         for event in run.events) + run.err

    def cut_everywhere(self, direction, how):
        total = self.undisturbed()[direction]
        self.assertGreater(total, 5000)
        for number in range(PLACES):
            self.cut_at(direction, int((number + RANDOM.random()) * total / PLACES) + 1, how)

    def cut_at(self, direction, place, how):
        what = f"{how} after {place} bytes {direction}"
        self.clear_host()
        proxy = self.proxy((direction, place, how))
        try:
            self.until_done(what)
            self.assert_host(what)
        finally:
            proxy.close()

    def test_between_what_is_written_at_once(self):
        """Packets of SSH, each with whole frames: all such places when many are wanted."""
        self.undisturbed()
        for direction in ("up", "down"):
            ends = sorted(set(self.ends[direction]))
            self.assertGreater(len(ends), 10)
            for place in ends if PLACES >= len(ends) else RANDOM.sample(ends, PLACES // 2):
                self.cut_at(direction, place, "reset")

    def test_what_goes_to_the_host_is_cut(self):
        self.cut_everywhere("up", "reset")

    def test_what_comes_from_the_host_is_cut(self):
        self.cut_everywhere("down", "reset")

    def test_the_host_does_not_hear_of_it(self):
        self.cut_everywhere("down", "hold")

    def has_ended(self):
        """Whether the host was done with the run: one more would be another."""
        state = "/var/lib/espresso/host"
        left = in_host("web1", f"n=0; while [ -e {state}/lock ] && [ $n -lt 1200 ]; do sleep 0.05; n=$((n + 1)); done; cat {state}/lock 2>/dev/null; true")
        self.assertEqual(left, "", "a lock that nobody removes")
        return in_host("web1", "tail -n 1 /srv/done 2>&1; find /var/lib/espresso -type f 2>/dev/null; true") == "last"

    def test_the_program_is_killed(self):
        self.undisturbed()
        self.addCleanup(self.proxy().close)
        begun = time.monotonic()
        self.clear_host()
        self.assert_status(self.espresso("run", "last", "--format", "json"), OK)
        takes = time.monotonic() - begun
        for number in range(PLACES):
            self.clear_host()
            what = f"killed {number}"
            for _ in range(3):
                process = self.start("run", "last", "--format", "json")
                time.sleep(RANDOM.random() * takes)
                process.send_signal(signal.SIGKILL)
                process.communicate()
                if self.has_ended():
                    break
            else:
                self.until_done(what, "--wait-lock", "60s")
            self.assert_host(what)


if __name__ == "__main__":
    unittest.main()
