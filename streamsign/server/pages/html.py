"""The pages' HTML: the content of each in the layout that they share."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from streamsign.server.pages.files import unindented

WEB = Path(__file__).parents[1] / "web"
"""Folder of the pages."""

LAYOUT = "layout.html"
"""The template that the pages fill in."""

_templates = Environment(
    autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(WEB), trim_blocks=True, lstrip_blocks=True
)


def page(file: str, **values: str) -> str:
    """The HTML of a page, given the name of its file in :data:`WEB` and what it shows. A changed file is read again."""
    return unindented(_templates.get_template(file).render(values))
