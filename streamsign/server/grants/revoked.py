"""Whether a grant was taken back."""

from __future__ import annotations

from collections.abc import Callable

from streamsign.server.devices.registry import Devices
from streamsign.state.grants import HOST_CAMERA, Grant, Right
from streamsign.state.issued import IssuedLinks


def revocations(devices: Devices, issued: IssuedLinks) -> Callable[[Grant], bool]:
    """A function that says whether a grant was revoked.

    Args:
        devices: the paired devices.
        issued: the links.
    """

    def is_revoked(grant: Grant) -> bool:
        if grant.holder in devices:
            return not devices.allows(grant)
        # The owner keeps access to repair a damaged list. The next start makes another key.
        owners = Right.OWNER in grant.rights or grant.holder.startswith(HOST_CAMERA)
        return issued.is_revoked(grant.link, if_lost=not owners)

    return is_revoked
