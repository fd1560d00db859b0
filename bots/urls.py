"""Pages."""

from django.urls import path

from bots.pages import strategies

urlpatterns = [
    path("strategies/", strategies.strategy_list, name="strategy-list"),
    path("strategies/new/", strategies.strategy_new, name="strategy-new"),
    path("strategies/preview/", strategies.strategy_preview, name="strategy-preview"),
    path("strategies/<int:strategy_id>/", strategies.strategy_edit, name="strategy-edit"),
    path("strategies/<int:strategy_id>/clone/", strategies.strategy_clone, name="strategy-clone"),
    path(
        "strategies/<int:strategy_id>/delete/", strategies.strategy_delete, name="strategy-delete"
    ),
]
