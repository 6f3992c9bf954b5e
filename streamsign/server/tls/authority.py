"""A local certificate authority, limited to private addresses."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import plistlib
import socket
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from streamsign.state.private import write_private

AUTHORITY_DAYS = 3650
LEAF_DAYS = 397
"""Longest life browsers accept in a server certificate."""

PRIVATE = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: carriers' networks, and overlay networks that borrow them
        "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""Addresses it may vouch for. A phone that trusts it trusts it for these alone (RFC 5280, section 4.2.1.10)."""

NAMES = ("local", "localhost")
"""Domains it may vouch for, with everything under them."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def vouches_for(self, ip: str) -> bool:
        """Whether the authority may sign a certificate for this address."""
        address = ipaddress.ip_address(ip)
        return any(address in network for network in PRIVATE if network.version == address.version)

    def leaf(self, ips: Sequence[str], hosts: Sequence[str] = ()) -> tuple[bytes, bytes]:
        """A server certificate with the authority's own behind it, and the server's key, both PEM.

        Args:
            ips: addresses it is for, all of which :meth:`vouches_for`; ``localhost`` and HOST.local are added.
            hosts: names below ``.local`` it is for.
        """
        host = socket.gethostname().partition(".")[0]
        names: list[x509.GeneralName] = [x509.DNSName("localhost")]
        own = [f"{host}.local"] if host.isascii() and host else []
        names += [x509.DNSName(each) for each in dict.fromkeys([*own, *hosts])]
        names += [x509.IPAddress(ipaddress.ip_address(ip)) for ip in sorted({*ips, "127.0.0.1"})]
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(key, _name("streamsign"), self.certificate.subject, LEAF_DAYS - 1)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signature=True, certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        return made.public_bytes(pem) + self.certificate.public_bytes(pem), private_pem(key)

    def der(self) -> bytes:
        """The certificate as Android and desktop systems import it."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as systems show it before they trust."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def profile(self) -> bytes:
        """A configuration profile that installs the certificate on iOS (Apple: Device Management, CertificateRoot)."""
        identity = uuid.uuid5(uuid.NAMESPACE_OID, self.fingerprint())
        payload = {
            "PayloadType": "com.apple.security.root",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"streamsign.{identity}.certificate",
            "PayloadUUID": str(uuid.uuid5(identity, "certificate")).upper(),
            "PayloadDisplayName": _common_name(self.certificate),
            "PayloadCertificateFileName": "streamsign.crt",
            "PayloadContent": self.der(),
        }
        return plistlib.dumps(
            {
                "PayloadType": "Configuration",
                "PayloadVersion": 1,
                "PayloadIdentifier": f"streamsign.{identity}",
                "PayloadUUID": str(identity).upper(),
                "PayloadDisplayName": _common_name(self.certificate),
                "PayloadDescription": "Lets this phone trust streamsign on one computer of your own network, and "
                "nothing else. Remove it when you no longer need it.",
                "PayloadContent": [payload],
            }
        )


def authority(folder: Path) -> Authority:
    """The authority kept in a folder; made once per install, its key readable by the owner only.

    Raises:
        SettingsError: the folder cannot be written.
    """
    file, key_file = folder / "authority.pem", folder / "authority-key.pem"
    # A missing or damaged one is made anew, and phones have to trust the new one.
    with contextlib.suppress(OSError, ValueError):
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        held = x509.load_pem_x509_certificate(file.read_bytes())
        if isinstance(key, ec.EllipticCurvePrivateKey) and held.not_valid_after_utc > _now():
            return Authority(held, key)
    made = _make()
    write_private(key_file, private_pem(made.key))
    write_private(file, made.certificate.public_bytes(serialization.Encoding.PEM))
    return made


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A key as PEM, not encrypted: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname().encode("ascii", "replace").decode()[:40]
    name = _name(f"streamsign on {host}")
    permitted: list[x509.GeneralName] = [x509.IPAddress(network) for network in PRIVATE]
    permitted += [x509.DNSName(each) for each in NAMES]
    made = (
        _builder(key, name, name, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signature=False, certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(made, key)


def _builder(
    key: ec.EllipticCurvePrivateKey, subject: x509.Name, issuer: x509.Name, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(hours=1))  # clocks of phones and computers differ a little
        .not_valid_after(_now() + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signature: bool, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
