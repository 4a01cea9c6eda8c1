"""Form fields: exact conversions of columns, native dates, moments in the market's time, lookups in big tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_appbuilder.fields import QuerySelectField
from flask_appbuilder.forms import FieldConverter, GeneralModelConverter
from flask_babel import lazy_gettext
from markupsafe import Markup, escape
from sqlalchemy import String, or_, select
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    validators,
)
from wtforms.fields import DateTimeLocalField
from wtforms.widgets import DateInput, DateTimeLocalInput, NumberInput, Select, TextArea, TextInput, html_params

from core.db.archive import Archivable
from core.money import from_yuan, yuan
from core.periods import CHINA, local
from core.web.formats import codes_of
from core.web.here import builder
from core.web.interface import LARGEST_KEY

FOUND_AT_ONCE = 20
_TOLD_APART_BY = ("name", "code", "number", "title", "username")


class PlainText(TextInput):
    """One line of text."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the field."""
        return _named(super().__call__, field, kwargs)


class PlainArea(TextArea):
    """Several lines of text."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the field."""
        return _named(super().__call__, field, {"rows": 3, **kwargs})


class PlainDate(DateInput):
    """The browser's own date field."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the field."""
        return _named(super().__call__, field, kwargs)


class PlainMoment(DateTimeLocalInput):
    """The browser's own date and time field."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the field."""
        return _named(super().__call__, field, kwargs)


class PlainNumber(NumberInput):
    """The browser's own number field."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the field."""
        return _named(super().__call__, field, kwargs)


class PlainSelect(Select):
    """The browser's own choice."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the field."""
        return _named(super().__call__, field, kwargs)


def _named(write: Any, field: Any, kwargs: dict[str, Any]) -> Markup:
    kwargs["class"] = "form-control"
    field.name = kwargs.pop("name", field.name)  # the filters of a list name their fields themselves
    return write(field, **kwargs)  # type: ignore[no-any-return]


class MomentField(DateTimeLocalField):
    """A moment typed as wall time of the market, kept as an aware one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what browsers send, with and without seconds."""
        super().__init__(*args, **{"format": ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs})

    def process_data(self, value: datetime | None) -> None:
        """Show a moment as wall time."""
        self.data = value if value is None or value.tzinfo is None else local(value)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Hand over an aware moment."""
        typed = self.data
        setattr(obj, name, typed if typed is None or typed.tzinfo else typed.replace(tzinfo=CHINA))


class MoneyField(Field):
    """An amount typed in yuan (2,488.20), kept as fen; `at_least` fen."""

    widget = PlainText()

    def __init__(self, label: Any = None, checks: Any = None, at_least: int = 0, **kwargs: Any) -> None:
        """Keep the least amount in fen."""
        super().__init__(label, kwargs.pop("validators", checks), **kwargs)
        self.at_least = at_least

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else yuan(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the amount; a validation error if it is none."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            typed = from_yuan(valuelist[0])
        except ValueError:
            raise ValueError(self.gettext("Not an amount: write 2488.20")) from None
        if typed < self.at_least:
            raise ValueError(self.gettext("Not an amount: write 2488.20"))
        self.data = typed


def any_of(label: Any, formatted: Any) -> SelectField:
    """Return the filter of a list: one of the codes that a formatter knows, in its words, or all."""

    def choices() -> list[tuple[str, str]]:
        return [("", ""), *((code, escape(formatted(code)).striptags()) for code in codes_of(formatted) if code)]

    return SelectField(label, choices=choices, widget=PlainSelect(), validators=[validators.Optional()])


class LookupWidget:
    """A choice that asks the server while one types; without JavaScript it keeps what is chosen."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Write the choice with the chosen row as its only option."""
        name = kwargs.pop("name", field.name)
        attributes = html_params(
            **{"id": field.id, "name": name, "class": "form-control lookup", "data-lookup": field.short_name}
        )
        blank = Markup('<option value=""></option>')
        chosen = Markup("")
        if field.data is not None:
            chosen = Markup('<option value="{}" selected>{}</option>').format(field.key(field.data), field.data)
        return Markup("<select {}>{}{}</select>").format(Markup(attributes), blank, chosen)  # noqa: S704 - html_params escapes


class LookupField(Field):
    """A related row of a big table; only rows within the person's scope can be found or chosen."""

    widget = LookupWidget()

    def __init__(self, label: Any = None, checks: Any = None, model: Any = None, **kwargs: Any) -> None:
        """Keep the related class."""
        super().__init__(label, kwargs.pop("validators", checks), **kwargs)
        self.model = model

    def key(self, row: Any) -> Any:
        """Return the key of a row."""
        return getattr(row, self.model.__mapper__.primary_key[0].key)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Find the chosen row; a validation error if there is none in scope."""
        self.data = None
        if not valuelist or not valuelist[0]:
            return
        typed = valuelist[0]
        known = typed.isascii() and typed.isdigit() and int(typed) <= LARGEST_KEY
        key = self.model.__mapper__.primary_key[0]
        # By a query: `get` would also return what the session met on its way, out of scope.
        found = builder().session.scalar(select(self.model).where(key == int(typed))) if known else None
        if found is None:
            raise ValueError(self.gettext("Not a valid choice"))
        self.data = found


def told_apart_by(model: Any, columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the text columns by which rows of a class are looked up."""
    texts = {name for name, column in model.__mapper__.columns.items() if isinstance(column.type, String)}
    return columns or tuple(name for name in _TOLD_APART_BY if name in texts)


