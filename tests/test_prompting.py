"""Templates: one pass of substitution, and the words of every shipped one."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviewer.errors import PromptError
from interviewer.prompting import Prompts, load_prompts, parse_template

SNAPSHOT = Path(__file__).with_name("prompts.snapshot.json")
UPDATE = "UPDATE_SNAPSHOTS"

GREETING = """---
purpose: Greet.
variables: [name, role]
---
Hello {{name}}, {{ role }}.
---
Good day, {{name}}.
"""


def every_variant(prompts: Prompts) -> dict[str, list[str]]:
    found = {}
    for name in prompts.names:
        template = prompts[name]
        values = {variable: f"<{variable}>" for variable in template.variables}
        found[name] = [template.render(values, n) for n in range(len(template.variants))]
    return found


def test_every_shipped_template_renders_as_in_the_snapshot():
    rendered = every_variant(load_prompts())
    if os.environ.get(UPDATE):
        SNAPSHOT.write_text(json.dumps(rendered, indent=1, ensure_ascii=False) + "\n", "utf-8")
    kept = json.loads(SNAPSHOT.read_text("utf-8"))
    assert rendered == kept, f"Read the difference; if it is meant, run with {UPDATE}=1."


def test_what_the_interviewer_says_is_short_and_bare():
    for name, variants in every_variant(load_prompts()).items():
        if not name.startswith("say-"):
            continue
        assert len(variants) == len(set(variants)), name
        for text in variants:
            assert len(text.split()) <= 75, (name, text)
            assert not any(mark in text for mark in "{}*#`_"), (name, text)


@pytest.mark.parametrize(
    "cue", ["ask", "ask-topic", "close-practice", "close-mock", "probe", "pause"]
)
def test_what_comes_up_often_has_three_variants_or_more(cue):
    assert len(load_prompts()[f"say-{cue}"].variants) >= 3


def test_choice_picks_a_variant_modulo_their_number():
    template = parse_template("greet", GREETING)
    values = {"name": "Ada", "role": "engineer"}
    assert template.render(values) == "Hello Ada, engineer."
    assert template.render(values, 1) == "Good day, Ada."
    assert template.render(values, 5) == "Good day, Ada."


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": "Ada"}, "needs 'role'"),
        ({"name": "Ada", "role": "x", "extra": 1}, "does not know 'extra'"),
        ({}, "needs 'name', needs 'role'"),
    ],
)
def test_variables_have_to_fit(values, said):
    with pytest.raises(PromptError, match=said):
        parse_template("greet", GREETING).render(values)


@given(st.text(), st.text())
def test_values_are_never_scanned_for_templates(name, role):
    template = parse_template("greet", GREETING)
    hostile = name + "{{role}}\\1{{name}}---"
    assert template.render({"name": hostile, "role": role}) == f"Hello {hostile}, {role}."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello.", "no front matter"),
        ("", "no front matter"),
        ("---\npurpose: x\n", "no front matter"),
        ("---\npurpose: x\n---\n", "a variant is empty"),
        ("---\npurpose: x\n---\nHi.\n---\n\n---\nHo.", "a variant is empty"),
        ("---\npurpose: [\n---\nHi.", "not YAML"),
        ("---\n---\nHi.", "front matter"),
        ("---\nvariables: []\n---\nHi.", "purpose"),
        ("---\npurpose: x\ntone: warm\n---\nHi.", "tone"),
        ("---\npurpose: x\n---\nHi {{name}}.", "'name' is used but not declared"),
        ("---\npurpose: x\nvariables: [name]\n---\nHi.", "'name' is declared but never used"),
        ("---\npurpose: x\n---\nHi {{Name!}}.", "no variable's name"),
        ("---\npurpose: x\nvariables: [name]\n---\nHi {{name}} {{na", "never closed"),
    ],
)
def test_a_malformed_file_says_what_is_wrong(text, said):
    with pytest.raises(PromptError, match=said) as error:
        parse_template("greet", text)
    assert str(error.value).startswith("greet.md: ")


def test_a_folder_is_read_and_its_readme_left_out(tmp_path):
    (tmp_path / "greet.md").write_text(GREETING)
    (tmp_path / "README.md").write_text("About these.")
    prompts = load_prompts(tmp_path)
    assert prompts.names == ("greet",)
    assert prompts.render("greet", {"name": "Bo", "role": "x"}, 1) == "Good day, Bo."


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(PromptError, match="no prompt template in"):
        load_prompts(tmp_path)
    with pytest.raises(PromptError, match=r"prompts/nothing\.md"):
        Prompts([])["nothing"]


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "greet.md").write_bytes(b"---\nvariables: \xff\n---\n")
    with pytest.raises(PromptError, match=r"greet\.md: cannot be read"):
        load_prompts(tmp_path)
