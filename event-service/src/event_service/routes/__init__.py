"""The doors of the event service."""
