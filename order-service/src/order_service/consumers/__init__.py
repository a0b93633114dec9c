"""What the worker does all day: relay, expire, sweep."""
