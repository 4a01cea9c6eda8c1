"""The kernel's own columns of Flask-AppBuilder's accounts, and the counters of the rate limits.

The columns are added to Flask-AppBuilder's own class: a subclass over the same table would share its identity map,
and an account first met through a role or as an author could then not be loaded as itself.
"""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.base import Base
from core.db.types import Key, Moment
from core.web.admin.models import AccountEvent

__all__ = ["AccountEvent", "Counter", "FactorRole", "RecoveryCode", "Role", "User"]

if "epoch" not in User.__table__.c:
    #: Grows when the password changes or the account is closed; sessions and tokens of an earlier epoch end.
    User.epoch = mapped_column("epoch", Integer, nullable=False, default=0, server_default="0")
    #: No login before this moment, after too many wrong passwords.
    User.locked_until = mapped_column("locked_until", Moment, nullable=True)
    #: The language the person chose last.
    User.locale = mapped_column("locale", String(20), nullable=True)
    #: The time zone the person reads moments in; the market's where there is none.
    User.timezone = mapped_column("timezone", String(40), nullable=True)
    #: The store the person chose to work in; all of theirs where there is none.
    User.works_in = mapped_column("works_in", Key, nullable=True)
    #: The second factor: its secret, encrypted; since when it is asked for (none: never confirmed); the newest time
    #: step of which a code was taken.
    User.factor_secret = mapped_column("factor_secret", String(160), nullable=True)
    User.factor_since = mapped_column("factor_since", Moment, nullable=True)
    User.factor_step = mapped_column("factor_step", BigInteger, nullable=False, default=0, server_default="0")


class RecoveryCode(Base):
    """A code that stands in for the second factor once, as a digest; the row goes when it is used."""

    __tablename__ = "core_recovery_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class FactorRole(Base):
    """A role whose people must have a second factor."""

    __tablename__ = "core_factor_role"

    role: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(64))


class Counter(Base):
    """How often something was tried by someone until a moment; shared by all workers."""

    __tablename__ = "core_counter"

    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
