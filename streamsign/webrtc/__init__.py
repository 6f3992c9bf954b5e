"""Receiving a camera over WebRTC."""
