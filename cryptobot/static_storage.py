"""Static files under names that carry their content, so that a deploy is seen at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

UNUSED = "django_htmx/"  # its scripts import what only a bundler finds; ours come from npm


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also rewrites what scripts import from each other: a changed module has a changed name."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        used = {name: found for name, found in paths.items() if not name.startswith(UNUSED)}
        yield from super().post_process(used, *args, **options)
