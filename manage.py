#!/usr/bin/env python
"""Django's command-line utility for administrative tasks."""

import gc
import os
import sys

# Commands that only read and compute start in a third of the time.
LEAN_COMMANDS = {"backtest"}


def main():
    """Run administrative tasks."""
    lean = len(sys.argv) > 1 and sys.argv[1] in LEAN_COMMANDS
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"cryptobot.settings{'_lean' if lean else ''}")
    if lean:
        gc.disable()  # it ends before garbage matters: collecting while importing took an eighth
    try:
        from django.core.management import execute_from_command_line
    except ImportError as exc:
        raise ImportError(
            "Couldn't import Django. Are you sure it's installed and "
            "available on your PYTHONPATH environment variable? Did you "
            "forget to activate a virtual environment?"
        ) from exc
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
