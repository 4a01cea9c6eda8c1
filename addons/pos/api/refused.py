"""What calls may be refused with, by what they touch."""

from __future__ import annotations

from addons.membership.services import errors as membership
from addons.points import services as points
from addons.pos import services
from addons.sales.domain import refusals as sales
from addons.vouchers import services as vouchers
from core.db.posting import DatabaseBusy, KeyReused, StillRunning
from core.errors import Invalid, NotFound, Refusal
from core.ledger.periods import MonthIsClosed
from core.policy.live import NoLiveBook

ON_VOUCHERS = (
    vouchers.VoucherOfOtherBrand,
    vouchers.VoucherOfOtherMember,
    vouchers.VoucherUsed,
    vouchers.VoucherCancelled,
    vouchers.VoucherExpired,
    vouchers.VoucherReplaced,
    vouchers.VoucherNotYet,
    vouchers.VoucherOfOtherStore,
    vouchers.VoucherOfOtherCurrency,
    vouchers.VoucherNeedsMember,
)
ON_USES = (*ON_VOUCHERS, vouchers.VoucherLocked)
ON_HOLDS = (*ON_USES, Invalid)
ON_HAND_OVER = (*ON_USES, vouchers.WrongVoucherKind, vouchers.VoucherTooSmall, Invalid)
_ON_CHANGES: tuple[type[Refusal], ...] = (
    vouchers.VoucherOfOtherBrand,
    vouchers.VoucherOfOtherMember,
    vouchers.VoucherUsed,
    vouchers.VoucherCancelled,
    vouchers.VoucherExpired,
    vouchers.VoucherReplaced,
    vouchers.VoucherNeedsMember,
    vouchers.VoucherLocked,
    Invalid,
)
ON_SPLITTING = (*_ON_CHANGES, vouchers.VoucherSplitForbidden)
ON_GIVING = (*_ON_CHANGES, vouchers.VoucherGiftsForbidden)
ON_BASKETS: tuple[type[Refusal], ...] = (
    NotFound,
    Invalid,
    sales.TooManyLines,
    sales.ImpossibleQuantity,
    sales.UnknownProduct,
    sales.MembersOnly,
    sales.StoreClosed,
    sales.WrongCurrency,
    NoLiveBook,
    *ON_USES,
)
ON_SALES: tuple[type[Refusal], ...] = (
    *ON_BASKETS,
    sales.MemberNotActive,
    sales.VoucherNotTaken,
    sales.PriceChanged,
    sales.WrongPayment,
    sales.LimitReached,
    membership.BadPhone,
    membership.PhoneTaken,
    membership.NameNeeded,
    membership.BirthdayNeeded,
    membership.BirthdayNotPossible,
    membership.GuardianNeeded,
    membership.AlreadyActive,
    membership.NoCardNumbers,
    membership.ProgrammeOff,
)
ON_QUOTES = (
    services.BadQuote,
    services.QuoteOfOtherTill,
    services.QuoteOfOtherBasket,
    services.QuoteExpired,
    services.QuoteWithdrawn,
    services.QuoteUsed,
    services.QuoteOvertaken,
)
ON_RETURN_CHECKS = (
    sales.SeveralReceipts,
    NotFound,
    Invalid,
    sales.EmptyReturn,
    sales.WrongReason,
    sales.NotOnReceipt,
    sales.NoHigherPrice,
    sales.NotTheSameStyle,
    sales.NotReturnedHere,
    sales.PaidInAnotherCurrency,
    sales.StoreClosed,
    sales.UnknownProduct,
    vouchers.RestoreTooMuch,
    DatabaseBusy,
)
ON_RETURNS = (
    *ON_RETURN_CHECKS,
    sales.ReturnNeedsApproval,
    sales.ApprovedByOneself,
    services.MayNotApproveHere,
    sales.RefundChanged,
)
ON_UNRECEIPTED = (
    sales.NoUnreceiptedReturns,
    sales.ReturnNeedsApproval,
    sales.ApprovedByOneself,
    services.MayNotApproveHere,
    sales.WrongReason,
    sales.NoSuchCard,
    sales.UnknownProduct,
    sales.ImpossibleQuantity,
    sales.NeverSold,
    NotFound,
    Invalid,
)
ON_POINTS = (NotFound, Invalid, points.InsufficientPoints, MonthIsClosed)
ON_HELD_POINTS = (NotFound, Invalid, points.HoldIsOver, MonthIsClosed)
ON_WRITES = (KeyReused, StillRunning, DatabaseBusy)
