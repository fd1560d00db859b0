"""HTTP and websocket entry point."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

from cryptobot.stores import bring_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")
bring_up()  # a websocket may need Redis before anything needs PostgreSQL
http = get_asgi_application()  # before anything that needs the app registry

from channels.auth import AuthMiddlewareStack  # noqa: E402

from cryptobot.routing import websocket_urlpatterns  # noqa: E402
from foundation.edge.bodies import bounded  # noqa: E402
from foundation.edge.middleware import body_bytes_max  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": bounded(http, body_bytes_max),
        # Each socket checks its Origin itself: programs, which send none, are welcome too.
        "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
    }
)
