"""Parsing only: what the account pages accept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django import forms
from django.http import QueryDict

from accounts.core.access import SCOPES, parse_network
from foundation.edge import preferences
from foundation.lib import clock


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(label="Theme", choices=list(preferences.THEMES.items()))


class PreferencesForm(ThemeForm):
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=[(zone, zone.replace("_", " ")) for zone in preferences.zones()],
        help_text="Every time on every page is written in it.",
    )


class PlanForm(forms.Form):
    """The plan that is chosen, and the amount that was shown for it."""

    plan = forms.SlugField(max_length=24)
    due = forms.DecimalField(max_digits=12, decimal_places=2, min_value=0)


class GoingLiveForm(forms.Form):
    paper_first = forms.BooleanField(required=False)


def new_password_field(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, strip=False, max_length=256, widget=widget, help_text=help_text
    )


class PasswordForm(forms.Form):
    current_password = forms.CharField(
        label="Current password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = new_password_field("New password", "Every other device is signed out.")
    again = new_password_field("New password again")

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("new_password", again):
            raise forms.ValidationError("Is not the same as the new password.")
        return again


class ChannelForm(forms.Form):
    name = forms.CharField(label="Name", max_length=60, help_text="As you call it, e.g. My phone.")
    url = forms.CharField(
        label="Address",
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Kept encrypted, and not shown again but for where it leads.",
    )


class RoutesForm(forms.Form):
    """digest_hour only: the table of kinds and channels is read by `chosen`."""

    digest_hour = forms.TypedChoiceField(
        label="Daily digest at",
        coerce=int,
        choices=[(hour, f"{hour:02}:00 UTC") for hour in range(24)],
    )

    def chosen(self, kinds: Iterable[str]) -> dict[str, set[int]]:
        """kind -> ids of channels, of boxes named "kind" whose value is an id."""
        assert isinstance(self.data, QueryDict)
        found = {kind: self.data.getlist(f"to_{kind}") for kind in kinds}
        return {
            kind: {int(one) for one in ids if one.isdecimal() and len(one) < 19}
            for kind, ids in found.items()
        }


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=60, help_text="What will use it, so that you know it again."
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=list(SCOPES.items()),
        error_messages={"required": "Choose at least one."},
    )
    days = forms.TypedChoiceField(
        label="Ends",
        coerce=int,
        empty_value=None,
        required=False,
        initial="90",
        choices=[
            ("30", "After 30 days"),
            ("90", "After 90 days"),
            ("365", "After a year"),
            ("", "Never"),
        ],
    )
    ips = forms.CharField(
        label="Only from these addresses",
        required=False,
        max_length=1000,
        help_text="Like 203.0.113.7 or 203.0.113.0/24, with spaces between. Empty: anywhere.",
    )

    def clean_ips(self) -> list[str]:
        given = [text for text in re.split(r"[\s,;]+", self.cleaned_data["ips"]) if text]
        try:
            for text in given:
                parse_network(text)
        except ValueError as fault:
            raise forms.ValidationError(f"{text} {fault}.") from fault
        return given

    @property
    def expires_at(self) -> datetime | None:
        days = self.cleaned_data["days"]
        return clock.now() + timedelta(days=days) if days else None
