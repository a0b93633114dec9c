"""The event service."""
