"""A local certificate authority, limited to the addresses and names of this computer."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import plistlib
import socket
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from streamsign.errors import SettingsError
from streamsign.state.private import keep_private, write_private

logger = logging.getLogger(__name__)

AUTHORITY_DAYS = 3650
LEAF_DAYS = 397
"""Longest lifetime that browsers accept in a server certificate."""

PRIVATE = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "100.64.0.0/10",  # RFC 6598: carriers' networks, and overlay networks that borrow them
        "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""Networks whose addresses it may be made for. On the internet there are authorities that check who asks."""

LOOPBACK = ("127.0.0.1", "::1")

MAX_ADDRESSES = 16
"""Addresses that an authority is made for: those of now, and the last ones of the authority before it, so that a
computer that moves between two networks needs no new one each time."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def vouches_for(self, ip: str) -> bool:
        """Whether the authority may sign a certificate for this address (RFC 5280 section 4.2.1.10)."""
        address = ipaddress.ip_address(ip)
        return any(
            address in network for network in self._permitted(x509.IPAddress) if network.version == address.version
        )

    def covers(self, ips: Iterable[str], names: Iterable[str]) -> bool:
        """Whether it may sign for all these addresses and names."""
        return all(map(self.vouches_for, ips)) and set(names) <= set(self._permitted(x509.DNSName))

    @property
    def single_addresses(self) -> bool:
        """Whether it vouches for single addresses only; those of earlier versions do for whole networks."""
        return all(network.num_addresses == 1 for network in self._permitted(x509.IPAddress))

    def addresses(self) -> list[str]:
        """The addresses that it was made for, the newest first."""
        return [str(network.network_address) for network in self._permitted(x509.IPAddress)]

    def _permitted(self, kind: type[x509.IPAddress] | type[x509.DNSName]) -> list[Any]:
        constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        return [each.value for each in constraints.permitted_subtrees or [] if isinstance(each, kind)]

    def leaf(self, ips: Sequence[str], hosts: Sequence[str] = ()) -> tuple[bytes, bytes]:
        """A server certificate with the authority's own behind it, and the server's key, both PEM.

        Args:
            ips: addresses it is for, all of which :meth:`vouches_for`; ``localhost`` and HOST.local are added.
            hosts: names below ``.local`` it is for.
        """
        names: list[x509.GeneralName] = [x509.DNSName(each) for each in dict.fromkeys([*own_names(), *hosts])]
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


def is_private(ip: str) -> bool:
    """Whether an authority may be made for this address."""
    address = ipaddress.ip_address(ip)
    return any(address in network for network in PRIVATE if network.version == address.version)


def own_names() -> list[str]:
    """Names of this computer that need no name server: localhost, and HOST.local."""
    host = socket.gethostname().partition(".")[0]
    return ["localhost", *([f"{host}.local"] if host.isascii() and host else [])]


def authority(
    folder: Path, ips: Collection[str] = (), names: Collection[str] = (), also: Iterable[str] = ()
) -> Authority:
    """The authority kept in a folder. Its key is readable by the owner only.

    It is made again when it is missing, damaged or expired, or when it does not vouch for what is asked; phones that
    trusted the former one have to trust the new one.

    Args:
        folder: the state folder.
        ips: private addresses of this computer that it has to vouch for.
        names: names below ``.local`` that it has to vouch for, beside :func:`own_names`.
        also: private addresses of this computer that a new one vouches for too.

    Raises:
        SettingsError: the folder cannot be used, or the key belongs to another user.
    """
    file, key_file = folder / "authority.pem", folder / "authority-key.pem"
    names = list(dict.fromkeys([*own_names(), *names]))  # what every leaf holds: the host name may be another one now
    held = _held(file, key_file)
    if held is not None and held.single_addresses and held.covers(ips, names):
        return held
    if held is not None:
        logger.warning("a new authority is made for this computer's addresses; phones have to trust it once more")
    former = held.addresses() if held is not None and held.single_addresses else []
    made = _make(list(dict.fromkeys([*LOOPBACK, *ips, *also, *former]))[:MAX_ADDRESSES], names)
    try:
        write_private(key_file, private_pem(made.key))
        write_private(file, made.certificate.public_bytes(serialization.Encoding.PEM))
    except OSError as error:
        raise unusable(folder, error) from error
    return made


def _held(file: Path, key_file: Path) -> Authority | None:
    """The authority in two files; None if they are missing, cannot be used or have expired."""
    try:
        keep_private(key_file)
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        held = x509.load_pem_x509_certificate(file.read_bytes())
        held.extensions.get_extension_for_class(x509.NameConstraints)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != held.public_key():
            raise ValueError("the key does not belong to the certificate")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound) as error:
        logger.warning("%s cannot be used (%s); phones have to trust a new one", file, type(error).__name__)
        return None
    return Authority(held, key) if held.not_valid_after_utc > _now() else None


def unusable(folder: Path, error: OSError) -> SettingsError:
    """The error of a state folder that cannot be written."""
    return SettingsError(
        f"The state folder {folder} cannot be used: {error.strerror}.",
        "Free some space, or pass another folder with --state-dir or STREAMSIGN_STATE_DIR.",
    )


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A key as PEM, not encrypted: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _make(ips: Sequence[str], names: Iterable[str]) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname().encode("ascii", "replace").decode()[:40]
    name = _name(f"streamsign on {host}")
    permitted: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_network(each)) for each in ips]
    permitted += [x509.DNSName(each) for each in names]
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
