# What bench/web describes, for pyinfra: `pyinfra pyinfra_inventory.py pyinfra_web.py`
import os
from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import apt, files, server

files_folder, templates = os.environ["BENCH_FILES"], os.environ["BENCH_TEMPLATES"]
server.group(group="webapp", system=True)
server.user(user="webapp", group="webapp", home="/srv/web", shell="/usr/sbin/nologin", system=True,
            create_home=False, ensure_home=False)
files.directory(path="/srv/web", mode="755", user="root", group="root")
files.directory(path="/srv/web/conf.d", mode="755", user="root", group="root")
files.directory(path="/srv/web/data", mode="750", user="webapp", group="webapp")
for i in range(1, 11):
    files.put(src=f"{files_folder}/file{i:02}", dest=f"/srv/web/data/file{i:02}", mode="644")
for t in ("site.conf", "vars.env"):
    files.template(src=f"{templates}/{t}.j2", dest=f"/srv/web/conf.d/{t}", mode="644", host_ident=host.name)
files.link(path="/srv/web/current", target="/srv/web/data")
files.link(path="/etc/web.conf", target="/srv/web/conf.d/site.conf")
files.link(path="/srv/web/latest", target="/srv/web/data/file10")
files.line(path="/etc/sysctl.conf", line=r"^vm\.swappiness.*", replace="vm.swappiness = 10")
files.line(path="/etc/fstab", line="tmpfs /srv/web/tmp tmpfs defaults,noexec,nosuid 0 0")
apt.packages(packages=["bash", "coreutils", "dpkg", "sudo", "openssh-server", "adduser", "tar", "gzip", "sed", "grep"])
apt.packages(packages=["hello"])
if not host.get_fact(File, path="/srv/web/.initialized"):
    server.shell(commands=["head -c 16 /dev/zero | sha256sum > /srv/web/.initialized"])
