"""The HTTP doors of the user service: parse, one call, translate."""
