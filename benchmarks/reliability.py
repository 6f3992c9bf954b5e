"""docs/reliability.md: one section for each command that measures what is survived, written by that command."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"

HEAD = Path(__file__).with_name("reliability.template.md").read_text(encoding="utf-8")
"""What stands above the sections, the figures of other runs among it."""


def write_section(title: str, text: str, document: Path = DOCUMENT) -> None:
    """Replace the section of that title, or add it at the end.

    Args:
        title: its heading, without ``##``.
        text: what stands under the heading.
        document: the file; made when it is not there.
    """
    sections = read_sections(document)
    sections[title] = text.strip()
    whole = [HEAD, *(f"## {name}\n\n{content}\n" for name, content in sections.items())]
    document.write_text("\n".join(whole), encoding="utf-8")


def read_sections(document: Path = DOCUMENT) -> dict[str, str]:
    """The text of each section by its title; empty if the file does not exist."""
    if not document.is_file():
        return {}
    _, *parts = re.split(r"^## (.*)\n", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title: text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}


def table(rows: dict[str, object]) -> str:
    """A table of two columns, in Markdown."""
    return "\n".join(["| what | figure |", "|---|---|", *(f"| {what} | {figure} |" for what, figure in rows.items())])
