from django.apps import AppConfig, apps


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """A locked user's sockets end, whoever locks them and wherever; sign-ins are listed,
        whichever way they came about; a role's group follows it; plans are there;
        what admins change is written down."""
        from accounts.services import audit, belongings, locking, plans, roles, sign_ins

        locking.listen()
        sign_ins.listen()
        roles.listen()
        plans.listen()
        audit.listen()
        belongings.register()
        if apps.is_installed("allauth.mfa"):  # not for commands that answer at once
            from accounts.services import factor_acts

            factor_acts.listen()
