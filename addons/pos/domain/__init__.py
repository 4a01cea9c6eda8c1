"""Credentials, signatures and what tills may say; pure."""

from __future__ import annotations

#: How money is paid.
PAYMENTS = ("cash", "card", "wechat", "alipay", "other")
