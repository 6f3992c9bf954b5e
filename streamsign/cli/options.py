"""Options of several commands. Those of settings are made from :class:`Settings`, so that a default is written once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from streamsign.errors import SettingsError
from streamsign.recognition.framing import Framing
from streamsign.settings import Settings

_SPELLINGS = {"keep_log": "log"}
"""Flags that are not spelled as their settings."""

_REPEATED = {"source", "room"}
"""Flags that may be given more than once."""

_OF_PICTURES = {
    "reader": "Which network reads a picture: auto (both, the weighted mean of their probabilities), small (the "
    "classifier alone), or large (the reader alone)."
}
"""Help of settings that mean something else for single pictures than for a stream."""

_PLAIN = (bool, int, float, str, Path, Enum)

CaFile = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        metavar="FILE",
        envvar="STREAMSIGN_CA",
        show_envvar=True,
        help="Certificate of the authority that signed an https:// server's certificate, PEM.",
    ),
]
"""Option of every command that connects to a server."""

Insecure = Annotated[
    bool,
    typer.Option("--insecure", help="Accept any certificate: others on the network could then read what is sent."),
]
"""Option of every command that connects to a server."""

Command = TypeVar("Command", bound=Callable[..., None])


def setting(name: str, *, of_pictures: bool = False) -> Any:
    """The option of one setting, to be the default of a parameter of that name.

    Its help, default and limits are the field's. Whether it was given says :func:`given`, not its value.

    Args:
        name: of the setting.
        of_pictures: whether the command reads single pictures, so that the help says what the setting means for them.
    """
    field = Settings.model_fields[name]
    flag = _SPELLINGS.get(name, name).replace("_", "-")
    default = [] if name in _REPEATED else field.get_default(call_default_factory=True)
    return typer.Option(
        default if isinstance(default, (*_PLAIN, list)) else None,
        f"--{flag}/--no-{flag}" if field.annotation is bool else f"--{flag}",
        help=_OF_PICTURES[name] if of_pictures else field.description,
        min=_limit(field, "ge"),
        max=_limit(field, "le"),
        callback=_workers if name == "workers" else None,
    )


def _workers(value: str | None) -> str | None:
    """Report a wrong number of workers as a wrong use, as the limits of numbers are."""
    try:
        return Settings.a_number_of_workers(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def takes_all_settings(command: Command) -> Command:
    """Give a command an option for every setting; it takes them as ``**options`` and reads them with :func:`given`."""
    kept = [each for each in inspect.signature(command).parameters.values() if each.kind is not each.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=setting(name), annotation=_plain_type(name))
        for name in Settings.model_fields
    ]
    described: Any = command
    described.__signature__ = inspect.Signature([*kept, *options])
    return command


def given(ctx: typer.Context) -> dict[str, object]:
    """The settings that were given as flags: what is left out comes from a variable or is the default."""
    names = (each.name for each in ctx.command.params if each.name in Settings.model_fields and _is_setting(each))
    return {name: ctx.params[name] for name in names if _is_from_flag(ctx, name)}


def refuse_flags(ctx: typer.Context, names: Collection[str], reason: str, instead: str) -> None:
    """Refuse flags and arguments that have no effect together with others. Values of variables are ignored.

    Args:
        ctx: of the command.
        names: of the parameters.
        reason: why they have no effect, a clause without a full stop.
        instead: what can be done besides leaving them out, a clause that follows a comma.

    Raises:
        SettingsError: one was given on the command line; all such are named.
    """
    found = [each for each in ctx.command.params if each.name in names and _is_from_flag(ctx, each.name)]
    if found:
        flags = " and ".join(
            each.opts[0] if each.param_type_name == "option" else each.opts[0].upper() for each in found
        )
        verb = "has" if len(found) == 1 else "have"
        raise SettingsError(f"{flags} {verb} no effect: {reason}.", f"Leave {flags} out, {instead}.")


def refuse_ca_if_insecure(ctx: typer.Context, *, insecure: bool) -> None:
    """Refuse ``--ca`` beside ``--insecure``, which accepts certificates of every authority.

    Raises:
        SettingsError: both were given.
    """
    if insecure:
        refuse_flags(ctx, ["ca"], "--insecure accepts any certificate", "or leave out --insecure")


def refuse_hand_of_fixed_framing(ctx: typer.Context, framing: Framing) -> None:
    """Refuse ``--hand``, which of two hands is read, if a fixed place of the frame is read.

    Raises:
        SettingsError: it was given, and the framing is fixed.
    """
    if framing is not Framing.AUTO:
        reason = f"the framing {framing} reads a fixed place, whichever hand is there"
        refuse_flags(ctx, ["hand"], reason, "or pass --framing auto")


def _limit(field: FieldInfo, name: str) -> Any:
    return next((getattr(each, name) for each in field.metadata if hasattr(each, name)), None)


def _is_setting(parameter: Any) -> bool:
    """Whether a parameter with a setting's name is that setting: ``caption SOURCE`` and ``demo --room`` are not."""
    help_text = getattr(parameter, "help", None)
    return help_text is not None and help_text in (
        Settings.model_fields[parameter.name].description,
        _OF_PICTURES.get(parameter.name),
    )


def _is_from_flag(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _plain_type(name: str) -> Any:
    """What typer reads a flag as: secrets and lists are text, which the model takes apart."""
    if name in _REPEATED:
        return list[str]
    annotation = Settings.model_fields[name].annotation
    if get_origin(annotation) is Literal:
        return annotation
    [kind] = [each for each in get_args(annotation) or (annotation,) if each not in (NoneType, Ellipsis)]
    return kind if get_origin(annotation) is not tuple and issubclass(kind, _PLAIN) else str
