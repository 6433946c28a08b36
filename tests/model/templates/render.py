"""Renders all templates beside it as Ansible's template module does, in one process, and writes {name: text} as JSON.

Needs python3-jinja2; templates that use what only Ansible has are left out when its package is not there.
"""
import ast
import json
import pathlib

import jinja2
import yaml

here = pathlib.Path(__file__).parent
try:
    from ansible.plugins.filter.core import FilterModule as Core
    from ansible.plugins.filter.mathstuff import FilterModule as Math
    from ansible.plugins.filter.urls import FilterModule as Urls
    from ansible.plugins.test.core import TestModule as CoreTests
    from ansible.plugins.test.mathstuff import TestModule as MathTests

    filters = [Core, Math, Urls]
    tests = [CoreTests, MathTests]
except ImportError:
    filters, tests = [], []


def environment(overrides):
    result = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here / "parts"), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    for module in filters:
        result.filters.update(module().filters())
    for module in tests:
        result.tests.update(module().tests())
    for key, value in overrides.items():
        setattr(result, key, value)
    return result


def newlines(text):
    return len(text) - len(text.rstrip("\n"))


def render(text, variables):
    overrides = {}
    if text.startswith("#jinja2:"):
        header, text = text.split("\n", 1)
        for pair in header[len("#jinja2:") :].split(","):
            key, value = pair.split(":")
            overrides[key.strip()] = ast.literal_eval(value.strip())
    result = environment(overrides).from_string(text).render(**variables)
    # ansible/template/__init__.py, do_template: as many newlines at the end as the template has
    return result + "\n" * max(0, newlines(text) - newlines(result))


variables = yaml.safe_load((here / "variables.yaml").read_text())
rendered = {}
for path in sorted(here.glob("*.j2")):
    try:
        rendered[path.stem] = render(path.read_bytes().decode(), variables)
    except jinja2.exceptions.TemplateError as error:
        if filters:
            raise SystemExit(f"{path.name}: {error}")
print(json.dumps(rendered))
