"""The connection to NATS: address, credentials and certificates, none of which is ever logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import APIError, ServiceUnavailableError
from pydantic import SecretStr

from streamsign.errors import AccessDenied, ConnectionFailed, SettingsError
from streamsign.settings import Settings

logger = logging.getLogger(__name__)

DEFAULT_URL = "nats://127.0.0.1:4222"

CONNECT_WAIT_S = 10.0
"""How long a program waits for NATS when it starts; both may be started at the same time."""

REQUEST_S = 2.0
"""Longest wait for an answer of JetStream."""

AWAY = (nats.errors.Error, OSError)
"""What a request of nats-py raises if NATS does not answer or rejects it, JetStream's errors and time-outs included."""

WRONG_LAST_SEQUENCE = 10071
"""Error code of JetStream: the subject has a newer message than the sender expected."""

CANCEL_AGAIN_S = 0.5
"""Time after which a task that is still running is canceled again; see :func:`end`."""

_RETRY_S = 0.25
_PING_S = 0.75
"""Seconds between two pings; without an answer to two of them the connection counts as lost, after 1.5 to 2.25 s."""

_MOST_PENDING = 8 * 2**20
"""Bytes of messages that wait while NATS is away; the sender gets an error beyond them."""

_SCHEMES = {"nats", "tls", "ws", "wss"}
_MARKS = (b"BEGIN NATS USER JWT-", b"BEGIN USER NKEY SEED-")
_TLS_SCHEMES = {"tls", "wss"}


@dataclass(frozen=True)
class NatsAddress:
    """Where NATS is, and what opens it.

    Attributes:
        url: address, ``nats://``, ``tls://``, ``ws://`` or ``wss://``, with user and password or a token if it needs
            one. Several servers of one cluster are separated by commas.
        credentials: a ``.creds`` file (JWT and seed) of NATS's decentralized authentication.
        ca: certificate of the authority that signed the server's certificate; the system's ones if None.

    With ``tls://``, ``wss://`` or ``ca`` every server must use TLS.
    """

    url: SecretStr = field(default_factory=lambda: SecretStr(DEFAULT_URL))
    credentials: Path | None = None
    ca: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> NatsAddress:
        """The address in the settings, or the default one."""
        return cls(settings.nats or SecretStr(DEFAULT_URL), settings.nats_credentials, settings.nats_ca)

    @property
    def servers(self) -> list[str]:
        """The addresses with their secrets.

        Raises:
            SettingsError: one is not an address of NATS.
        """
        servers = [each.strip() for each in self.url.get_secret_value().split(",") if each.strip()]
        for number, server in enumerate(servers, 1):
            try:
                parts = urlsplit(server)
                usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
            except ValueError:
                usable = False
            if not usable:  # not shown: a mistyped address may hold the password anywhere
                raise SettingsError(
                    f"Address {number} of --nats is not an address of NATS.",
                    f"Pass an address such as {DEFAULT_URL} or tls://user:password@nats.example.org:4222.",
                )
        if not servers:
            raise SettingsError("--nats is empty.", f"Pass an address such as {DEFAULT_URL}.")
        return servers

    def __str__(self) -> str:
        """The addresses without user names, passwords and tokens."""
        shown = []
        for server in self.servers:
            parts = urlsplit(server)
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            shown.append(f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else ""))
        return ", ".join(shown)


class TlsNotUsed(nats.errors.Error):
    """A server does not use TLS, although the address or a certificate requires it."""

    def __str__(self) -> str:
        return "it does not use TLS"


class TlsClient(Client):
    """Sends nothing to a server that does not use TLS.

    A server announces in its first message, which is not encrypted, whether it uses TLS. ``Client`` follows it, so that
    an attacker who changes that message would receive the password.
    """

    def _connect_command(self) -> bytes:  # what is sent first, also on each later connection
        server = self._current_server
        encrypted = server is not None and server.uri.scheme == "wss"
        if not (encrypted or self._server_info.get("tls_required")):
            if self._transport is not None:
                self._transport.close()  # type: ignore[no-untyped-call]  # the caller makes another one for the next server
            raise TlsNotUsed
        return super()._connect_command()


