"""The self-signed certificate."""

from __future__ import annotations

import datetime
import stat
from pathlib import Path

from cryptography import x509

from streamsign.server.tls import VALID_DAYS, certificate


def test_certificate_holds_the_addresses_and_is_renewed_for_new_ones(tmp_path: Path) -> None:
    """It lives at most 397 days, its key is private, it is kept while it fits and made anew when an address is new."""
    chain, key = certificate(tmp_path, ["192.0.2.1"])
    first = chain.read_bytes()
    held = x509.load_pem_x509_certificate(first)
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "192.0.2.1" in [str(ip) for ip in names.get_values_for_type(x509.IPAddress)]
    assert held.not_valid_after_utc - held.not_valid_before_utc <= datetime.timedelta(days=VALID_DAYS)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert certificate(tmp_path, ["192.0.2.1"])[0].read_bytes() == first
    assert certificate(tmp_path, ["192.0.2.2"])[0].read_bytes() != first
