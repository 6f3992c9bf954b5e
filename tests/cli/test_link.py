"""cli/link.py: links with the secrets that open them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from typer.testing import CliRunner

from streamsign.cli.link import link
from streamsign.errors import AccessDenied, SettingsError
from streamsign.state.address import ServerAddress, announced
from streamsign.state.grants import EVERY_ROOM, KEY_FILE, Right, Signer
from streamsign.state.issued import IssuedLinks, links_file
from streamsign.state.private import kept_token

app = typer.Typer()
app.command()(link)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """The signer of a server whose state is in the folder."""
    return Signer(kept_token(tmp_path / KEY_FILE).encode())


def printed(folder: Path, *arguments: str) -> str:
    """What the command prints."""
    ran = CliRunner().invoke(app, [*arguments, "--state-dir", str(folder)], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout.strip()


def test_the_host_link_holds_the_owners_key(tmp_path: Path, signer: Signer) -> None:
    """The key is in the fragment, which is never sent or logged, and allows everything in every room."""
    address = urlsplit(printed(tmp_path, "host", "--room", "left"))
    assert (address.path, address.query) == ("/", "room=left")
    grant = signer.read(parse_qs(address.fragment)["key"][0])
    assert grant is not None
    assert grant.allows(Right.OWNER, EVERY_ROOM)


@pytest.mark.parametrize(("to", "edits"), [("view", False), ("edit", True)])
def test_a_room_link_allows_its_room_alone(tmp_path: Path, signer: Signer, to: str, edits: bool) -> None:
    """A viewer's link reads one room; an editor's link edits it too; neither is the owner's."""
    address = urlsplit(printed(tmp_path, to, "--room", "left", "--url", "https://captions.example.org/"))
    assert (address.netloc, address.path) == ("captions.example.org", "/view/left")
    grant = signer.read(parse_qs(address.fragment)["token"][0])
    assert grant is not None
    assert grant.allows(Right.VIEW, "left")
    assert grant.allows(Right.EDIT, "left") is edits
    assert not any(grant.allows(right, "right") for right in Right)
    assert not grant.allows(Right.OWNER, "left")


def test_a_folder_without_a_key_is_an_error(tmp_path: Path) -> None:
    """Where no server ever ran, the error names the folder and how to start one."""
    with pytest.raises(AccessDenied, match="holds no server key"):
        CliRunner().invoke(app, ["host", "--state-dir", str(tmp_path)], catch_exceptions=False)


def test_an_impossible_room_is_an_error(tmp_path: Path, signer: Signer) -> None:
    """A name that no room can have does not become part of a link."""
    with pytest.raises(SettingsError, match="is not a room's name"):
        printed(tmp_path, "view", "--room", "no such")


def test_a_host_link_is_short_lived(tmp_path: Path, signer: Signer) -> None:
    """It opens everything, so it is valid for 30 days at most; other links may be for longer."""
    with pytest.raises(SettingsError, match="30 days at most"):
        printed(tmp_path, "host", "--days", "31")
    assert "#key=" in printed(tmp_path, "host", "--days", "30")
    assert "#token=" in printed(tmp_path, "view", "--days", "365")


def test_links_are_listed_and_revoked(tmp_path: Path, signer: Signer) -> None:
    """The list has no secrets; a revoked link is gone from it, and cannot be revoked again."""
    address = printed(tmp_path, "edit", "--room", "left", "--days", "2")
    made = IssuedLinks(links_file(tmp_path)).valid()[0]
    assert made.expires_s - made.made_s == pytest.approx(2 * 86_400)
    listed = printed(tmp_path, "list")
    assert made.id in listed
    assert address.rpartition("=")[2] not in listed
    assert printed(tmp_path, "revoke", made.id) == f"Revoked {made.id}."
    assert IssuedLinks(links_file(tmp_path)).is_revoked(made.id)
    assert "No links" in printed(tmp_path, "list")
    for wrong in ([made.id], []):
        with pytest.raises(SettingsError) as refused:
            CliRunner().invoke(app, ["revoke", *wrong, "--state-dir", str(tmp_path)], catch_exceptions=False)
        assert "streamsign link list" in refused.value.next_step


def test_a_camera_gets_an_address_and_a_token(tmp_path: Path, signer: Signer) -> None:
    """The WHIP address has no secret in it; the token beside it sends to one room."""
    address, _, bearer = printed(tmp_path, "publish", "--room", "left").partition("\n")
    assert address.endswith("/whip?room=left")
    grant = signer.read(bearer.removeprefix("Bearer token: "))
    assert grant is not None
    assert grant.allows(Right.PUBLISH, "left")
    assert not grant.allows(Right.VIEW, "left")


def test_a_host_link_is_listed_and_revoked(tmp_path: Path, signer: Signer) -> None:
    """A single owner's link is revoked by its name, as others are."""
    key = parse_qs(urlsplit(printed(tmp_path, "host")).fragment)["key"][0]
    grant = signer.read(key)
    assert grant is not None
    listed = printed(tmp_path, "list")
    assert grant.holder in listed
    assert "host" in listed
    printed(tmp_path, "revoke", grant.holder)
    assert IssuedLinks(links_file(tmp_path)).is_revoked(grant.link)


def test_links_begin_with_the_running_servers_address(tmp_path: Path, signer: Signer) -> None:
    """The host page's with this computer's, those for others with the network's; --url is stronger."""
    with announced(tmp_path) as write:
        write(ServerAddress(host_url="http://localhost:9000/", base="https://192.0.2.7:8443"))
        assert printed(tmp_path, "host").startswith("http://localhost:9000/#key=")
        assert printed(tmp_path, "view").startswith("https://192.0.2.7:8443/view/main#")
        assert printed(tmp_path, "view", "--url", "https://a.example").startswith("https://a.example/view/main#")
        write(ServerAddress(host_url="http://localhost:9000/", base=None))
        assert printed(tmp_path, "view").startswith("http://localhost:9000/view/main#")


def test_a_link_without_a_server_says_so(tmp_path: Path, signer: Signer) -> None:
    """The link has the address of the settings, and standard error says that no server runs."""
    ran = CliRunner().invoke(app, ["view", "--state-dir", str(tmp_path)], catch_exceptions=False)
    assert ran.stdout.startswith("http://localhost:8080/view/main#")
    assert "No server is running" in ran.stderr
