"""What a phone needs to trust this computer: a page that explains it, a profile for iOS, a certificate."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from streamsign.server.tls.authority import authority


def trust_router(state_dir: Path, web: Path) -> APIRouter:
    """The routes under /trust. The certificate is no secret: whoever has it can check, not sign.

    Args:
        state_dir: where the authority is kept.
        web: folder of the pages.
    """
    router = APIRouter()

    @router.get("/trust")
    async def page() -> FileResponse:
        return FileResponse(web / "trust.html")

    @router.get("/trust/fingerprint")
    async def fingerprint() -> JSONResponse:
        return JSONResponse({"sha256": authority(state_dir).fingerprint()})

    @router.get("/trust/streamsign.mobileconfig")
    async def profile() -> Response:
        return Response(authority(state_dir).profile(), media_type="application/x-apple-aspen-config")

    @router.get("/trust/streamsign.crt")
    async def certificate() -> Response:
        return Response(authority(state_dir).der(), media_type="application/x-x509-ca-cert")

    return router
