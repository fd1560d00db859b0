"""REST: formulas kept by name."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from bots.models import CustomIndicator
from bots.models.custom_indicator import CustomIndicatorQuerySet
from bots.selectors import custom_indicators as selectors
from bots.services import custom_indicators
from foundation.edge.api import ListApi
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault


class CustomIndicatorRow(serializers.ModelSerializer[CustomIndicator]):
    class Meta:
        model = CustomIndicator
        fields = ["id", "name", "expression", "description", "version", "created_at", "updated_at"]


class CustomIndicatorBody(Body):
    """With PUT, what is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=60)
    expression = serializers.CharField(required=False, max_length=2000)
    description = serializers.CharField(required=False, max_length=500, allow_blank=True)


class CustomIndicatorChange(CustomIndicatorBody):
    """PUT: the version is the one that was changed."""

    version = serializers.IntegerField(required=False, help_text="another one is a 409")


class CustomIndicatorsApi(ListApi):
    """GET, POST custom-indicators"""

    queryset = CustomIndicator.objects.none()  # names the model to the schema
    serializer_class = CustomIndicatorRow
    filterset_fields = ["name"]
    ordering_fields = ["name", "created_at", "updated_at"]

    def get_queryset(self) -> CustomIndicatorQuerySet:
        return selectors.owned(self.request.user)

    @extend_schema(request=CustomIndicatorBody, responses={201: CustomIndicatorRow})
    def post(self, request: Request) -> Response:
        made = custom_indicators.create(owner=cast(User, request.user), body=request.data)
        return Response(CustomIndicatorRow(made).data, status=201)


class CustomIndicatorApi(APIView):
    """GET, PUT, DELETE custom-indicators/{id}"""

    @extend_schema(responses=CustomIndicatorRow)
    def get(self, request: Request, formula_id: int) -> Response:
        return Response(CustomIndicatorRow(selectors.get_owned(request.user, formula_id)).data)

    @extend_schema(request=CustomIndicatorChange, responses=CustomIndicatorRow)
    def put(self, request: Request, formula_id: int) -> Response:
        found = selectors.get_owned(request.user, formula_id)
        if not isinstance(request.data, dict):
            raise BadInput("The body must be a JSON object")
        body = dict(request.data)
        version = body.pop("version", found.version)
        if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version < 2**31:
            words = "must be the version number that was changed"
            raise BadInput(f"version {words}", [FieldFault("version", words)])
        before = {key: getattr(found, key) for key in custom_indicators.FIELDS}
        changed = custom_indicators.update(formula=found, version=version, body=before | body)
        return Response(CustomIndicatorRow(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, formula_id: int) -> Response:
        custom_indicators.delete(formula=selectors.get_owned(request.user, formula_id))
        return Response(status=204)
