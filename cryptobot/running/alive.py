"""A container's health check: `python -m cryptobot.running.alive ROLE`.

Exit code 0 if this host's process of the role has worked within a minute, by its watchdog's word.
While Redis does not answer nobody can tell, and the container is not at fault: 0 as well.
"""

from __future__ import annotations

import os
import sys

import redis

AGE_S_MAX = 60.0


def main(role: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")
    from foundation.lib import heartbeat, watchdog

    try:
        age_s = heartbeat.age_s(watchdog.process_of(role))
    except (redis.RedisError, OSError):
        return 0
    return 0 if age_s is not None and age_s <= AGE_S_MAX else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
