from django.apps import AppConfig


class EdgeConfig(AppConfig):
    name = "foundation.edge"
    label = "edge"
