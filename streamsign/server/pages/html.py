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


def page(file: str, *, elsewhere: bool = False, **values: str) -> str:
    """The HTML of a page. A changed file is read again.

    Args:
        file: its name in :data:`WEB`.
        elsewhere: whether workers read the cameras: what they do not offer is hidden.
        values: what it shows.
    """
    return unindented(_templates.get_template(file).render(values, elsewhere="hidden" if elsewhere else ""))
