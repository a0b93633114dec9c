"""The wire contract of the user service."""
