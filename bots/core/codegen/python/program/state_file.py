"""The state on disk: whole or not at all, whatever happens while it is written."""

import json
import logging
import os

log = logging.getLogger("bot")


def save_state(path, state):
    """Write beside the file, then put it in its place in one step."""
    draft = f"{path}.new"
    with open(draft, "w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def load_state(path):
    """What was saved last, or nothing before the first time."""
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        state = json.load(file)
    log.info("goes on from %s: %s trades so far", path, len(state["trades"]))
    return state
