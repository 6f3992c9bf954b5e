"""What a phone downloads to trust this computer: a profile for iOS and a certificate."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from streamsign.server.parts import Parts
from streamsign.server.tls.authority import authority

router = APIRouter(prefix="/trust", tags=["trust"])

PROFILE, CERTIFICATE = "application/x-apple-aspen-config", "application/x-x509-ca-cert"


class Fingerprint(BaseModel):
    """Fingerprint of the authority's certificate."""

    sha256: str = Field(description="hexadecimal, bytes separated by colons, as systems show it")


def _file(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content, "description": description}}


@router.get("/fingerprint")
async def get_fingerprint(parts: Parts) -> Fingerprint:
    """Get the fingerprint to compare before you trust the certificate."""
    return Fingerprint(sha256=authority(parts.settings.state_dir).fingerprint())


@router.get(
    "/streamsign.mobileconfig", response_class=Response, responses=_file(PROFILE, "Configuration profile for iOS")
)
async def get_profile(parts: Parts) -> Response:
    """Get the certificate as a configuration profile for iPhone and iPad."""
    return Response(authority(parts.settings.state_dir).profile(), media_type=PROFILE)


@router.get("/streamsign.crt", response_class=Response, responses=_file(CERTIFICATE, "X.509 certificate, DER"))
async def get_certificate(parts: Parts) -> Response:
    """Get the authority's certificate. It is public: it verifies certificates and cannot sign any."""
    return Response(authority(parts.settings.state_dir).der(), media_type=CERTIFICATE)
