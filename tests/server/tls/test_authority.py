"""server/tls/authority.py: which certificates a phone accepts that trusts the authority."""

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

from streamsign.server.tls import authority as module
from streamsign.server.tls.authority import LEAF_DAYS, MAX_ADDRESSES, Authority, authority


def _believed(trusted: Authority, chain: bytes, subject: Subject) -> None:
    """Verify as a browser would that trusts the authority."""
    leaf, *behind = x509.load_pem_x509_certificates(chain)
    PolicyBuilder().store(Store([trusted.certificate])).build_server_verifier(subject).verify(leaf, behind)


def test_a_phone_that_trusts_it_believes_the_private_address(tmp_path: Path) -> None:
    """The chain verifies for the address, for localhost, and lives no longer than browsers allow."""
    own = authority(tmp_path, ["192.168.1.7", "fe80::1"])
    chain, key = own.leaf(["192.168.1.7", "fe80::1"])
    for address in ("192.168.1.7", "127.0.0.1", "fe80::1"):
        _believed(own, chain, x509.IPAddress(ipaddress.ip_address(address)))
    _believed(own, chain, x509.DNSName("localhost"))
    leaf = x509.load_pem_x509_certificate(chain)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= datetime.timedelta(days=LEAF_DAYS)
    assert b"PRIVATE KEY" in key


def test_an_address_that_is_not_in_it_is_not_believed(tmp_path: Path) -> None:
    """A certificate is for its own addresses."""
    own = authority(tmp_path, ["192.168.1.7", "192.168.1.8"])
    chain, _ = own.leaf(["192.168.1.7"])
    with pytest.raises(VerificationError):
        _believed(own, chain, x509.IPAddress(ipaddress.ip_address("192.168.1.8")))


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "192.168.1.1", "192.168.1.8", "10.0.0.1"])
def test_its_stolen_key_cannot_speak_for_other_computers(tmp_path: Path, address: str) -> None:
    """Name constraints hold even for a certificate that the key itself has signed, and for neighbors."""
    own = authority(tmp_path, ["192.168.1.7"])
    assert not own.vouches_for(address)
    chain, _ = own.leaf([address])
    with pytest.raises(VerificationError):
        _believed(own, chain, x509.IPAddress(ipaddress.ip_address(address)))


@pytest.mark.parametrize("name", ["bank.test", "printer.local", "local", "xstreamsign.local"])
def test_its_stolen_key_cannot_speak_for_other_names(tmp_path: Path, name: str) -> None:
    """Nor for names on the internet, nor for other computers of this network."""
    own = authority(tmp_path, [], ["streamsign.local"])
    _believed(own, own.leaf([], ["streamsign.local"])[0], x509.DNSName("streamsign.local"))
    chain, _ = own.leaf([], [name])
    with pytest.raises(VerificationError):
        _believed(own, chain, x509.DNSName(name))


def test_a_new_address_needs_a_new_authority_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A computer that moves between two networks gets one for both, so that moving back needs none."""
    home = authority(tmp_path, ["192.168.1.7"], ["streamsign.local"])
    assert authority(tmp_path, ["192.168.1.7"]).certificate == home.certificate
    both = authority(tmp_path, ["10.1.2.3"], ["streamsign.local"])
    assert "trust it once more" in caplog.text
    assert both.certificate != home.certificate
    assert authority(tmp_path, ["192.168.1.7"], ["streamsign.local"]).certificate == both.certificate
    for number in range(MAX_ADDRESSES):
        last = authority(tmp_path, [f"10.9.9.{number}"])
    assert len(last.addresses()) == MAX_ADDRESSES
    assert not last.vouches_for("192.168.1.7")


def test_a_new_host_name_needs_a_new_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every certificate holds HOST.local; phones reject it if the authority does not permit the new name."""
    address = x509.IPAddress(ipaddress.ip_address("192.168.1.7"))
    monkeypatch.setattr("socket.gethostname", lambda: "desk")
    authority(tmp_path, ["192.168.1.7"], ["streamsign.local"])
    monkeypatch.setattr("socket.gethostname", lambda: "laptop.example.org")
    own = authority(tmp_path, ["192.168.1.7"], ["streamsign.local"])
    chain, _ = own.leaf(["192.168.1.7"], ["streamsign.local"])
    _believed(own, chain, address)
    _believed(own, chain, x509.DNSName("laptop.local"))
    assert authority(tmp_path, ["192.168.1.7"]).certificate == own.certificate


def test_an_authority_for_whole_networks_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Earlier versions made one for all private addresses; its key is overwritten."""
    monkeypatch.setattr(module, "LOOPBACK", ("10.0.0.0/8", "127.0.0.0/8"))
    wide = authority(tmp_path)
    assert wide.vouches_for("10.200.0.1")
    monkeypatch.undo()
    key = (tmp_path / "authority-key.pem").read_bytes()
    assert not authority(tmp_path).vouches_for("10.200.0.1")
    assert (tmp_path / "authority-key.pem").read_bytes() != key


@pytest.mark.parametrize("file", ["authority.pem", "authority-key.pem"])
@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "another's", "not UTF-8", "missing"])
def test_damaged_files_are_replaced(tmp_path: Path, file: str, damage: str) -> None:
    """Whatever is wrong with either file, or if they do not belong together, a working pair is made."""
    first = authority(tmp_path / "state", ["192.168.1.7"])
    authority(tmp_path / "other", ["192.168.1.7"])
    spoilt = tmp_path / "state" / file
    content = spoilt.read_bytes()
    spoilt.unlink()
    if damage != "missing":
        other = (tmp_path / "other" / file).read_bytes()
        damaged = {
            "empty": b"",
            "garbage": b"x" * 999,
            "cut": content[:-60],
            "another's": other,
            "not UTF-8": b"\xff\xfe",
        }
        spoilt.write_bytes(damaged[damage])
    made = authority(tmp_path / "state", ["192.168.1.7"])
    assert made.certificate != first.certificate
    _believed(made, made.leaf(["192.168.1.7"])[0], x509.IPAddress(ipaddress.ip_address("192.168.1.7")))
    assert authority(tmp_path / "state", ["192.168.1.7"]).certificate == made.certificate


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
    """An iPhone's profile holds this certificate and states its purpose."""
    own = authority(tmp_path)
    profile = plistlib.loads(own.profile())
    [payload] = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.security.root"
    assert payload["PayloadContent"] == own.certificate.public_bytes(serialization.Encoding.DER)
    assert "your own network" in profile["PayloadDescription"]
    assert plistlib.loads(own.profile()) == profile  # the same again: installing twice replaces
