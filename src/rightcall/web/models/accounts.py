"""Who signs in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from rightcall.web import access, fields


class Accounts(BaseUserManager["Account"]):
    """Makes accounts."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of a name, whatever its capitals."""
        return self.get(username__iexact=username)


class Account(AbstractBaseUser):
    """A person who signs in, with the roles that say what they may do."""

    id = fields.key()
    username = fields.text("personal", "the name to sign in with", longest=150, unique=True, blank=False)
    name = fields.text("personal", "the name that others see")
    email = models.EmailField(blank=True, default="", db_comment="personal: where a new password link goes")
    password = models.CharField(max_length=128, db_comment="personal: a salted hash")
    last_login = models.DateTimeField(null=True, blank=True, db_comment="personal: the last sign-in")
    roles = fields.words("plain", "what this person may do, by access.py")
    unit = fields.link(
        "web.Unit", "the crew that this person is on today", null=True, blank=True, related_name="crew_accounts"
    )
    language = fields.text("plain", "en or es", longest=2, default="en")
    is_active = models.BooleanField(default=True, db_comment="plain: may sign in")
    locked_at = fields.sometime("locked after too many wrong passwords, until a supervisor releases it")
    made_at = fields.when("when it was made", auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []  # noqa: RUF012
    objects = Accounts()

    class Meta:
        """The names of the only roles are held by the database too."""

        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                name="account_roles_are_known",
                condition=models.Q(roles__contained_by=[role for role in access.ROLES if role != access.PUBLIC]),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    # What the parts of Django that ask for a person expect.
    is_staff = is_superuser = False

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Whether this person may do something, by the table of access.py."""
        return permission in access.PERMISSIONS and access.may(self.roles, permission)
