"""What the worker does all day: relay, release, sweep."""
