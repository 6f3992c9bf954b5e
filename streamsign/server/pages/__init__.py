"""The pages: HTML, scripts and styles."""
