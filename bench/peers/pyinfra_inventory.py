# Hosts and SSH settings from the fleet's client files.
import os

client = os.environ["BENCH_CLIENT"]
hosts = []
for line in open(os.environ["BENCH_HOSTS"]):
    name, address = line.split()
    hosts.append((name, {"ssh_hostname": address, "ssh_user": "root", "ssh_port": 22,
                         "ssh_key": client + "/id_ed25519", "ssh_known_hosts_file": client + "/known_hosts",
                         "ssh_strict_host_key_checking": "yes", "ssh_config_file": "/dev/null"}))
