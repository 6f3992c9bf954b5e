"""Runs the compose file's profile `cluster` as plain processes: `make cluster`.

Ctrl-C ends all of them. If a program is not installed, the error names the command that installs it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from deploy.compose import ROOT, compose, in_profile, variables
from deploy.processes import Process, missing, missing_tools, process
from streamsign.cluster.supervisor import FIRST_PAUSE_S, pause_after
from streamsign.server.tls.certificate import lan_address
from streamsign.state.folder import lock
from streamsign.state.private import write_private

PROFILE = "cluster"
MADE_SECRETS = (
    "STREAMSIGN_NATS_PASSWORD",
    "STREAMSIGN_TURN_SECRET",
    "STREAMSIGN_PUBLISH_TOKEN",
    "STREAMSIGN_VIEW_TOKEN",
)
"""Variables that are generated, and kept in the folder, if neither .env nor the shell sets them."""

READY_WITHIN_S = 60.0
HEALTH_EVERY_S = 0.5
"""Interval of health checks until a service is ready; after that the compose file's."""

TOOL = "streamsign"
"""Program in the folder that runs streamsign with the settings of a gateway: `build/cluster/streamsign link`."""


AUTHORITY = "ca.pem"
"""Link in the folder to the certificate of Caddy's own authority; it leads nowhere if a public one signs instead."""

_AUTHORITY_OF_CADDY = Path("volumes", "certificates", "caddy", "pki", "authorities", "local", "root.crt")


class _Failed(Exception):
    """What is wrong and the next step, for the terminal."""


def settings(base: Path, given: Mapping[str, str]) -> dict[str, str]:
    """Variables of the compose file: the shell's, those of .env, and defaults for the others.

    Args:
        base: folder in which generated secrets are kept.
        given: the shell's variables.
    """
    named = variables()
    read = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value}
    read |= {name: value for name, value in given.items() if name in named and value}
    kept_file = base / "secrets.env"
    kept = {name: value for name, value in dotenv_values(kept_file).items() if value}
    for name in MADE_SECRETS:
        kept.setdefault(name, secrets.token_hex(24))
    write_private(kept_file, "".join(f"{name}={value}\n" for name, value in kept.items()).encode())
    found = {**kept, **read}
    address = found.setdefault("STREAMSIGN_ADVERTISE_ADDRESS", lan_address())
    found.setdefault("STREAMSIGN_ICE_SERVERS", f"turn:{address}:3478?transport=udp")
    return found


def plan(base: Path, values: Mapping[str, str]) -> list[Process]:
    """The processes of the profile, in the order in which they start."""
    whole = compose(values)
    given = {name: values.get(secret["environment"], "") for name, secret in whole["secrets"].items()}
    return [process(name, service, given, base) for name, service in in_profile(whole["services"], PROFILE).items()]


def write_tool(file: Path, gateway: Process) -> None:
    """Write a program that runs streamsign with a gateway's settings and trusts the edge's own authority.

    It holds secrets: only its owner may read it.
    """
    authority = file.parent / AUTHORITY
    authority.unlink(missing_ok=True)
    authority.symlink_to(_AUTHORITY_OF_CADDY)
    trust = f"[ ! -e {shlex.quote(str(authority))} ] || export STREAMSIGN_CA={shlex.quote(str(authority))}"
    given = " ".join(shlex.quote(f"{name}={value}") for name, value in gateway.environment.items())
    command = shlex.join(gateway.program.command)
    file.touch(mode=0o700)
    file.write_text(f'#!/bin/sh\n{trust}\nexec env {given} {command} "$@"\n', encoding="utf-8")


