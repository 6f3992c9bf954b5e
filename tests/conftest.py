"""Fixtures of all tests: the browser and the shared data, or a skip with the reason."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pylibsrtp  # noqa: F401 - imported after TensorFlow, it crashes the process
import pytest

ROOT = Path(__file__).resolve().parents[1]

# No test measures time: a loaded machine must not fail a property.
hypothesis.settings.register_profile("streamsign", deadline=None)
hypothesis.settings.load_profile("streamsign")


# Each of the many processes that tests start would compile the sources again, and each worker rewrite every assertion.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Servers of tests answer to no name on the network, but where that is what is tested.
os.environ.setdefault("STREAMSIGN_MDNS_NAME", "none")
# … and write no captions to the disk, but where that is what is tested.
os.environ.setdefault("STREAMSIGN_KEEP_LOG", "false")
# … and read five letters, which the tests' films are made of, but where the default or another model is tested.
os.environ.setdefault("STREAMSIGN_MODEL", "celov")


BROWSERS = {"chromium", "chromium_path", "desktop_chromium", "desktop_chromium_path"}
"""Fixtures of tests that drive a browser in real time."""

SERVER = "desk"
"""Fixture of tests in real time that take a server of its own process."""

REAL_TIME, NICE, PLACE = pytest.StashKey[bool](), pytest.StashKey[bool](), pytest.StashKey[int]()

LONGEST = ("tests/training/", "tests/cli/", "tests/recognition/", "tests/server/")
"""Folders of the files that take longest. They run before the others, so that no process has one left at the end."""

COURTESY = 19
"""What tests without real time add to the niceness of their process."""


def pytest_xdist_auto_num_workers() -> int:
    """Two processes more than processors: the tests in real time wait for most of their time.

    With two processors the first three run what is in real time, and the fourth the others on what these leave.
    """
    return (os.cpu_count() or 1) + 2


GROUPS = ("browsers in real time", "senders in real time", "pages and benchmarks in real time", "TensorFlow")
"""Groups of tests that one process runs, in the order in which pytest-xdist assigns them."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put each test into a group that one process runs: three groups in real time, what trains, and the other files.

    Many browsers at once are too much for two cores, so those that send video share a process, and those whose subject
    is a page or what it reads itself another one, with the benchmarks in real time: the three take about equally long.
    What trains is run by one process, which imports TensorFlow once.
    The groups are in the order in which pytest-xdist assigns them: first those in real time, then the longest ones.
    """
    for item in items:
        file = item.nodeid.split("::", 1)[0]
        fixtures = set(getattr(item, "fixturenames", ()))
        timed = item.get_closest_marker("real_time") or (BROWSERS | {SERVER}) & fixtures
        benchmark = file.startswith("tests/benchmarks/")
        browser = BROWSERS & fixtures and not benchmark
        item.stash[REAL_TIME] = bool(timed)
        trains = not timed and "tensorflow_installed" in fixtures
        pages = (timed and benchmark) or (browser and item.get_closest_marker("pages"))
        place = 2 if pages else 0 if browser else 1 if timed else 3 if trains else len(GROUPS) + _turn(file)
        item.stash[PLACE] = place
        item.add_marker(pytest.mark.xdist_group(dict(enumerate(GROUPS)).get(place, file)))
    items.sort(key=lambda item: item.stash[PLACE])


def _turn(file: str) -> int:
    """Place of a file's folder in the order of folders."""
    long = [file.startswith(folder) for folder in LONGEST]
    return long.index(True) if any(long) else len(LONGEST)


def pytest_sessionstart() -> None:
    """Look for no garbage while tests are collected: all of what is imported stays, and each process imports it."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Look for garbage again."""
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a test without the group that pytest-xdist adds: ``--last-failed`` looks for the name alone."""
    if "PYTEST_XDIST_WORKER" not in os.environ:  # the process that shows the results
        report.nodeid = re.sub(r"@[^@\]]*$", "", report.nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests without real time give way to those with it, once their process has none of these left."""
    if "PYTEST_XDIST_WORKER" in os.environ and not item.stash[REAL_TIME] and NICE not in item.config.stash:
        item.config.stash[NICE] = True
        os.nice(COURTESY)


def missing(what: str) -> NoReturn:
    """Skip, or fail where CI promises that everything is there."""
    if os.environ.get("STREAMSIGN_CI") == "1":
        pytest.fail(f"{what} (STREAMSIGN_CI=1 promises it)")
    pytest.skip(what)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labeled hands, frames and bursts."""
    folder = Path(os.environ.get("STREAMSIGN_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "hands" / "manifest.csv").is_file():
        missing(f"no labeled hands in {folder}: set STREAMSIGN_DATA")
    return folder


DESKTOP = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HEADLESS_SHELL = "chromium-headless-shell"
"""Chromium without windows: the same engine, and half of the processor time. It has no wake lock."""


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium to drive: the headless shell where it is installed."""
    return _found(HEADLESS_SHELL, *DESKTOP)


@pytest.fixture(scope="session")
def desktop_chromium_path() -> str:
    """Path of a Chromium or Chrome with everything that users have."""
    return _found(*DESKTOP)


def _found(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    missing(f"no Chromium found: install it (Debian: apt-get install {names[0]})")


@pytest.fixture(scope="session")
def tensorflow_installed() -> None:
    """Skip without the train extra."""
    try:
        import tensorflow  # noqa: F401
    except ImportError:
        missing("TensorFlow is not installed: pip install 'streamsign[train]'")


@pytest.fixture
def uncompiled(tensorflow_installed: None) -> Iterator[None]:
    """TensorFlow that runs each step as it comes: compiling takes longer than the few steps of a test."""
    from streamsign.training.backend import tensorflow

    settings = tensorflow().config
    settings.run_functions_eagerly(True)
    yield
    settings.run_functions_eagerly(False)
