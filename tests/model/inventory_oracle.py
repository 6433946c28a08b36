"""What Ansible makes of the inventories in tests/model/inventories: all of them in one process, compared as JSON.

ESPRESSO_ACCEPT=1 rewrites the golden files, ansible.json, with what Ansible says.
"""

import json
import os
import sys
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "inventories"
os.environ["ANSIBLE_CONFIG"] = str(CORPUS / "ansible.cfg")

try:
    from ansible import context
    from ansible.cli.inventory import InventoryCLI
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager
    from ansible.module_utils.common.collections import ImmutableDict
    from ansible.parsing.ajson import AnsibleJSONEncoder
    from ansible.parsing.dataloader import DataLoader
    from ansible.utils.display import Display
    from ansible.vars.manager import VariableManager
except ImportError:
    print("skipped: Ansible is not installed for this Python")
    sys.exit(77)

NAMES = ("hosts", "hosts.yaml", "hosts.json", "hosts.sh")


def sources_of(case):
    if (case / "sources").exists():
        return (case / "sources").read_text().split()
    return [name for name in NAMES if (case / name).exists()]


def listed(sources):
    """As `ansible-inventory --list`, in the current folder."""
    loader = DataLoader()
    cli = InventoryCLI(["ansible-inventory", "--list"])
    cli.loader = loader
    cli.inventory = InventoryManager(loader=loader, sources=sources)
    cli.vm = VariableManager(loader=loader, inventory=cli.inventory)
    answer = cli.json_inventory(cli.inventory.groups["all"])
    return json.loads(json.dumps(answer, cls=AnsibleJSONEncoder, preprocess_unsafe=True))


def answer_of(case):
    os.chdir(case)
    try:
        return listed(sources_of(case))
    except (AnsibleError, TypeError, ValueError):
        return "refused"


def rendered(answer):
    text = json.dumps(answer, indent=2, sort_keys=True, ensure_ascii=False)
    try:
        text.encode()
        return text
    except UnicodeEncodeError:  # a name that is not UTF-8
        return json.dumps(answer, indent=2, sort_keys=True)


def main():
    context.CLIARGS = ImmutableDict(export=False, basedir=None, yaml=False, toml=False)
    Display().warning = lambda *_, **__: None
    Display().error = lambda *_, **__: None
    accept = bool(os.environ.get("ESPRESSO_ACCEPT"))
    wrong = []
    cases = sorted(path for path in CORPUS.iterdir() if path.is_dir())
    for case in cases:
        golden = case / "ansible.json"
        answer = answer_of(case)
        if accept:
            golden.write_bytes(rendered(answer).encode() + b"\n")
        elif not golden.exists() or json.loads(golden.read_text()) != answer:
            wrong.append(case.name)
            print(f"{case.name}: Ansible says {json.dumps(answer)}")
    print(f"{len(cases)} inventories, {len(wrong)} of which Ansible reads otherwise than {CORPUS.name}/*/ansible.json")
    if accept:
        print("skipped: the golden files are rewritten")
        return 77
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
