"""The certificate for phones: browsers allow the camera only on pages served with TLS."""

from __future__ import annotations

import datetime
import ipaddress
import socket
from collections.abc import Sequence
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from streamsign.server.tls.authority import LEAF_DAYS, Authority, authority, private_pem
from streamsign.state.private import write_private

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


def certificate(folder: Path, ips: list[str], hosts: Sequence[str] = ()) -> tuple[Path, Path]:
    """The certificate and key files in a folder, made anew when an address is missing or the end is near.

    This computer's own authority signs it. An address outside private networks, which that authority may not vouch for,
    makes it self-signed: no phone can be made to trust it, but its warning can be tapped through.

    Args:
        folder: where they live.
        ips: addresses the certificate must hold.
        hosts: names below ``.local`` it must hold too.

    Returns:
        Paths of the certificate (with the authority's behind it) and of its key (mode 0600), both PEM.
    """
    issuer = authority(folder)
    chain, key_file = folder / "certificate.pem", folder / "key.pem"
    if not (key_file.is_file() and _still_good(chain, ips, hosts, issuer)):
        if all(map(issuer.vouches_for, ips)):
            content, key = issuer.leaf(ips, hosts)
        else:
            content, key = self_signed(ips, hosts)
        write_private(key_file, key)
        write_private(chain, content)
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


def _still_good(file: Path, ips: list[str], hosts: Sequence[str], issuer: Authority) -> bool:
    try:
        held = x509.load_pem_x509_certificate(file.read_bytes())
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if all(map(issuer.vouches_for, ips)):
            held.verify_directly_issued_by(issuer.certificate)
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    listed = {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    listed |= set(names.get_values_for_type(x509.DNSName))
    return {*ips, *hosts} <= listed and held.not_valid_after_utc - datetime.datetime.now(datetime.UTC) > _RENEW_BEFORE
