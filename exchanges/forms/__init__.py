"""Parsing only: what the pages accept, one module for each kind of form."""
