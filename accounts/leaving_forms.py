"""Parsing only: what the page of one's own data accepts."""

from __future__ import annotations

from django import forms


class DeletionForm(forms.Form):
    """has_password: whether the account has one to ask for."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    sure = forms.BooleanField(
        label="Delete my account",
        error_messages={"required": "Tick this box to have your account deleted."},
    )

    def __init__(self, *args: object, has_password: bool = True, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type] # Django's own
        if not has_password:
            del self.fields["password"]
