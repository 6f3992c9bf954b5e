"""``streamsign card``: measure model folders again and write their cards."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console


def card(
    data: Path = typer.Argument(..., metavar="DATA", help="Folder that holds hands/ and perhaps frames/ and none/."),
    folders: list[Path] = typer.Argument(
        ..., metavar="MODEL...", help="Folders of models or locators, trained or shipped."
    ),
) -> None:
    """Measure models on the test split again, and write CARD.md, READER.md and report.html into their folders."""
    from streamsign.training.cards import write_cards

    console = Console(highlight=False)
    for folder in folders:
        with console.status(f"Measuring {folder} …"):
            written = write_cards(data, folder)
        console.print(f"Wrote {', '.join(str(folder / name) for name in written)}.", markup=False, soft_wrap=True)
