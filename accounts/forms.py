"""Parsing only: what the account pages accept."""

from __future__ import annotations

from django import forms

from foundation.edge import preferences


class SignInForm(forms.Form):
    email = forms.EmailField(
        label="Email",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(label="Theme", choices=list(preferences.THEMES.items()))


class PreferencesForm(ThemeForm):
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=[(zone, zone.replace("_", " ")) for zone in preferences.zones()],
        help_text="Every time on every page is written in it.",
    )
