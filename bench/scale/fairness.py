"""When the hosts of a run had their first and last answers, from its journal: whether any of them starved."""

import json
import sys
from datetime import datetime


def seconds(event):
    return datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


first, last, longest = {}, {}, {}
begun = connected = None
with open(sys.argv[1]) as journal:
    for line in journal:
        event = json.loads(line)
        kind, host = event.get("event"), event.get("host")
        if kind == "run_started":
            begun = seconds(event)
        elif kind == "host_connected":
            connected = seconds(event)
            last[host] = connected
        elif kind == "operation_finished":
            now = seconds(event)
            first.setdefault(host, now)
            longest[host] = max(longest.get(host, 0), now - last[host])
            last[host] = now


def spread(values):
    values = sorted(values)
    return f"{values[0]:7.2f} {values[len(values) // 2]:7.2f} {values[-1]:7.2f}"


print(f"{len(first)} hosts, the last connected after {connected - begun:.2f} s        fastest  median slowest")
for what, values in (
    ("first answer, after the run began", [t - begun for t in first.values()]),
    ("last answer, after the run began", [t - begun for t in last.values()]),
    ("last answer, after the first", [last[host] - first[host] for host in first]),
    ("longest without an answer", longest.values()),
):
    print(f"{what:<52} {spread(values)}")
