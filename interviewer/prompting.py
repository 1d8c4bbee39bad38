"""Prompt templates: files with declared variables, filled in one pass.

A template is ``<name>.md``: YAML front matter with ``purpose`` and ``variables``,
then the text. Lines of ``---`` in the text part variants of the same thing.
``{{name}}`` is replaced by a variable, once: what is put in is never looked at
again, so a stranger's words cannot act as a template. A README.md is no template.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import yaml
from pydantic import Field, ValidationError

from interviewer.errors import PromptError
from interviewer.model import Identifier, Prose, Value

_PLACEHOLDER: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_TAG: Final = re.compile(r"<(?=[/!?|A-Za-z<])|(?<=[/|A-Za-z0-9\"'>-])>")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_RULE: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)


class _FrontMatter(Value):
    """What stands on top of a template."""

    purpose: Prose
    variables: tuple[str, ...] = ()


class Template(Value):
    """One template, checked: every placeholder is declared, every variable is used."""

    name: Identifier
    purpose: str
    variables: tuple[str, ...] = Field(description="Names it must be given, no more and no less.")
    variants: tuple[str, ...] = Field(min_length=1, description="Texts that say the same.")

    def render(self, variables: Mapping[str, object], choice: int = 0) -> str:
        """One variant with its variables filled in.

        Args:
            variables: A value for each declared name.
            choice: Which variant, modulo their number.

        Raises:
            PromptError: A variable is missing, or one is not declared.
        """
        missing = [name for name in self.variables if name not in variables]
        unknown = [name for name in variables if name not in self.variables]
        if missing or unknown:
            wrong = [f"needs '{name}'" for name in missing]
            wrong += [f"does not know '{name}'" for name in unknown]
            raise PromptError(
                f"The template '{self.name}' {', '.join(wrong)}. "
                f"It declares: {', '.join(self.variables) or 'no variables'}."
            )
        body = self.variants[choice % len(self.variants)]
        return _PLACEHOLDER.sub(lambda match: str(variables[match.group(1).strip()]), body)


class Prompts:
    """Templates by name.

    Args:
        templates: As ``load_prompts`` or ``parse_template`` give them.
    """

    def __init__(self, templates: Iterable[Template]) -> None:
        """Index the templates; nothing is read from disk."""
        self._by_name = {template.name: template for template in templates}

    @property
    def names(self) -> tuple[str, ...]:
        """Every template's name, sorted."""
        return tuple(sorted(self._by_name))

    def __getitem__(self, name: str) -> Template:
        """The template with that name.

        Raises:
            PromptError: There is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise PromptError(
                f"There is no prompt template '{name}'. Add prompts/{name}.md."
            ) from None

    def render(self, name: str, variables: Mapping[str, object], choice: int = 0) -> str:
        """One variant of a template with its variables filled in.

        Raises:
            PromptError: There is no such template, or the variables do not fit.
        """
        return self[name].render(variables, choice)


def load_prompts(folder: Path | None = None) -> Prompts:
    """Read every template of a folder.

    Args:
        folder: Where they lie; None for the shipped ones.

    Raises:
        PromptError: The folder holds none, or a file is malformed.
    """
    if folder is None:
        from interviewer.resources import prompts_folder

        folder = prompts_folder()
    paths = [path for path in sorted(folder.glob("*.md")) if path.stem != "README"]
    if not paths:
        raise PromptError(f"There is no prompt template in '{folder}'. Reinstall interviewer.")
    templates = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"{path.name}: cannot be read as UTF-8 text ({error}).") from error
        templates.append(parse_template(path.stem, text))
    return Prompts(templates)


def parse_template(name: str, text: str) -> Template:
    """The template in the text of a file.

    Raises:
        PromptError: The front matter or the text is malformed.
    """
    head, *bodies = _RULE.split(text)[1:] if _RULE.match(text) else [""]
    variants = tuple(body.strip() for body in bodies)
    if not bodies:
        raise PromptError(
            f"{name}.md: has no front matter. Start with '---', purpose, variables and '---'."
        )
    if not all(variants):
        raise PromptError(f"{name}.md: a variant is empty. Write it, or remove its '---'.")
    try:
        front = _FrontMatter.model_validate(yaml.safe_load(head))
        template = Template(
            name=name, purpose=front.purpose, variables=front.variables, variants=variants
        )
    except yaml.YAMLError as error:
        raise PromptError(f"{name}.md: the front matter is not YAML ({error}).") from error
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        field = ".".join(str(step) for step in detail["loc"]) or "front matter"
        raise PromptError(f"{name}.md: {field}: {detail['msg']}.") from error
    _check(template)
    return template


def _check(template: Template) -> None:
    used: set[str] = set()
    for body in template.variants:
        used.update(found.strip() for found in _PLACEHOLDER.findall(body))
        if "{{" in _PLACEHOLDER.sub("", body):
            raise PromptError(f"{template.name}.md: a '{{{{' is never closed by '}}}}'.")
    malformed = sorted(name for name in used if not _NAME.fullmatch(name))
    if malformed:
        raise PromptError(
            f"{template.name}.md: '{malformed[0]}' is no variable's name. "
            "Use small letters, digits and underscores."
        )
    undeclared = sorted(used - set(template.variables))
    unused = sorted(set(template.variables) - used)
    if undeclared or unused:
        name = (undeclared or unused)[0]
        wrong = "is used but not declared" if undeclared else "is declared but never used"
        raise PromptError(
            f"{template.name}.md: '{name}' {wrong}. Make `variables` and the text agree."
        )


def neutral(text: str) -> str:
    """A stranger's words as mere data: they can only be read as what somebody said.

    Each line stands behind a bar, so that none of them can begin, end or head
    anything; what opens or closes a tag becomes an angle quote; characters that
    cannot be seen become spaces.
    """
    lines = [
        "".join(" " if unicodedata.category(each) in _INVISIBLE else each for each in line)
        for line in text.splitlines()
    ]
    kept = [
        _TAG.sub(lambda found: "‹" if found.group() == "<" else "›", line).strip() for line in lines
    ]
    return "\n".join(f"| {line}" for line in kept if line) or "| "
