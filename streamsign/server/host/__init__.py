"""What the host page needs to start."""
