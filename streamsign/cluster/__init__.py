"""Gateways and workers on NATS: many machines that serve the same rooms."""
