"""Which command made each file that a training begins from: a record beside each checkpoint, repeated by model cards.

A checkpoint is not part of a repository. Its card can be reproduced if it names the command of the checkpoint, and the
commands of the checkpoints before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

FILES_KEY = "files"
"""Key of ``trained`` in model.json and locator.json: command by the name of the file, ``runs/NAME.npz``."""

RUNS = "runs"
MODELS = "models"


def default_checkpoint(out: Path, task: str) -> Path:
    """The checkpoint of a training that names none: ``runs/NAME-TASK.npz``.

    ``runs`` is beside the folder of models if that is called ``models``; otherwise it is in the current folder.

    Args:
        out: model folder that is written; its name is NAME.
        task: what is trained.
    """
    above = out.resolve().parent
    return (above.parent if above.name == MODELS else Path.cwd()) / RUNS / f"{out.name}-{task}.npz"


def recorded_arguments(arguments: list[str], folder: Path, out: Path) -> list[str]:
    """The command as the card repeats it: without the names of this computer's folders, or where the checkpoint was."""
    names = {str(folder): "DATA", str(out): f"models/{out.name}"}
    reported = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if "--checkpoint" in (before, argument):
            continue
        if before in ("--weights", "--former") and argument != "imagenet":
            name, place = Path(argument).name, Path(argument).resolve()
            if place.is_relative_to(folder.resolve()):
                argument = f"DATA/{place.relative_to(folder.resolve()).as_posix()}"
            elif name.endswith(".tflite"):
                argument = f"models/{Path(argument).resolve().parent.name}/{name}"
            else:
                argument = f"runs/{name}" if name.endswith(".npz") else f"DATA/weights/{name}"
        elif before == "--teacher":
            argument = Path(argument).name
        elif before == "--cleaning":
            argument = f"runs/{Path(argument).name}"
        reported.append(names.get(argument, argument))
    return reported


def record(checkpoint: Path, command: str, begun_from: Iterable[Path | None]) -> None:
    """Write the commands of a checkpoint, and of all files that it was begun from, beside it.

    Args:
        checkpoint: the file, which need not exist yet.
        command: that makes it; empty if the run only exports, so that a record stays as it is.
        begun_from: files with records of their own, or without.
    """
    if command:
        _write(checkpoint, files_of(begun_from) | {f"{RUNS}/{checkpoint.name}": command})


def record_average(average: Path, files: Iterable[Path]) -> None:
    """Write the commands of files beside their average, which no command makes by itself."""
    _write(average, files_of(files))


def _write(checkpoint: Path, files: dict[str, str]) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    _record_of(checkpoint).write_text(json.dumps(files, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def files_of(begun_from: Iterable[Path | None]) -> dict[str, str]:
    """Command of every recorded file that some files come from, themselves included, oldest first.

    A record that is missing or damaged is left out: it only adds to a card.
    """
    files: dict[str, str] = {}
    for path in begun_from:
        if path is None:
            continue
        try:
            found = json.loads(_record_of(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict):
            files |= {str(name): str(command) for name, command in found.items()}
    return files


def _record_of(checkpoint: Path) -> Path:
    return checkpoint.with_name(f"{checkpoint.stem}.commands.json")
