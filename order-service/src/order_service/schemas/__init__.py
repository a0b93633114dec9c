"""The wire contract of the order service."""
