"""The person who signs in, by email address."""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.core.preferences import zone_named


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        fields |= {"is_staff": True, "is_superuser": True, "role": User.Role.ADMIN}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())  # stored in lower case, by constraint


class User(AbstractBaseUser, PermissionsMixin):
    """Signs in by email. Whatever a user owns is invisible to others."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Admin"
        SUPPORT = "support", "Support"
        CREATOR = "creator", "Creator"
        TRADER = "trader", "Trader"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.TRADER)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    phone = models.CharField(max_length=16, blank=True, help_text="Like +4366412345678.")
    # An account that nobody has finished: its address is proved or not, nothing else is known.
    registration_open = models.BooleanField(default=False, editable=False)
    referral_code = models.CharField(  # noqa: DJ001 - unique, and made when it is first asked for
        max_length=12, unique=True, null=True, editable=False
    )
    # Set once, without a circle: a trigger holds both, so who has invited somebody stays as a row.
    referred_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="referrals"
    )
    # While it is set the account is being deleted, and opens nothing new.
    leaves_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="user_leaving", condition=Q(leaves_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="user_email_lower_case",
                violation_error_message="Write the email address in lower case.",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class Preferences(models.Model):
    """How a user likes to see things; a user without a row sees the defaults."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="preferences")
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    timeframe = models.CharField(max_length=4, default="1h", help_text="What forms begin with.")
    venue = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        help_text="Whose markets forms name first.",
    )
    currency = models.CharField(
        max_length=16, default="USDT", db_default="USDT", help_text="What money is shown in."
    )
    language = models.CharField(max_length=10, default="en", db_default="en")
    time_zone = models.CharField(
        max_length=64, blank=True, default="", help_text="Empty: the one of each browser."
    )
    paper_first = models.BooleanField(
        default=True, db_default=True, help_text="A first bot with real money begins on paper."
    )
    digest_hour = models.PositiveSmallIntegerField(
        default=7, help_text="Of the daily digest, in the time zone."
    )

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour__lte=23), name="preferences_digest_hour_of_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user}"

    @property
    def zone(self) -> ZoneInfo:
        """Where nobody's browser says it, as in messages."""
        return zone_named(self.time_zone)
