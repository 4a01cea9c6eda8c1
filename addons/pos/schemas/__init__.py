"""What tills send and what they are answered; the descriptions are the reference people read."""

from __future__ import annotations

from addons.pos.schemas.answers import (
    CardAnswer,
    ClimbAnswer,
    LineAnswer,
    MemberAnswer,
    PaidAnswer,
    Problem,
    QuoteAnswer,
    ReceiptAnswer,
    ReceiptLineAnswer,
    SaleAnswer,
    StepAnswer,
    TillAnswer,
    VisitAnswer,
    VoucherAnswer,
    VoucherUseAnswer,
)
from addons.pos.schemas.asked import (
    CheckoutRequest,
    EnrolRequest,
    FindRequest,
    LineRequest,
    PaymentRequest,
    QuoteRequest,
    VisitRequest,
    VoucherCheckRequest,
)
from addons.pos.schemas.fields import Strict

__all__ = [
    "CardAnswer",
    "CheckoutRequest",
    "ClimbAnswer",
    "EnrolRequest",
    "FindRequest",
    "LineAnswer",
    "LineRequest",
    "MemberAnswer",
    "PaidAnswer",
    "PaymentRequest",
    "Problem",
    "QuoteAnswer",
    "QuoteRequest",
    "ReceiptAnswer",
    "ReceiptLineAnswer",
    "SaleAnswer",
    "StepAnswer",
    "Strict",
    "TillAnswer",
    "VisitAnswer",
    "VisitRequest",
    "VoucherAnswer",
    "VoucherCheckRequest",
    "VoucherUseAnswer",
]
