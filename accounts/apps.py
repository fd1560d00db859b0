from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """A locked user's sockets end, whoever locks them and wherever."""
        from accounts.services import belongings, locking

        locking.listen()
        belongings.register()
