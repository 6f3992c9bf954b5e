"""A real nginx or Caddy with one of the repository's configurations, in front of servers on other ports."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from streamsign.server.tls.certificate import self_signed
from tests.conftest import missing

NAME = "captions.example.org"
START_S = 20


def free_port() -> int:
    """A TCP port of this computer that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def _program(
    command: list[str], port: int, log: Path, environment: Mapping[str, str] | None = None, host: str = "127.0.0.1"
) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
    try:
        until = time.monotonic() + START_S
        while time.monotonic() < until and process.poll() is None:
            try:
                socket.create_connection((host, port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            raise AssertionError(log.read_text())
        yield
    finally:
        process.terminate()
        process.wait(20)


def _certificate(folder: Path) -> tuple[Path, Path]:
    chain, key = self_signed(["127.0.0.1"], [NAME])
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(key)
    return folder / "chain.pem", folder / "key.pem"


def _moved(example: str, upstreams: Mapping[int, int]) -> str:
    """A configuration whose upstreams have other ports."""
    for written, real in upstreams.items():
        example = example.replace(f":{written}", f":{real}")
    return example


@contextmanager
def nginx(
    example: str, folder: Path, upstreams: Mapping[int, int], host: str = "127.0.0.1", before: Sequence[str] = ()
) -> Iterator[int]:
    """Run nginx with an example as a part of its ``http`` block; its port.

    Args:
        example: the configuration.
        folder: for certificate (``chain.pem``), log and temporary files.
        upstreams: ports in the example, and the ports to use in their place.
        host: address to listen on.
        before: words before the command, which run it elsewhere.
    """
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        missing("no nginx found: install it (Debian: apt-get install nginx-light)")
    port = free_port()
    chain, key = _certificate(folder)
    example = _moved(example, upstreams).replace("listen 443", f"listen {host}:{port}")
    example = example.replace(f"/etc/ssl/{NAME}.pem", str(chain)).replace(f"/etc/ssl/{NAME}.key", str(key))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off;\n{paths}\n{example}\n}}\n"
    )
    command = [*before, program, "-c", str(config), "-p", str(folder), "-e", "stderr"]
    with _program(command, port, folder / "nginx.log", host=host):
        yield port


@contextmanager
def caddy(example: str, folder: Path, upstreams: Mapping[int, int]) -> Iterator[int]:
    """Run Caddy with an example of one site; see :func:`nginx`."""
    program = _caddy_program()
    port = free_port()
    chain, key = _certificate(folder)
    site = f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {chain} {key}\n"
    example = _moved(example, upstreams).replace(f"{NAME} {{\n", site, 1)
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tauto_https off\n\tstorage file_system " + f"{folder}/caddy\n}}\n{example}")
    command = [program, "run", "--config", str(config), "--adapter", "caddyfile"]
    with _program(command, port, folder / "caddy.log"):
        yield port


@contextmanager
def caddy_edge(config: str, folder: Path, upstreams: Mapping[int, int]) -> Iterator[int]:
    """Run Caddy with the cluster's whole configuration; its port. Its authority's certificate is ``chain.pem``."""
    program, port = _caddy_program(), free_port()
    file = folder / "Caddyfile"
    file.write_text(_moved(config, {8079: free_port(), **upstreams}))
    environment = {"STREAMSIGN_PUBLIC_URL": f"https://{NAME}:{port}", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    # A name of the public internet would get its certificate from there; here it gets one of Caddy's own authority.
    text = file.read_text().replace("{$STREAMSIGN_PUBLIC_URL} {\n", "{$STREAMSIGN_PUBLIC_URL} {\n\ttls internal\n")
    file.write_text(text)
    command = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    with _program(command, port, folder / "caddy.log", {**environment, "PATH": "/usr/bin:/bin"}):
        authority = folder / "caddy/pki/authorities/local/root.crt"
        (folder / "chain.pem").write_bytes(authority.read_bytes())
        yield port


def _caddy_program() -> str:
    program = shutil.which("caddy")
    if program is None:
        missing("no Caddy found: install it (Debian: apt-get install caddy)")
    return program
