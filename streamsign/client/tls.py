"""Which certificates of a server a client accepts, and the error for one that it does not."""

from __future__ import annotations

import ssl
from pathlib import Path

from streamsign.errors import ConnectionFailed

TRUST = (
    "Pass the certificate of the authority that signed it with --ca FILE: authority.pem in the server's state folder, "
    "build/cluster/ca.pem of `make cluster`, or the reverse proxy's. --insecure accepts any certificate."
)
"""What to do about a certificate that this computer does not trust."""


def tls_context(ca_file: Path | None, insecure: bool) -> ssl.SSLContext:
    """How a client checks the certificate of a server.

    Args:
        ca_file: certificate of an authority that is trusted besides those of the system, as PEM.
        insecure: accept any certificate.

    Raises:
        ConnectionFailed: the file cannot be read, or is not a certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise ConnectionFailed(
                f"{ca_file} cannot be used as a certificate: {error.strerror or error}.", "Pass a PEM file with --ca."
            ) from error
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def untrusted(url: str, error: BaseException) -> ConnectionFailed | None:
    """The error for a certificate that is not trusted. Returns None if ``error`` has another cause.

    Args:
        url: the server.
        error: of the connection; its causes are searched.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ConnectionFailed(
                f"This computer does not trust the certificate of {url}: {cause.verify_message.rstrip('.')}.", TRUST
            )
        cause = cause.__cause__ or cause.__context__
    return None
