"""server/tls/certificate.py: the certificate of the listener for phones."""

from __future__ import annotations

import errno
import os
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from streamsign.errors import SettingsError
from streamsign.server.tls.authority import authority
from streamsign.server.tls.certificate import certificate


def _addresses(chain: Path) -> list[str]:
    held = x509.load_pem_x509_certificate(chain.read_bytes())
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]


def test_it_is_kept_while_it_fits_and_made_again_for_a_new_address(tmp_path: Path) -> None:
    """This computer's authority signed it, its key is private, and it holds every address."""
    chain, key = certificate(tmp_path, ["192.168.1.7"])
    first = chain.read_bytes()
    assert "192.168.1.7" in _addresses(chain)
    leaf, behind = x509.load_pem_x509_certificates(first)
    leaf.verify_directly_issued_by(behind)
    assert behind == authority(tmp_path).certificate
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert certificate(tmp_path, ["192.168.1.7"])[0].read_bytes() == first
    named = certificate(tmp_path, ["192.168.1.7"], ["streamsign.local"])[0].read_bytes()
    assert named != first
    assert certificate(tmp_path, ["192.168.1.7"], ["streamsign.local"])[0].read_bytes() == named
    assert certificate(tmp_path, ["192.168.1.8"])[0].read_bytes() != first


def test_a_public_address_makes_it_self_signed(tmp_path: Path) -> None:
    """The authority may not vouch for it, and a certificate with a forbidden address would spoil the others."""
    chain, _ = certificate(tmp_path, ["192.168.1.7", "198.51.100.7"])
    assert {"192.168.1.7", "198.51.100.7"} <= set(_addresses(chain))
    [alone] = x509.load_pem_x509_certificates(chain.read_bytes())
    with pytest.raises((InvalidSignature, ValueError)):
        alone.verify_directly_issued_by(authority(tmp_path).certificate)


def test_a_new_authority_signs_again(tmp_path: Path) -> None:
    """A certificate of another authority is replaced, because no phone trusts it."""
    first = certificate(tmp_path, ["192.168.1.7"])[0].read_bytes()
    (tmp_path / "authority.pem").unlink()
    assert certificate(tmp_path, ["192.168.1.7"])[0].read_bytes() != first


@pytest.mark.parametrize("file", ["certificate.pem", "key.pem"])
@pytest.mark.parametrize("damage", ["empty", "garbage", "another's", "missing"])
def test_damaged_files_are_replaced(tmp_path: Path, file: str, damage: str) -> None:
    """A certificate and a key that do not match, or cannot be read, are replaced."""
    chain, key = certificate(tmp_path / "state", ["192.168.1.7"])
    certificate(tmp_path / "other", ["192.168.1.7"])
    spoilt = tmp_path / "state" / file
    spoilt.unlink()
    if damage != "missing":
        other = (tmp_path / "other" / file).read_bytes()
        spoilt.write_bytes({"empty": b"", "garbage": b"x" * 999, "another's": other}[damage])
    certificate(tmp_path / "state", ["192.168.1.7"])
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)  # raises unless they match


def test_keys_that_others_can_read_are_closed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A mode of 0644 becomes 0600 before the key is used, and the log names the file."""
    _, key = certificate(tmp_path, ["192.168.1.7"])
    keys = (key, tmp_path / "authority-key.pem")
    for each in keys:
        each.chmod(0o644)
    certificate(tmp_path, ["192.168.1.7"])
    for each in keys:
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
        assert f"other users could read {each}" in caplog.text


def test_another_users_key_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of another user is an error, because that user could decrypt the traffic."""
    _, key = certificate(tmp_path, ["192.168.1.7"])
    if os.getuid() == 0:
        os.chown(key, 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: key.stat().st_uid + 1)
    with pytest.raises(SettingsError, match="another user"):
        certificate(tmp_path, ["192.168.1.7"])


def test_a_full_disk_is_an_error_that_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the folder, the former pair stays whole, no draft is left, and the next start makes the pair."""
    chain, key = certificate(tmp_path, ["192.168.1.7"])
    before = sorted(tmp_path.iterdir())

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for folder in (tmp_path, tmp_path / "first"):
        with pytest.raises(SettingsError, match="No space left"):
            certificate(folder, ["192.168.1.8"])
    assert not list((tmp_path / "first").iterdir())
    (tmp_path / "first").rmdir()
    assert sorted(tmp_path.iterdir()) == before
    monkeypatch.undo()
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
    assert "192.168.1.8" in _addresses(certificate(tmp_path, ["192.168.1.8"])[0])


def test_pairs_are_on_the_disk_before_they_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the four files, and its name in the folder, is flushed."""
    flushed: list[bool] = []
    fsync = os.fsync

    def note(number: int) -> None:
        flushed.append(stat.S_ISDIR(os.fstat(number).st_mode))
        fsync(number)

    monkeypatch.setattr(os, "fsync", note)
    certificate(tmp_path, ["192.168.1.7"])
    assert flushed == [False, True] * 4


def test_other_addresses_do_not_cost_the_phones_trust(tmp_path: Path) -> None:
    """An address that links do not name, such as a container network's, is left out if a new authority would be due."""
    chain, _ = certificate(tmp_path, ["192.168.1.7"], also=["172.17.0.1", "198.51.100.7"])
    assert {"192.168.1.7", "172.17.0.1"} <= set(_addresses(chain))
    trusted = authority(tmp_path).certificate
    certificate(tmp_path, ["192.168.1.7"], also=["172.17.0.1", "172.18.0.1"])
    assert authority(tmp_path).certificate == trusted
    assert "172.18.0.1" not in _addresses(chain)