class _Service:
    """Keeps one process running until it is stopped."""

    def __init__(self, described: Process, width: int, on_change: asyncio.Event) -> None:
        self.described = described
        self.ready = asyncio.Event()
        self.running: asyncio.subprocess.Process | None = None
        self._width = width
        self._on_change = on_change
        self._starts = 0
        self._stopping = False

    async def run(self, before: list[_Service]) -> None:
        """Start the process after those it waits for, and again whenever it ends."""
        for other in before:
            await other.ready.wait()
        loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
        while True:
            began_s = loop.time()
            code = await self._once()
            self.ready.clear()
            self.say(f"ended with code {code}")
            if self._stopping or not self._again(code):
                return
            wait_s, pause_s = pause_after(loop.time() - began_s, pause_s)
            await asyncio.sleep(wait_s)

    def _again(self, code: int) -> bool:
        kind, _, limit = self.described.restart.partition(":")
        if kind == "on-failure":
            return code != 0 and (not limit or self._starts <= int(limit))
        return kind in ("always", "unless-stopped")

    async def _once(self) -> int:
        self._starts += 1
        self.running = await asyncio.create_subprocess_exec(
            *self.described.command,
            env=self.described.environment,
            cwd=self.described.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches this program alone, which ends them in order
        )
        self._on_change.set()
        checking = asyncio.ensure_future(self._check())
        try:
            assert self.running.stdout is not None  # noqa: S101 - it is a pipe
            with contextlib.suppress(ValueError):  # a line that is longer than the buffer
                async for line in self.running.stdout:
                    self.say(line.decode(errors="replace").rstrip("\n"))
            return await self.running.wait()
        finally:
            checking.cancel()

    async def _check(self) -> None:
        health = self.described.health
        if health is None:
            self.ready.set()
            return
        while True:
            asked = await asyncio.create_subprocess_exec(
                *health.command,
                env=self.described.environment,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                healthy = await asyncio.wait_for(asked.wait(), health.timeout_s) == 0
            except TimeoutError:
                asked.kill()
                healthy = False
            if healthy and not self.ready.is_set():
                self.ready.set()
                self._on_change.set()
            elif not healthy and self.ready.is_set():
                self.say("does not answer its health check")
            await asyncio.sleep(health.interval_s if self.ready.is_set() else HEALTH_EVERY_S)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after the grace period. Its last lines are still printed."""
        self._stopping = True
        running = self.running
        if running is None or running.returncode is not None:
            return
        _signal(running, signal.SIGTERM)
        try:
            await asyncio.wait_for(running.wait(), self.described.grace_s)
        except TimeoutError:
            self.say(f"did not end within {self.described.grace_s:g} s; it is killed")
            _signal(running, signal.SIGKILL)
            await running.wait()

    def say(self, line: str) -> None:
        """Print a line behind the service's name."""
        print(f"{self.described.name:<{self._width}} | {line}", flush=True)


def _signal(running: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.pid, number)


async def supervise(processes: list[Process], base: Path) -> None:
    """Run processes until SIGINT or SIGTERM.

    ``base/processes.json`` holds the numbers of those that run, for tests and benchmarks that end some of them.
    """
    changed, stop = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    width = max(len(each.name) for each in processes)
    services = {each.name: _Service(each, width, changed) for each in processes}
    tasks = [
        asyncio.ensure_future(service.run([services[name] for name in service.described.waits_for]))
        for service in services.values()
    ]
    beside = [
        asyncio.ensure_future(_write_numbers(services, changed, base)),
        asyncio.ensure_future(_announce(services, base / TOOL)),
    ]
    await stop.wait()
    print("Stopping.", flush=True)
    # The edge first, NATS last: nothing loses what it depends on while it still works.
    waited = {name for each in processes for name in each.waits_for}
    await asyncio.gather(*(service.stop() for name, service in services.items() if name not in waited))
    await asyncio.gather(*(services[name].stop() for name in waited))
    for task in (*beside, *tasks):
        task.cancel()
    await asyncio.gather(*beside, *tasks, return_exceptions=True)


async def _announce(services: Mapping[str, _Service], tool: Path) -> None:
    waiting = [asyncio.ensure_future(service.ready.wait()) for service in services.values()]
    _, late = await asyncio.wait(waiting, timeout=READY_WITHIN_S)
    names = [name for name, service in services.items() if not service.ready.is_set()]
    for task in late:
        task.cancel()
    if names:
        print(f"Not ready after {READY_WITHIN_S:g} s: {', '.join(names)}. Read their output above.", flush=True)
    else:
        print(f"All {len(services)} processes are ready. `{tool} link` prints the host page's link.", flush=True)
        if "edge" in services:
            url = services["edge"].described.environment["STREAMSIGN_PUBLIC_URL"]
            print(f"`{tool} demo HELLO {url}` sends a rendered hand to it.", flush=True)


async def _write_numbers(services: Mapping[str, _Service], changed: asyncio.Event, base: Path) -> None:
    file = base / "processes.json"
    while True:
        await changed.wait()
        changed.clear()
        numbers = {
            name: {"pid": service.running.pid, "ready": service.ready.is_set()}
            for name, service in services.items()
            if service.running is not None and service.running.returncode is None
        }
        written = file.with_suffix(".new")
        written.write_text(json.dumps(numbers), encoding="utf-8")
        written.replace(file)


def _checked(processes: list[Process]) -> list[Process]:
    """The processes that can be started.

    Raises:
        _Failed: a required program is not installed.
    """
    lacking, tools = missing(processes), missing_tools(processes)
    needed = {name: program for name, program in lacking.items() if not program.optional}
    packages = sorted({program.package for program in needed.values() if program.package} | set(tools.values()))
    for name in sorted(lacking.keys() - needed.keys()):
        print(f"{name} is not started, because it is not installed. {lacking[name].advice}", flush=True)
    if packages:
        what = ", ".join(sorted({program.command[0] for program in needed.values()} | set(tools)))
        raise _Failed(f"Not installed: {what}.\n  → sudo apt install {' '.join(packages)}")
    return [each for each in processes if each.name not in lacking]


@contextlib.contextmanager
def _alone(base: Path) -> Iterator[None]:
    """Hold the folder, whose ports and files are those of one cluster.

    Raises:
        _Failed: another cluster runs there.
    """
    base.mkdir(parents=True, exist_ok=True)
    with (base / "lock").open("w") as held:
        try:
            lock(held.fileno(), 0)
        except OSError as error:
            raise _Failed(f"A cluster already runs in {base}.\n  → Stop it with Ctrl-C in its terminal.") from error
        yield


def main() -> None:
    """Entry point; exits with 1 if a required program is not installed or a cluster already runs in the folder."""
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "cluster", help="volumes, secrets and links")
    base = parser.parse_args().folder.resolve()
    try:
        with _alone(base):
            processes = _checked(plan(base, settings(base, os.environ)))
            write_tool(base / TOOL, next(each for each in processes if each.name.startswith("gateway")))
            asyncio.run(supervise(processes, base))
    except _Failed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
