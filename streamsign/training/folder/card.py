"""The card of a model that was trained from a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streamsign.collection.counted import counted
from streamsign.training.data.about import NOT_STATED


def card(
    name: str,
    letters: Sequence[str],
    figures: Mapping[str, Any],
    trained: Mapping[str, Any],
    about: str,
    warned: str = "",
) -> str:
    """CARD.md, as text.

    Args:
        name: of the model.
        letters: of the model.
        figures: ``accuracy``, ``signers`` and ``recall`` by letter, on the held-out pictures.
        trained: the key of model.json.
        about: the owner's text about the pictures; empty without one.
        warned: why the model is not usable; empty if it is.
    """
    rows = "\n".join(f"| {letter} | {share:.1%} |" for letter, share in figures["recall"].items())
    warned = f"\n{warned}\n" if warned else ""
    return f"""# {name}
{warned}
Reads {len(letters)} letters: {", ".join(letters)}.

Trained on {trained["date"]} with `{trained["command"]}`.
{counted(trained["images"], "picture")} of {counted(trained["signers"], "signer")} train heads on the features of
the model `{trained["base"]}`, whose layers did not change.

## Pictures

{about or NOT_STATED}

## Accuracy

{trained["division"]} The figures are of heads that were fitted without the {trained["held_out"]} held-out pictures. The
heads of this folder are fitted to all pictures, with the same settings. Held-out pictures read right:
{figures["accuracy"]:.1%} (mean over {figures["signers"]} signers).

| letter | read right |
|---|---|
{rows}
"""
