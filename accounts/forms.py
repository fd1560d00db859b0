"""Parsing only: what the account pages accept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.core.access import SCOPES, parse_network
from accounts.core.contacts import PHONE_HELP
from accounts.core.preferences import OWN_CURRENCY, TIMEFRAMES
from accounts.services import preferences as chosen
from accounts.services import profile
from foundation.edge import languages, preferences
from foundation.lib import clock

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(label=_("Theme"), choices=list(preferences.THEMES.items()))


class PreferencesForm(ThemeForm):
    """browser_zone: what pages are written in as long as no zone is chosen."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Every time on every page and in every message is written in it."),
    )
    timeframe = forms.ChoiceField(
        label=_("Candles"),
        required=False,
        choices=[(one, one) for one in TIMEFRAMES],
        help_text=_("New strategies, bots and backtests begin with them."),
    )
    venue = forms.ChoiceField(
        label=_("Venue"), required=False, help_text=_("Forms name its markets first.")
    )
    currency = forms.ChoiceField(
        label=_("Currency"), required=False, help_text=_("What your portfolio is valued in.")
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("One is on offer once all is translated into it."),
    )

    def __init__(self, *args: Any, browser_zone: str = "UTC", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone.replace("_", " ")) for zone in preferences.zones()]
        money = dict.fromkeys([OWN_CURRENCY, *chosen.offered("currency")])
        may_be = {
            "time_zone": [("", f"Each browser's ({browser_zone})"), *zones],
            "venue": [("", "Any"), *((one, one) for one in chosen.offered("venue"))],
            "currency": [(one, one) for one in money],
            "language": list(languages.selectable().items()),
        }
        for name, values in may_be.items():
            now = self.initial.get(name)  # what is not on offer any more stays, unless changed
            lost = [(now, now)] if now and now not in dict(values) else []
            self.fields[name].choices = values + lost  # type: ignore[attr-defined] # a choice field

    def chosen(self) -> dict[str, str]:
        """What was sent; a field that was not is no choice."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.data}


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=profile.NAME_CHARS_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=f"If you like. It {PHONE_HELP}.",
    )


class PlanForm(forms.Form):
    """The plan that is chosen, and the amount that was shown for it."""

    plan = forms.SlugField(max_length=24)
    due = forms.DecimalField(max_digits=12, decimal_places=2, min_value=0)


class GoingLiveForm(forms.Form):
    paper_first = forms.BooleanField(required=False)


def new_password_field(
    label: str | _StrPromise, help_text: str | _StrPromise = ""
) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, strip=False, max_length=256, widget=widget, help_text=help_text
    )


class PasswordForm(forms.Form):
    current_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = new_password_field(_("New password"), _("Every other device is signed out."))
    again = new_password_field(_("New password again"))

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
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["digest_hour"].help_text = f"In {zone}. Your preferences say which zone."

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
