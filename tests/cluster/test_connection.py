"""cluster/connection.py: against real NATS servers with passwords, credentials and certificates."""

from __future__ import annotations

import asyncio
import base64
import datetime
import gc
import json
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nkeys  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from streamsign.cluster import connection
from streamsign.cluster.connection import DEFAULT_URL, NatsAddress, close, connect, end
from streamsign.errors import AccessDenied, ConnectionFailed, SettingsError
from streamsign.settings import read_settings
from tests.nats_server import needs_nats, running_nats, until
from tests.virtual_time import in_virtual_time

PASSWORD = "a-password-that-is-not-logged"
USERS = f'authorization {{ users = [{{ user: "gateway", password: "{PASSWORD}" }}] }}'


def _at(url: str, **files: Path) -> NatsAddress:
    return NatsAddress(SecretStr(url), **files)


def test_an_address_is_shown_without_its_secrets() -> None:
    """User, password and token are left out of its text; several servers are listed."""
    address = _at(f"nats://gateway:{PASSWORD}@127.0.0.1:4222, tls://token@[::1]:4223,wss://nats.example.org")
    assert str(address) == "nats://127.0.0.1:4222, tls://[::1]:4223, wss://nats.example.org"
    assert PASSWORD not in repr(address)


@pytest.mark.parametrize("url", [f"http://u:{PASSWORD}@h", f"{PASSWORD}@host:4222", "nats://", "nats://h:99999", " , "])
def test_another_address_is_refused_without_showing_it(url: str) -> None:
    """The error says what an address looks like, and shows nothing of a password."""
    with pytest.raises(SettingsError) as refused:
        str(_at(url))
    assert PASSWORD not in str(refused.value)
    assert DEFAULT_URL in refused.value.next_step


def test_the_settings_name_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """STREAMSIGN_NATS holds it, and it is not shown where settings are; without one NATS is on this computer."""
    assert NatsAddress.of(read_settings()).servers == [DEFAULT_URL]
    monkeypatch.setenv("STREAMSIGN_NATS", f"nats://u:{PASSWORD}@h:1")
    settings = read_settings(nats_credentials=Path("x.creds"))
    assert PASSWORD not in repr(settings)
    assert NatsAddress.of(settings) == _at(f"nats://u:{PASSWORD}@h:1", credentials=Path("x.creds"))


@needs_nats
async def test_a_connection_is_made_again_after_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Losing and finding it is logged without secrets."""
    caplog.set_level(logging.DEBUG)
    with running_nats(tmp_path, USERS) as server:
        url = server.url.replace("//", f"//gateway:{PASSWORD}@")
        client = await connect(_at(url), "gateway")
        server.stop()
        await asyncio.sleep(0.3)
        assert (client.is_connected, client.is_closed) == (False, False)
        server.start()
        await until(lambda: f"connected to NATS again address={server.url}" in caplog.text)
        assert client.is_connected
        await close(client)
        await close(client)
    assert f"the connection to NATS is lost address={server.url}" in caplog.text
    assert PASSWORD not in caplog.text


@needs_nats
@pytest.mark.parametrize("user", ["", "gateway:wrong@", "stranger@"])
async def test_a_stranger_is_refused_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture, user: str) -> None:
    """Without credentials, or with wrong ones, the error comes within a second and names what to check."""
    with running_nats(tmp_path, USERS) as server:
        async with asyncio.timeout(5):
            with pytest.raises(AccessDenied, match="Authorization Violation") as refused:
                await connect(_at(server.url.replace("//", f"//{user}")), "stranger")
    assert "--nats-credentials" in refused.value.next_step
    assert "wrong" not in str(refused.value) + caplog.text


@needs_nats
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # nats-py leaves rejected sockets to gc
async def test_credentials_that_became_invalid_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once each time, without them; the connection is made again when they are valid again."""
    with running_nats(tmp_path, USERS) as server:
        client = await connect(_at(server.url.replace("//", f"//gateway:{PASSWORD}@")), "gateway")
        for rejected in (1, 2):
            server.stop()
            server.config = 'authorization { user: "gateway", password: "another" }'
            server.start()
            await until(lambda count=rejected: caplog.text.count("NATS cannot be used") == count)  # type: ignore[misc]
            await asyncio.sleep(0.6)
            server.stop()
            server.config = USERS
            server.start()
            await until(lambda: client.is_connected)
            assert caplog.text.count("NATS cannot be used") == rejected
        await close(client)
        gc.collect()
    assert PASSWORD not in caplog.text


