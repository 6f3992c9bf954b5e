"""The pages' HTML: the content of each in the layout that they share."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from streamsign.collection.names import LETTER, LETTER_RULE
from streamsign.server.pages.files import unindented

WEB = Path(__file__).parents[1] / "web"
"""Folder of the pages."""

_templates = Environment(
    autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(WEB), trim_blocks=True, lstrip_blocks=True
)

LABEL = LETTER.pattern.replace(r"[^\W_]", r"[\p{L}\p{N}]").replace(r"\w", r"\p{L}\p{N}_")
"""The rule of labels for browsers, whose ``\\w`` is of one script only."""

_templates.globals.update(label=LABEL, label_rule=LETTER_RULE)


def page(file: str, *, elsewhere: bool = False, **values: str) -> str:
    """The HTML of a page. A changed file is read again.

    Args:
        file: its name in :data:`WEB`.
        elsewhere: whether workers read the cameras: what they do not offer is hidden.
        values: what it shows.
    """
    return unindented(_templates.get_template(file).render(values, elsewhere="hidden" if elsewhere else ""))
