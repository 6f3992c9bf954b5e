"""The part of a card on files that its commands name and that the repository does not have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from streamsign.training.lineage import FILES_KEY

_NAMED = re.compile(r"\bruns/[\w.-]*\w")
_TEACHER = "hand_landmark_full.tflite"


def made_from(trained: Mapping[str, Any]) -> str:
    """States which files of a card's commands are not in the repository, and which command makes each; may be empty.

    Args:
        trained: the key of model.json or locator.json, with ``command``, ``note`` and ``files``.
    """
    files = trained.get(FILES_KEY, {})
    text = " ".join([str(trained.get("command", "")), str(trained.get("note", "")), *files.values()])
    named = sorted({*_NAMED.findall(text), *files})
    parts = ["`DATA` is the folder of the pictures, which is not part of this repository."]
    if named:
        parts.append(
            "`runs/` holds files of earlier trainings. They are not part of this repository either; to reproduce this "
            "model, make them first. A training with `--budget` makes other weights on a computer of another speed; "
            "one with `--steps` can be repeated."
        )
    if _TEACHER in text:
        parts.append(f"`{_TEACHER}` is a file of the wheel `mediapipe` 0.10.14.")
    rows = [f"| `{name}` | {_maker(name, files)} |" for name in named]
    table = "\n\n| file | made by |\n|---|---|\n" + "\n".join(rows) if rows else ""
    return " ".join(parts) + table + "\n"


def _maker(name: str, files: Mapping[str, str]) -> str:
    if name in files:
        return f"`{files[name]}`"
    if name.endswith(".json"):
        return (
            "a training with `--cleaning` if the file does not exist; a person then accepts rows in it. "
            "`streamsign data-report DATA/hands --findings FILE` makes such a list too"
        )
    return "a command that was not recorded"