@needs_nats
async def test_a_server_without_jetstream_is_refused(tmp_path: Path) -> None:
    """The error says how to start it."""
    with running_nats(tmp_path) as server:
        server.stop()
        server.config = "jetstream: disabled"
        server.start()
        with pytest.raises(ConnectionFailed, match="without JetStream") as refused:
            await connect(_at(server.url), "gateway")
    assert "nats-server -js" in refused.value.next_step


@in_virtual_time
async def test_a_task_that_drops_cancellations_is_ended() -> None:
    """It is canceled until it ends, and its error is neither raised nor reported."""
    dropped = 0

    async def work() -> None:
        nonlocal dropped
        while dropped < 3:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                dropped += 1
        raise OSError("the connection is closed")

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    await end(task)
    assert (task.done(), dropped) == (True, 3)
    await end(task)
    await end(None)


async def test_nats_that_does_not_run_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only for a while, in which it may start; the error names the address and the reason."""
    monkeypatch.setattr(connection, "CONNECT_WAIT_S", 0.5)
    with pytest.raises(ConnectionFailed, match=r"nats://127\.0\.0\.1:9 cannot be reached: .*Connect call failed"):
        await connect(_at("nats://127.0.0.1:9"), "gateway")


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Files of a certificate for localhost, which is its own authority, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nats")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(1))
        .not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca, secret = folder / "ca.pem", folder / "key.pem"
    ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return ca, secret


@needs_nats
async def test_a_certificate_is_checked(tmp_path: Path) -> None:
    """With the authority's file the connection is encrypted; without it, and for another name, it is refused."""
    ca, secret = _certificate(tmp_path)
    with running_nats(tmp_path / "nats", f'tls {{ cert_file: "{ca}", key_file: "{secret}" }}') as server:
        client = await connect(_at(f"tls://localhost:{server.port}", ca=ca), "gateway")
        assert client.is_connected
        await close(client)
        for url, file in ((f"tls://127.0.0.1:{server.port}", {"ca": ca}), (f"tls://localhost:{server.port}", {})):
            async with asyncio.timeout(5):
                with pytest.raises(AccessDenied, match="certificate verify failed"):
                    await connect(_at(url, **file), "gateway")


@asynccontextmanager
async def _without_tls(port: int = 0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that announces no TLS: its port, and what it receives."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b'INFO {"server_id":"x","version":"2.9.10","proto":1,"max_payload":1048576,"auth_required":true}\r\n'
        )
        received.append(b"")
        while part := await reader.read(4096):
            received[-1] += part
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1], received
    finally:
        server.close()


@pytest.mark.parametrize("scheme", ["tls", "nats"])
async def test_a_password_is_not_sent_without_tls(tmp_path: Path, scheme: str) -> None:
    """With tls:// or an authority's certificate nothing is sent to a server that announces no TLS."""
    ca, _ = _certificate(tmp_path)
    async with _without_tls() as (port, received):
        with pytest.raises(AccessDenied, match="does not use TLS") as refused:
            await connect(_at(f"{scheme}://gateway:{PASSWORD}@localhost:{port}", ca=ca), "gateway")
    assert received
    assert not any(received)
    assert "nats://" in refused.value.next_step


