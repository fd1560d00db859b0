"""python -m bench [PREFIX]; the prefix may also come as ONLY."""

from __future__ import annotations

import os
import sys

from bench.harness import main

main(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ONLY", ""))
