"""The certificate for phones: browsers allow the camera only on pages served with TLS."""

from __future__ import annotations

import datetime
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from streamsign.server.tls.authority import LEAF_DAYS, Authority, authority, is_private, private_pem, unusable
from streamsign.state.private import keep_private, write_private

_RENEW_BEFORE = datetime.timedelta(days=30)


def lan_address() -> str:
    """The address of this computer that others on its network reach it by; 127.0.0.1 without a network.

    Nothing is sent: connecting a UDP socket only asks the routing table (towards TEST-NET-1, RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
            found = str(asked.getsockname()[0])
        except OSError:
            found = "127.0.0.1"
    if not ipaddress.ip_address(found).is_loopback:
        return found
    return next((one for one in addresses() if not ipaddress.ip_address(one).is_loopback), "127.0.0.1")


def addresses() -> list[str]:
    """Every IPv4 address of this computer's interfaces, loopback included, sorted."""
    found = {str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4}
    return sorted(found | {"127.0.0.1"})


def certificate(
    folder: Path, ips: Sequence[str], hosts: Sequence[str] = (), also: Sequence[str] = ()
) -> tuple[Path, Path]:
    """The certificate and key files in a folder, made again when an address is missing or the end is near.

    This computer's own authority signs it. An address outside private networks, which that authority may not vouch for,
    makes it self-signed: no phone can be made to trust it, but its warning can be tapped through.

    Args:
        folder: where they live.
        ips: addresses that the certificate must hold: those that links name.
        hosts: names below ``.local`` that it must hold.
        also: other addresses of this computer. They are left out where only a new authority could vouch for them.

    Returns:
        Paths of the certificate (with the authority's behind it) and of its key (mode 0600), both PEM.

    Raises:
        SettingsError: the folder cannot be used, or the key belongs to another user.
    """
    private = all(map(is_private, ips))
    issuer = authority(folder, [ip for ip in ips if is_private(ip)], hosts, filter(is_private, also))
    listed = sorted({*ips, *(ip for ip in also if not private or issuer.vouches_for(ip))})
    chain, key_file = folder / "certificate.pem", folder / "key.pem"
    if not _still_good(chain, key_file, listed, hosts, issuer if private else None):
        content, key = issuer.leaf(listed, hosts) if private else self_signed(listed, hosts)
        try:
            write_private(key_file, key)
            write_private(chain, content)
        except OSError as error:
            raise unusable(folder, error) from error
    return chain, key_file


def self_signed(ips: list[str], hosts: Sequence[str] = ()) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key, PEM, for these addresses and names and localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "streamsign")])
    names: list[x509.GeneralName] = [x509.DNSName(each) for each in ("localhost", *hosts)]
    names += [x509.IPAddress(ipaddress.ip_address(ip)) for ip in sorted({*ips, "127.0.0.1"})]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=LEAF_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM), private_pem(key)


def _still_good(file: Path, key_file: Path, ips: Sequence[str], hosts: Sequence[str], issuer: Authority | None) -> bool:
    """Whether a certificate and its key belong together and hold what is asked; self-signed without an issuer."""
    try:
        keep_private(key_file)
        held = x509.load_pem_x509_certificate(file.read_bytes())
        if serialization.load_pem_private_key(key_file.read_bytes(), None).public_key() != held.public_key():
            return False
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if issuer is not None:
            held.verify_directly_issued_by(issuer.certificate)
    except (OSError, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    listed = {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    listed |= set(names.get_values_for_type(x509.DNSName))
    return {*ips, *hosts} <= listed and held.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > _RENEW_BEFORE
