"""server/tls/certificate.py: the certificate of the listener for phones."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from streamsign.server.tls.authority import authority
from streamsign.server.tls.certificate import certificate


def _addresses(chain: Path) -> list[str]:
    held = x509.load_pem_x509_certificate(chain.read_bytes())
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]


def test_it_is_kept_while_it_fits_and_made_anew_for_a_new_address(tmp_path: Path) -> None:
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


def test_a_new_authority_signs_anew(tmp_path: Path) -> None:
    """A certificate of an authority that is gone would be believed by nobody."""
    first = certificate(tmp_path, ["192.168.1.7"])[0].read_bytes()
    (tmp_path / "authority.pem").unlink()
    assert certificate(tmp_path, ["192.168.1.7"])[0].read_bytes() != first
