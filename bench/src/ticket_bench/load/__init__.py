"""The load generator: a process of its own, cheap enough not to matter.

It imports nothing but the standard library, so that its start costs little too.
"""
