"""Pairing a phone: one-time codes, links and QR codes, and the devices that were paired."""