async def connect(address: NatsAddress, name: str) -> Client:
    """Connect to NATS. A connection that is lost later is made again without end.

    Args:
        address: where it is.
        name: of this process, for NATS's monitoring. Its last word is part of the subjects on which it gets answers, so
            that NATS can keep one kind of process from reading the answers to another.

    Raises:
        ConnectionFailed: NATS does not answer, or has no JetStream.
        AccessDenied: it rejects the credentials, its certificate is not trusted, or it does not use TLS where that is
            required.
        SettingsError: the address or a file cannot be used.
    """
    servers, tls = address.servers, _tls(address)
    client, failed, last = (
        TlsClient() if tls else Client(),
        asyncio.get_running_loop().create_future(),
        "it does not answer",
    )
    started = False

    async def heard_error(error: Exception) -> None:
        nonlocal last
        last = reason(error)
        if _is_final(error) and not failed.done():
            failed.set_result(error)
            if started:  # it is tried again until the credentials are valid again
                logger.error("NATS cannot be used, trying again address=%s: %s", address, last)
        logger.debug("NATS reports an error error=%s", last)

    async def lost() -> None:
        if not client.is_closed:
            logger.warning("the connection to NATS is lost address=%s", address)

    async def found() -> None:
        nonlocal failed
        failed = asyncio.get_running_loop().create_future()
        logger.info("connected to NATS again address=%s", address)

    connecting = asyncio.ensure_future(
        client.connect(
            servers,
            name=name,
            inbox_prefix=f"_INBOX.{name.rpartition(' ')[2]}",
            error_cb=heard_error,
            disconnected_cb=lost,
            reconnected_cb=found,
            connect_timeout=2,
            reconnect_time_wait=_RETRY_S,  # type: ignore[arg-type]  # it is passed to asyncio.sleep
            max_reconnect_attempts=-1,
            ping_interval=_PING_S,  # type: ignore[arg-type]  # it is passed to asyncio.sleep
            max_outstanding_pings=2,
            pending_size=_MOST_PENDING,
            tls=tls,
            user_credentials=str(address.credentials) if address.credentials else None,
        )
    )
    try:
        await asyncio.wait([connecting, failed], timeout=CONNECT_WAIT_S, return_when=asyncio.FIRST_COMPLETED)
        if connecting.done() and not failed.done():
            connecting.result()
            await _require_jetstream(client, address)
            started = True
            return client
    except nats.errors.Error as error:
        last = str(error)
    except BaseException:
        await close(client)
        raise
    finally:
        await end(connecting)
    await close(client)
    if failed.done() and isinstance(failed.result(), TlsNotUsed):
        raise AccessDenied(
            f"NATS at {address} does not use TLS. Nothing was sent to it.",
            "Configure TLS in NATS; or pass nats:// without --nats-ca on a network that nobody else uses.",
        )
    if failed.done():
        raise AccessDenied(
            f"NATS at {address} cannot be used: {failed.result()}.",
            "Check the user and the password in --nats, --nats-credentials, and the authority of --nats-ca.",
        )
    raise ConnectionFailed(
        f"NATS at {address} cannot be reached: {last}.",
        "Start it with `nats-server -js`, or pass its address with --nats.",
    )


async def close(client: Client) -> None:
    """End a connection, whatever its state is."""
    if not client.is_closed:
        with contextlib.suppress(OSError):  # what still waits to be sent cannot be sent
            await client.close()


async def end(task: asyncio.Future[Any] | None) -> None:
    """Cancel a task that uses nats-py, and wait until it has ended. Its result or error is dropped.

    One cancellation may not be enough: ``asyncio.wait_for`` of Python 3.11, in which nats-py waits for answers, drops a
    cancellation that comes together with the answer, and nats-py itself drops one while it sends.
    """
    if task is None:
        return
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_S)
    if not task.cancelled():
        task.exception()  # or asyncio reports that nobody read it


def reason(error: BaseException) -> str:
    """Why NATS did not do what was requested, for an error or a log line, without a final period."""
    if isinstance(error, APIError) and error.description:
        return error.description
    return "NATS does not answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__


async def _require_jetstream(client: Client, address: NatsAddress) -> None:
    try:
        await jetstream(client).account_info()
    except (ServiceUnavailableError, nats.errors.NoRespondersError):
        problem = f"NATS at {address} runs without JetStream."
        raise ConnectionFailed(problem, "Start it with `nats-server -js`.") from None
    except (APIError, nats.errors.TimeoutError) as error:
        raise ConnectionFailed(
            f"JetStream of NATS at {address} does not answer: {error}.",
            "Check that the account has JetStream and that the user may publish to $JS.API.>.",
        ) from error


def jetstream(client: Client) -> JetStreamContext:
    """JetStream on a connection, with the wait for an answer that all parts of a cluster use."""
    return client.jetstream(timeout=REQUEST_S)


def _tls(address: NatsAddress) -> ssl.SSLContext | None:
    if address.credentials is not None:
        content = _content(address.credentials, "--nats-credentials")
        if not all(mark in content for mark in _MARKS):  # the client would look for them without end
            raise SettingsError(
                f"{address.credentials} holds no NATS credentials.",
                "Pass the .creds file of a user, as `nsc generate creds` writes it, with --nats-credentials.",
            )
    if address.ca is not None:
        _content(address.ca, "--nats-ca")
    elif not any(urlsplit(server).scheme in _TLS_SCHEMES for server in address.servers):
        return None
    try:
        return ssl.create_default_context(cafile=address.ca)
    except ssl.SSLError as error:
        raise SettingsError(
            f"{address.ca} holds no certificate: {error.reason}.", "Pass a PEM file with --nats-ca."
        ) from error


def _content(file: Path, flag: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}.", f"Pass another file with {flag}.") from error


def _is_final(error: Exception) -> bool:
    """Whether trying again gives the same: the certificate or the credentials are rejected, or TLS is not used."""
    return isinstance(error, ssl.SSLCertVerificationError | TlsNotUsed) or "authorization" in str(error).lower()
