"""auth/profile and referrals: the person, and whom they invited."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.core.contacts import PHONE_HELP
from accounts.models import User
from accounts.selectors import referrals as selectors
from accounts.services import profile, referrals
from foundation.edge.api import ListApi
from foundation.edge.fields import Body


class ProfileRow(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["email", "name", "phone"]


class ProfileBody(Body):
    """What is given changes, the rest stays."""

    name = serializers.CharField(max_length=profile.NAME_CHARS_MAX, required=False)
    phone = serializers.CharField(
        max_length=30, allow_blank=True, required=False, help_text=f"It {PHONE_HELP}. Empty: none."
    )


class LevelsRow(serializers.Serializer[Any]):
    level = serializers.IntegerField(help_text="1: invited by you; 2: by one of these; 3: by those")
    people = serializers.IntegerField()


class ReferralsRow(serializers.Serializer[Any]):
    code = serializers.CharField()
    link = serializers.CharField()
    levels = LevelsRow(many=True)
    earned = serializers.DecimalField(max_digits=38, decimal_places=18, normalize_output=True)
    earned_in = serializers.CharField()


class InvitedRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    level = serializers.IntegerField()
    invited_by = serializers.IntegerField(source="referred_by_id")
    name = serializers.SerializerMethodField(help_text="From level 2 on: the first letter.")
    joined_at = serializers.DateTimeField(source="date_joined")

    def get_name(self, person: User) -> str:
        return selectors.shown_name(person, getattr(person, "level", selectors.LEVELS))


class ProfileApi(APIView):
    """GET, PUT auth/profile: what is given changes, the rest stays."""

    @extend_schema(responses=ProfileRow)
    def get(self, request: Request) -> Response:
        return Response(ProfileRow(signed_in(request)).data)

    @extend_schema(request=ProfileBody, responses=ProfileRow)
    def put(self, request: Request) -> Response:
        given = ProfileBody(data=request.data)
        given.is_valid(raise_exception=True)
        changed = profile.set_profile(user=signed_in(request), **given.validated_data)
        return Response(ProfileRow(changed).data)


class ReferralsApi(APIView):
    """GET referrals: the code and link to give on, how many came by it, what it earned."""

    @extend_schema(responses=ReferralsRow)
    def get(self, request: Request) -> Response:
        user = signed_in(request)
        code = referrals.code_of(user)
        levels = selectors.counts(user).items()
        row = {
            "code": code,
            "link": request.build_absolute_uri(f"/r/{code}"),
            "levels": [{"level": level, "people": people} for level, people in levels],
            "earned": referrals.earned(user),
            "earned_in": referrals.EARNED_IN,
        }
        return Response(ReferralsRow(row).data)


class ReferralTreeApi(ListApi):
    """GET referrals/tree: three levels, each row naming by whom it was invited."""

    queryset = User.objects.none()  # names the model to the schema
    serializer_class = InvitedRow
    ordering_fields = ["level", "date_joined"]
    ordering = ["level", "-date_joined"]

    def get_queryset(self) -> QuerySet[User]:
        return selectors.invited(signed_in(self.request))
