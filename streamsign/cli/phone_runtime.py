"""``streamsign phone-runtime``: fetch what phones need to read letters themselves."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console


def phone_runtime(
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Do nothing if it is there already.")] = False,
) -> None:
    """Fetch the runtime with which phones read letters themselves: LiteRT.js, 6 MB, once.

    It comes from npm's registry (npm_config_registry names another one), and its SHA-512 is checked. The server then
    serves it to phones.
    """
    from streamsign.server.ondevice.runtime import fetch_runtime, is_fetched

    if if_missing and is_fetched():
        return
    Console(highlight=False).print(f"The runtime is in {fetch_runtime()}.", soft_wrap=True)
