"""What the server measures, in the format of Prometheus."""
