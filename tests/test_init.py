"""The public face."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import streamsign
from streamsign import errors


def test_the_public_face_is_what_all_says() -> None:
    """Every name in ``__all__`` can be imported and is sorted; nothing else but submodules is public."""
    for name in streamsign.__all__:
        getattr(streamsign, name)
    public = {name for name, value in vars(streamsign).items() if name[0] != "_" and not isinstance(value, ModuleType)}
    assert public | {"__version__"} == set(streamsign.__all__)
    assert len(set(streamsign.__all__)) == len(streamsign.__all__)
    assert dir(streamsign) == sorted(streamsign.__all__)


def test_every_error_is_in_it() -> None:
    """Whatever streamsign raises on purpose can be caught by a public name."""
    assert {name for name in vars(errors) if isinstance(getattr(errors, name), type)} <= set(streamsign.__all__)


def test_names_are_imported_when_they_are_used() -> None:
    """Importing streamsign imports nothing heavy; a name that is not there is an AttributeError."""
    script = (
        "import sys, streamsign; print('numpy' in sys.modules); streamsign.Recognizer; print('numpy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "True"]
    missing = "Recognizers"
    with pytest.raises(AttributeError, match=missing):
        getattr(streamsign, missing)


def test_the_names_resolve_as_the_type_checker_sees_them() -> None:
    """The lazily imported names are the ones that the imports for type checkers name."""
    lines = inspect.getsource(streamsign)
    block = lines[lines.index("TYPE_CHECKING:") : lines.index("__version__ =")]
    namespace: dict[str, object] = {}
    exec("if True" + block.removeprefix("TYPE_CHECKING"), namespace)  # noqa: S102 - the package's own imports
    seen = {name: value for name, value in namespace.items() if name != "__builtins__"}
    assert seen == {name: getattr(streamsign, name) for name in streamsign.__all__ if name != "__version__"}
