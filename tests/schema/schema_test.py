"""What `espresso schema` prints, tried with a real validator (ajv): what Espresso accepts fits it, mistakes do not."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

SOURCE = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PROGRAM = os.environ["ESPRESSO_PROGRAM"]
OK, FILES = 0, 5


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: no `yes`, no sexagesimal numbers."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", "-+.0123456789"),
        ("merge", r"<<", "<")]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))

# As editors are told: what !secret and !vault stand for is a text.
Core.add_multi_constructor("!", lambda loader, tag, node: "withheld")


def parse(text):
    return yaml.load(text, Core)


def espresso(*words, folder):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ESPRESSO_")} | {"HOME": "/nonexistent"}
    return subprocess.run([PROGRAM, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)


def schema(*words, folder=HERE):
    done = espresso("schema", *words, folder=folder)
    if done.returncode != OK:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def validate(schemas, documents):
    """What is wrong with each document, (NAME OF SCHEMA, DATA)."""
    asked = {"schemas": schemas, "documents": [{"schema": name, "data": data} for name, data in documents]}
    done = subprocess.run(["node", str(HERE / "validate.js")], input=json.dumps(asked), capture_output=True, text=True,
                          env=os.environ | {"NODE_PATH": "/usr/share/nodejs"}, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def stage_of(call):
    return {"stages": {"main": {"doc": "One call.", "run": [call]}}}


def examples_of(helper):
    header = "".join(f"  {line[2:]}\n" for line in helper.read_text().splitlines() if line.startswith("#:"))
    return [parse(example["yaml"]) for example in parse(header).get("examples", [])]


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="espresso-schema-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def expect_right(self, schemas, documents):
        """Documents: [(where it is from, schema, data)]."""
        told = validate(schemas, [(name, data) for _, name, data in documents])
        self.assertEqual([(where, wrong) for (where, _, _), wrong in zip(documents, told) if wrong], [])

    def expect_wrong(self, schemas, documents):
        told = validate(schemas, [(name, data) for _, name, data in documents])
        self.assertEqual([where for (where, _, _), wrong in zip(documents, told) if not wrong], [])


class Stages(Case):
    def test_examples_fit(self):
        documents, schemas = [], {}
        for file in [*SOURCE.glob("examples/*/stages.yaml"), SOURCE / "src/cli/skeleton/stages.yaml"]:
            schemas[str(file)] = schema("stages", folder=file.parent)
            documents.append((str(file), str(file), parse(file.read_text())))
        self.assertGreater(len(documents), 3)
        self.expect_right(schemas, documents)

    def test_what_the_readme_shows_fits(self):
        blocks = re.findall(r"^```yaml\n(.*?)^```$", (SOURCE / "README.md").read_text(), re.M | re.S)
        stages = [parse(block) for block in blocks if re.search("^stages:", block, re.M)]
        (self.folder / "stages").mkdir()
        for number, block in enumerate(stages):
            components = {"components": block.get("components", {})}
            (self.folder / f"stages/{number}.yaml").write_text(json.dumps(components))
        self.assertGreater(len(stages), 2)
        self.expect_right({"all": schema("stages", folder=self.folder)}, [(str(one), "all", one) for one in stages])

    def test_examples_and_cases_of_helpers_fit(self):
        documents = []
        for helper in SOURCE.glob("src/helpers/*/*.sh"):
            if helper.parent.name not in ("facts", "parts"):
                documents += [(str(helper), "all", stage_of(call)) for call in examples_of(helper)]
        self.assertGreater(len(documents), 60)
        examples = len(documents)
        for case in SOURCE.glob("tests/helpers/cases/*/*.yaml"):
            call = parse(case.read_text()).get("call")
            documents.append((str(case), "all", stage_of(call)))
        self.assertGreater(len(documents), examples + 500)
        self.expect_right({"all": schema("stages")}, documents)

    def test_what_is_accepted_fits_and_what_is_refused_does_not(self):
        shutil.copytree(HERE / "project", self.folder, dirs_exist_ok=True)
        schemas = {"all": schema("stages", folder=self.folder)}
        for file, status, expect in (("stages-right.yaml", OK, self.expect_right),
                                     ("stages-wrong.yaml", FILES, self.expect_wrong)):
            texts = yaml.safe_load((HERE / file).read_text())
            for name, text in texts.items():
                (self.folder / "stages/tried.yaml").write_text(text)
                done = espresso("plan", "main", "-i", "h1,h2", folder=self.folder)
                self.assertEqual(done.returncode, status, f"{name}\n{done.stderr}")
            expect(schemas, [(name, "all", parse(text)) for name, text in texts.items()])

    def test_everything_is_explained(self):
        found = schema("stages")
        for name, definition in found["definitions"].items():
            if "enum" in definition:
                continue
            self.assertTrue(definition.get("description"), name)
            forms = [definition, *definition.get("anyOf", [])]
            for properties in [form["properties"] for form in forms if "properties" in form]:
                for key, value in properties.items():
                    self.assertTrue(value.get("description") or "$ref" in value, f"{name}.{key}")


class Inventories(Case):
    def test_examples_fit(self):
        files = [*SOURCE.glob("examples/*/inventory.yaml"), *SOURCE.glob("inventory/*.yaml"),
                 SOURCE / "src/cli/skeleton/inventory.yaml"]
        texts = re.findall(r"^```yaml\n(all:.*?)^```$", (SOURCE / "README.md").read_text(), re.M | re.S)
        self.assertGreater(len(files) + len(texts), 3)
        self.expect_right({"inventory": schema("inventory")},
                          [(str(file), "inventory", parse(file.read_text())) for file in files] +
                          [(text, "inventory", parse(text)) for text in texts])

    def test_what_is_accepted_fits_and_what_is_refused_does_not(self):
        schemas = {"inventory": schema("inventory")}
        (self.folder / "config").mkdir()
        for name in ("web", "db"):
            (self.folder / f"config/{name}.yaml").write_text("http: {port: 80}\n")
        (self.folder / "stages.yaml").write_text("stages: {main: {doc: Main.}}\n")
        for file, expect in (("inventories-right.yaml", self.expect_right), ("inventories-wrong.yaml", self.expect_wrong)):
            texts = yaml.safe_load((HERE / file).read_text())
            for name, text in texts.items():
                (self.folder / "inventory.yaml").write_text(text)
                done = espresso("config", "list", "--hosts", "all", folder=self.folder)
                if expect == self.expect_wrong and done.returncode == OK:
                    # What is wrong with how to connect is told before anything is connected to.
                    done = espresso("exec", "true", folder=self.folder)
                status = OK if expect == self.expect_right else FILES
                self.assertEqual(done.returncode, status, f"{name}\n{done.stderr}")
            expect(schemas, [(name, "inventory", parse(text)) for name, text in texts.items()])


class Configuration(Case):
    def test_what_is_there_keeps_its_kind(self):
        (self.folder / "config").mkdir()
        (self.folder / "stages.yaml").write_text("stages: {main: {doc: Main.}}\n")
        base = {"port": 80, "name": "a", "on": True, "users": [{"name": "b"}], "tls": {"key": "k"}, "nothing": None}
        (self.folder / "config/web.yaml").write_text(yaml.safe_dump(base))
        schemas = {"web": schema("config", "web", folder=self.folder), "all": schema("config", folder=self.folder)}
        self.expect_right(schemas, [("itself", "web", base), ("all", "all", {"web": base}),
                                    ("some", "web", {"port": 81.5, "more": 1, "tls": {"port": 1}, "nothing": [1]})])
        self.expect_wrong(schemas, [(str(wrong), "web", wrong) for wrong in (
            {"port": "x"}, {"name": 1}, {"on": "yes"}, {"users": "b"}, {"tls": {"key": False}}, [])])
        self.assertNotIn("\"k\"", json.dumps(schemas))

    def test_examples_fit(self):
        documents, schemas = [], {}
        files = [*SOURCE.glob("examples/*/config/*.yaml"), *SOURCE.glob("src/cli/skeleton/config/*.yaml")]
        for file in files:
            schemas[str(file)] = schema("config", file.stem.removesuffix(".local"), folder=file.parents[1])
            documents.append((str(file), str(file), parse(file.read_text())))
        self.assertIn(SOURCE / "src/cli/skeleton/config/site.yaml", files)
        self.expect_right(schemas, documents)


if __name__ == "__main__":
    unittest.main()
