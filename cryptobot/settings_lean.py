"""For commands that must answer at once: the models and nothing of web, queue or admin.

Starting takes a third of the time. Such a command may read and compute; it must not enqueue.
"""

from cryptobot.settings import *  # noqa: F403 - the very settings that run, but for the lines below

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "foundation.edge",  # its words and numbers of a report
    "accounts",
    "exchanges",
    "bots",
    "backtesting",
]
# Django's own default would import its error pages; warnings still reach stderr.
LOGGING_CONFIG = None
