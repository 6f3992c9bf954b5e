"""server/tls/authority.py: what a phone that trusts it believes, and what it does not."""

from __future__ import annotations

import datetime
import ipaddress
import plistlib
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import PolicyBuilder, Store, Subject, VerificationError

from streamsign.server.tls.authority import LEAF_DAYS, Authority, authority


def _believed(trusted: Authority, chain: bytes, subject: Subject) -> None:
    """Verify as a browser would that trusts the authority."""
    leaf, *behind = x509.load_pem_x509_certificates(chain)
    PolicyBuilder().store(Store([trusted.certificate])).build_server_verifier(subject).verify(leaf, behind)


def test_a_phone_that_trusts_it_believes_the_private_address(tmp_path: Path) -> None:
    """The chain verifies for the address, for localhost, and lives no longer than browsers allow."""
    own = authority(tmp_path)
    chain, key = own.leaf(["192.168.1.7", "fe80::1"])
    for address in ("192.168.1.7", "127.0.0.1", "fe80::1"):
        _believed(own, chain, x509.IPAddress(ipaddress.ip_address(address)))
    _believed(own, chain, x509.DNSName("localhost"))
    leaf = x509.load_pem_x509_certificate(chain)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=LEAF_DAYS)
    assert b"PRIVATE KEY" in key


def test_an_address_that_is_not_in_it_is_not_believed(tmp_path: Path) -> None:
    """A certificate is for its own addresses."""
    own = authority(tmp_path)
    chain, _ = own.leaf(["192.168.1.7"])
    with pytest.raises(VerificationError):
        _believed(own, chain, x509.IPAddress(ipaddress.ip_address("192.168.1.8")))


@pytest.mark.parametrize("address", ["8.8.8.8", "172.32.0.1", "2001:4860:4860::8888"])
def test_its_stolen_key_cannot_speak_for_public_addresses(tmp_path: Path, address: str) -> None:
    """Name constraints hold even for a certificate that the key itself has signed."""
    own = authority(tmp_path)
    assert not own.vouches_for(address)
    chain, _ = own.leaf([address])
    with pytest.raises(VerificationError):
        _believed(own, chain, x509.IPAddress(ipaddress.ip_address(address)))


def test_its_stolen_key_cannot_speak_for_public_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor for names that are not this network's."""
    own = authority(tmp_path)
    monkeypatch.setattr("socket.gethostname", lambda: "bank")
    monkeypatch.setattr(
        "streamsign.server.tls.authority.x509.DNSName", lambda name: _Name(name.replace(".local", ".test"))
    )
    chain, _ = own.leaf([])
    monkeypatch.undo()
    with pytest.raises(VerificationError):
        _believed(own, chain, x509.DNSName("bank.test"))


_Name = x509.DNSName


def test_it_is_made_once_and_its_key_is_the_owners(tmp_path: Path) -> None:
    """A second start finds the same one; spoilt files make a new one."""
    first = authority(tmp_path)
    assert authority(tmp_path).certificate == first.certificate
    assert stat.S_IMODE((tmp_path / "authority-key.pem").stat().st_mode) == 0o600
    (tmp_path / "authority.pem").write_text("spoilt")
    assert authority(tmp_path).certificate != first.certificate


def test_it_cannot_make_other_authorities(tmp_path: Path) -> None:
    """Its path length is 0, and its constraints are critical."""
    extensions = authority(tmp_path).certificate.extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    assert extensions.get_extension_for_class(x509.NameConstraints).critical


def test_the_profile_holds_the_certificate(tmp_path: Path) -> None:
    """What an iPhone installs is this very certificate, and it says what it is for."""
    own = authority(tmp_path)
    profile = plistlib.loads(own.profile())
    [payload] = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == own.certificate.public_bytes(serialization.Encoding.DER)
    assert "your own network" in profile["PayloadDescription"]
    assert plistlib.loads(own.profile()) == profile  # the same again: installing twice replaces
