"""Slow, obvious twins of the compiled core: textbook code, exact integers, never optimised."""
