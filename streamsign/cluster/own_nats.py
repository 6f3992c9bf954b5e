"""A NATS of this computer alone, for `streamsign serve --workers`."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from streamsign.cluster.supervisor import Supervised
from streamsign.errors import RuntimeUnavailable
from streamsign.server.tls.authority import unusable
from streamsign.state.private import write_private

_PATHS = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin"  # Debian installs it outside of most PATHs


def own_nats(folder: Path, port: int) -> tuple[Supervised, str]:
    """A nats-server with JetStream that keeps its streams in a folder, and its address with a token.

    Args:
        folder: made if it does not exist, readable by its owner only.
        port: on the loopback address.

    Raises:
        RuntimeUnavailable: nats-server is not installed.
        SettingsError: the folder cannot be written.
    """
    program = shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:{_PATHS}")
    if program is None:
        raise RuntimeUnavailable(
            "--workers needs nats-server, which is not installed.",
            "Install it (`apt install nats-server`, `brew install nats-server`), or name a server with --nats.",
        )
    token = secrets.token_hex(24)
    config = folder / "nats.conf"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(
            config,
            f'listen: "127.0.0.1:{port}"\n'
            f'authorization {{ token: "{token}" }}\n'
            f"jetstream {{ store_dir: {_quoted(folder / 'jetstream')} }}\n".encode(),
        )
    except OSError as error:
        raise unusable(folder, error) from error
    # Its log is a file of its own, not mixed with the lines of the server.
    command = [program, "--config", str(config), "--log", str(folder / "nats.log")]
    return Supervised("nats-server", command, os.environ), f"nats://{token}@127.0.0.1:{port}"


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