@needs_nats
async def test_a_password_is_not_sent_without_tls_after_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that announces no TLS in place of one that did receives nothing from the clients that come back."""
    ca, key = _certificate(tmp_path)
    with running_nats(tmp_path / "nats", f'tls {{ cert_file: "{ca}", key_file: "{key}" }}') as server:
        client = await connect(_at(f"tls://gateway:{PASSWORD}@localhost:{server.port}", ca=ca), "gateway")
        await asyncio.to_thread(server.stop)
        async with _without_tls(server.port) as (_, received):
            await until(lambda: len(received) >= 2)
            await close(client)
        assert not any(received)
        assert "does not use TLS" in caplog.text


@pytest.mark.parametrize(("flag", "name"), [("--nats-credentials", "credentials"), ("--nats-ca", "ca")])
async def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, flag: str, name: str) -> None:
    """The error names the file and the flag."""
    with pytest.raises(SettingsError, match=r"none cannot be read: No such file") as refused:
        await connect(_at(DEFAULT_URL, **{name: tmp_path / "none"}), "gateway")
    assert flag in refused.value.next_step


def _signed(issuer: bytearray, subject: bytes, claims: dict[str, object]) -> str:
    """A NATS JWT (ADR-14): a claim about a key that another key signs."""
    signer = nkeys.from_seed(issuer)
    body = {"iat": 1, "iss": signer.public_key.decode(), "sub": subject.decode(), "name": "test", "nats": claims}
    parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, body)]
    said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    return (said + b"." + base64.urlsafe_b64encode(signer.sign(said)).rstrip(b"=")).decode()


@needs_nats
async def test_a_credentials_file_opens_nats(tmp_path: Path) -> None:
    """With decentralized authentication its user is admitted; one that another account signed, or none, is refused."""
    operator, account, user, system, unknown = (
        bytearray(nkeys.encode_seed(secrets.token_bytes(32), prefix))
        for prefix in (
            nkeys.PREFIX_BYTE_OPERATOR,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_USER,
            nkeys.PREFIX_BYTE_ACCOUNT,
            nkeys.PREFIX_BYTE_ACCOUNT,
        )
    )
    keys = [nkeys.from_seed(seed).public_key for seed in (operator, account, user, system)]
    limits = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
    storage = dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), -1)
    plain = {"limits": {**limits, "wildcards": True}, "type": "account", "version": 2}
    storing = {**plain, "limits": {**limits, **storage, "wildcards": True}}
    config = (
        f"operator: {_signed(operator, keys[0], {'type': 'operator', 'version': 2})}\n"
        f"system_account: {keys[3].decode()}\nresolver: MEMORY\nresolver_preload: {{\n"
        f"  {keys[1].decode()}: {_signed(operator, keys[1], storing)}\n"
        f"  {keys[3].decode()}: {_signed(operator, keys[3], plain)}\n}}"
    )
    users = {"subs": -1, "data": -1, "payload": -1, "type": "user", "version": 2}
    files = {}
    for name, issuer in (("right", account), ("wrong", unknown)):
        files[name] = tmp_path / f"{name}.creds"
        files[name].write_text(
            f"-----BEGIN NATS USER JWT-----\n{_signed(issuer, keys[2], dict(users))}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.decode()}\n------END USER NKEY SEED------\n",
            encoding="utf-8",
        )
    with running_nats(tmp_path / "nats", config) as server:
        client = await connect(_at(server.url, credentials=files["right"]), "gateway")
        assert client.is_connected
        await close(client)
        for given in ({"credentials": files["wrong"]}, {}):
            async with asyncio.timeout(5):
                with pytest.raises(AccessDenied):
                    await connect(_at(server.url, **given), "gateway")


async def test_a_file_without_credentials_is_an_error(tmp_path: Path) -> None:
    """Its content is not shown."""
    file = tmp_path / "user.creds"
    file.write_text(PASSWORD, encoding="utf-8")
    with pytest.raises(SettingsError, match="holds no NATS credentials") as refused:
        await connect(_at(DEFAULT_URL, credentials=file), "gateway")
    assert PASSWORD not in str(refused.value)
