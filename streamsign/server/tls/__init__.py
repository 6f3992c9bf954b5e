"""The certificate that phones need, and the local authority that signs it."""
