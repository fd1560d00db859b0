from accounts.models.access import ApiKey as ApiKey
from accounts.models.ledger import Entry as Entry
from accounts.models.ledger import LedgerAccount as LedgerAccount
from accounts.models.ledger import Transfer as Transfer
from accounts.models.notifications import Notification as Notification
from accounts.models.notifications import NotificationChannel as NotificationChannel
from accounts.models.user import Preferences as Preferences
from accounts.models.user import User as User
