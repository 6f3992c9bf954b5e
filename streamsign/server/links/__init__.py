"""Links for viewers, editors and cameras: issue, list and revoke them."""
