"""Logs, memory and limits of the server process."""
