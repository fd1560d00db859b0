from accounts.models.user import User as User
