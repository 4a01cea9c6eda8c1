"""What may come in from outside as a member."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from addons.membership.models import CHANNELS, SEXES


def _text(longest: int) -> fields.String:
    return fields.String(validate=validate.Length(max=longest))


class MemberRecordSchema(Schema):
    """A row of a member file, as `services.import_members` takes it."""

    class Meta:
        """Columns that are not named here are refused."""

        unknown = RAISE

    store = fields.String(required=True, validate=validate.Length(min=1, max=20))
    phone = fields.String(required=True, validate=validate.Length(min=4, max=30))
    name = _text(80)
    birthday = fields.Date(allow_none=True)
    birthday_lunar = fields.Boolean()
    birthday_declined = fields.Boolean()
    sex = fields.String(validate=validate.OneOf(SEXES))
    email = fields.String(validate=[validate.Length(max=120), validate.Regexp(r"^$|^[^@\s]+@[^@\s]+$")])
    district = _text(80)
    street = _text(160)
    recruited_by = fields.String(validate=validate.OneOf(CHANNELS))
    recruited_note = _text(120)
    is_staff = fields.Boolean()
    joined_on = fields.Date(allow_none=True)
    card = fields.String(validate=validate.Regexp(r"^$|^[0-9A-Za-z]{4,24}$"))
