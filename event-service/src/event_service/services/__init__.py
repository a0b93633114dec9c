"""What the event service decides."""
