from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """A locked user's sockets end, whoever locks them and wherever; sign-ins are listed,
        whichever way they came about."""
        from accounts.services import locking, sign_ins

        locking.listen()
        sign_ins.listen()
