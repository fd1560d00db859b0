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
