"""``streamsign serve``: the server for phones and viewers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from rich.console import Console

from streamsign.recognition.framing import Framing
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.track import HandChoice
from streamsign.settings import Settings, read_settings


def _option(name: str, *spellings: str) -> typer.models.OptionInfo:
    field = Settings.model_fields[name]
    shown = f"{field.description} [default: {field.default}]"
    made: typer.models.OptionInfo = typer.Option(None, *spellings, help=shown, show_default=False)
    return made


def serve(
    model: str = _option("model", "--model"),  # type: ignore[assignment]  # None: not given
    framing: Framing = _option("framing", "--framing"),  # type: ignore[assignment]
    hand: HandChoice = _option("hand", "--hand"),  # type: ignore[assignment]
    reader: ReaderMode = _option("reader", "--reader"),  # type: ignore[assignment]
    host: str = _option("host", "--host"),  # type: ignore[assignment]
    port: int = _option("port", "--port"),  # type: ignore[assignment]
    lan: bool = _option("lan", "--lan/--no-lan"),  # type: ignore[assignment]
    lan_port: int = _option("lan_port", "--lan-port"),  # type: ignore[assignment]
    state_dir: Path = _option("state_dir", "--state-dir"),  # type: ignore[assignment]
    publish_token: str = _option("publish_token", "--publish-token"),  # type: ignore[assignment]
    view_token: str = _option("view_token", "--view-token"),  # type: ignore[assignment]
    ice_servers: str = _option("ice_servers", "--ice-servers"),  # type: ignore[assignment]
    turn_secret: str = _option("turn_secret", "--turn-secret"),  # type: ignore[assignment]
    mdns_name: str = _option("mdns_name", "--mdns-name"),  # type: ignore[assignment]
    advertise_address: str = _option("advertise_address", "--advertise-address"),  # type: ignore[assignment]
    public_url: str = _option("public_url", "--public-url"),  # type: ignore[assignment]
    source: str = _option("source", "--source"),  # type: ignore[assignment]
    room: str = _option("room", "--room"),  # type: ignore[assignment]
    stall_after_s: float = _option("stall_after_s", "--stall-after-s"),  # type: ignore[assignment]
    close_after_s: float = _option("close_after_s", "--close-after-s"),  # type: ignore[assignment]
    keep_log: bool = _option("keep_log", "--log/--no-log"),  # type: ignore[assignment]
    retention: float = _option("retention", "--retention"),  # type: ignore[assignment]
    max_viewers: int = _option("max_viewers", "--max-viewers"),  # type: ignore[assignment]
    sessions_per_device: int = _option("sessions_per_device", "--sessions-per-device"),  # type: ignore[assignment]
    max_sessions: int = _option("max_sessions", "--max-sessions"),  # type: ignore[assignment]
    log_level: str = _option("log_level", "--log-level"),  # type: ignore[assignment]
    log_json: bool = _option("log_json", "--log-json/--no-log-json"),  # type: ignore[assignment]
) -> None:
    """Start the server: shows a QR code for a phone, reads its camera, and sends letters to viewers."""
    settings = read_settings(**locals())
    from streamsign.server.logs import set_up_logs
    from streamsign.server.pairing.terminal import show
    from streamsign.server.run import run

    set_up_logs(settings.log_level, settings.log_json)
    asyncio.run(run(settings, lambda server: show(server, Console())))
