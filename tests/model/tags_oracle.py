"""What Ansible carries out by tags, --tags and --skip-tags: asked for all of model/tags.txt.

ESPRESSO_ACCEPT=1 rewrites that file with what Ansible says.
"""

import os
import sys
from pathlib import Path

try:
    from ansible.parsing.dataloader import DataLoader
    from ansible.playbook.task import Task
except ImportError:
    print("skipped: Ansible is not installed for this Python")
    sys.exit(77)

GOLDEN = Path(__file__).resolve().parent / "tags.txt"
TAGS = ("-", "a", "b", "a,b", "always", "never", "a,never", "a,always", "always,never")
ONLY = ("-", "a", "b", "a,b", "all", "tagged", "untagged", "always", "never", "a,untagged", "tagged,untagged",
        "all,never", "a,never")
SKIP = ("-", "a", "a,b", "all", "tagged", "untagged", "always", "never", "all,always", "a,untagged")


def words(text):
    return [] if text == "-" else text.split(",")


def is_carried_out(tags, only, skip):
    task = Task()
    task._loader = DataLoader()
    task.tags = words(tags)
    # As ansible-playbook: without --tags, all.
    return task.evaluate_tags(words(only) or ["all"], words(skip), {})


def rendered():
    lines = ["# --tags, --skip-tags, and of operations tagged so which are carried out (+):", "- - " + " ".join(TAGS)]
    for only in ONLY:
        for skip in SKIP:
            marks = " ".join("+" if is_carried_out(tags, only, skip) else "." for tags in TAGS)
            lines.append(f"{only} {skip} {marks}")
    return "\n".join(lines) + "\n"


def main():
    if os.environ.get("ESPRESSO_ACCEPT"):
        GOLDEN.write_text(rendered())
        print("skipped: the golden file is rewritten")
        return 77
    if rendered() == GOLDEN.read_text():
        return 0
    print(f"Ansible says otherwise than {GOLDEN.name}:\n{rendered()}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
