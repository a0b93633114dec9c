"""The doors of the order service."""
