"""The wire contract of the event service."""