def found_by(model: Any, columns: tuple[str, ...], typed: str) -> list[dict[str, Any]]:
    """Return up to 20 rows in scope whose columns hold what was typed, as select2 wants them."""
    key = model.__mapper__.primary_key[0]
    statement = select(model).order_by(key).limit(FOUND_AT_ONCE)
    if issubclass(model, Archivable):
        statement = statement.where(model.archived_at.is_(None))
    if typed:
        statement = statement.where(or_(*(getattr(model, c).icontains(typed, autoescape=True) for c in columns)))
    rows = builder().session.scalars(statement)
    return [{"id": getattr(row, key.key), "text": str(row)} for row in rows]


class InUseField(QuerySelectField):
    """A choice of related rows that offers none that was put away, but keeps one that is chosen already."""

    def iter_choices(self) -> Iterator[Any]:
        """Yield the choices."""
        away = {key for key, row in self._get_object_list() if row.archived_at is not None and row != self.data}
        return (choice for choice in super().iter_choices() if choice[0] not in away)


class GuibinFieldConverter(FieldConverter):
    """A field for a column by its type."""

    conversion_table = (
        ("is_text", TextAreaField, PlainArea),
        ("is_json", TextAreaField, PlainArea),
        ("is_string", StringField, PlainText),
        ("is_integer", IntegerField, PlainNumber),
        ("is_numeric", DecimalField, PlainText),
        ("is_boolean", BooleanField, None),
        ("is_date", DateField, PlainDate),
        ("is_datetime", MomentField, PlainMoment),
    )


class GuibinModelConverter(GeneralModelConverter):
    """Builds the forms of a view; `lookups` names the columns to search for each big relation."""

    def __init__(self, datamodel: Any, lookups: dict[str, tuple[str, ...]], *, search: bool = False) -> None:
        """Keep what is looked up; in a search form every relation is, so that the list loads none of them."""
        super().__init__(datamodel)
        self.lookups = lookups
        self.search = search

    @staticmethod
    def _get_validators(col_name: str, validators_columns: Any) -> list[Any]:
        return list(validators_columns.get(col_name, ()))  # the view's own list stays as it is

    def _convert_many_to_one(self, col_name: str, label: Any, description: Any, *rest: Any) -> Any:
        lst_validators, filter_rel_fields, form_props = rest
        model = self.datamodel.get_related_model(col_name)
        columns = told_apart_by(model, self.lookups.get(col_name, ()))
        if columns and (self.search or col_name in self.lookups):
            required = not self.search and not self.datamodel.is_nullable(col_name)
            check = validators.DataRequired() if required else validators.Optional()
            form_props[col_name] = LookupField(label, [*lst_validators, check], model=model, description=description)
            return form_props
        super()._convert_many_to_one(col_name, label, description, lst_validators, filter_rel_fields, form_props)
        form_props[col_name].kwargs.update(widget=PlainSelect(), blank_text="–")
        if issubclass(model, Archivable):
            form_props[col_name].field_class = InUseField
        return form_props

    def _convert_simple(
        self, col_name: str, label: Any, description: Any, lst_validators: list[Any], form_props: Any
    ) -> Any:
        if self.datamodel.is_boolean(col_name):
            # Never InputRequired: an unticked box is sent as nothing, and "no" must be storable.
            default = self.datamodel.get_col_default(col_name)
            form_props[col_name] = BooleanField(
                label, description=description, validators=lst_validators, default=default
            )
            return form_props
        if self.datamodel.is_enum(col_name):
            super()._convert_simple(col_name, label, description, lst_validators, form_props)
            form_props[col_name].kwargs["widget"] = PlainSelect()
            return form_props
        return self._convert_plain(col_name, label, description, lst_validators, form_props)

    def _convert_plain(
        self, col_name: str, label: Any, description: Any, lst_validators: list[Any], form_props: Any
    ) -> Any:
        nullable = self.search or self.datamodel.is_nullable(col_name)
        # First of all: it ends the checks of an empty field.
        lst_validators.insert(0, validators.Optional() if nullable else validators.InputRequired())
        longest = self.datamodel.get_max_length(col_name)
        if longest != -1:
            lst_validators.append(validators.Length(max=longest))
        if self.datamodel.is_integer(col_name):
            lst_validators.append(validators.NumberRange(min=-LARGEST_KEY, max=LARGEST_KEY))
        if self.datamodel.is_unique(col_name) and not self.search:
            lst_validators.append(Unused(self.datamodel, col_name))
        default = None if self.search else self.datamodel.get_col_default(col_name)
        converter = GuibinFieldConverter(self.datamodel, col_name, label, description, lst_validators, default=default)
        form_props[col_name] = converter.convert()
        return form_props


class Unused:
    """Refuses a unique value that another row in scope has; for the rest the database stands guard."""

    def __init__(self, datamodel: Any, column: str) -> None:
        """Keep the column."""
        self.datamodel = datamodel
        self.column = column

    def __call__(self, form: Any, field: Any) -> None:
        """Look for the value."""
        column = getattr(self.datamodel.obj, self.column)
        keys = self.datamodel.session.scalars(select(self.datamodel.get_pk()).where(column == field.data).limit(2))
        if any(key != getattr(form, "_id", None) for key in keys):
            raise validators.ValidationError(lazy_gettext("Already exists."))
