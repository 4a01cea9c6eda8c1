"""The first page: today's numbers, the work that waits, charts that answer a question; addons bring them by role.

    HOME = (HomePart(make_board, roles=STORES, order=10),)      # in an addon's views

Everybody sees the parts of their roles, in order. A part reads in SQL, within the person's stores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from flask import current_app, g
from flask_appbuilder import IndexView, expose
from flask_appbuilder.security.decorators import has_access
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from core.web import formats
from core.web.record_pages import may_open
from core.web.roles import ALL, Roles

Unit = Literal["money", "count", "points"]
_SHOWN: dict[str, Callable[[int | None], Any]] = {
    "money": formats.money,
    "count": formats.count,
    "points": formats.points,
}
_SCALES = {"money": 100}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number; `unit` is the currency of an amount, `note` says in a few words what stands beside it.

    The link leads to the list behind the number, for those who may open it.
    """

    title: str
    value: Any
    link: str = ""
    note: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Work that waits: how much of it, where it is done, and the permission for the step it waits for.

    Without a permission it is work of everybody who may open the link.
    """

    title: str
    count: int
    link: str
    waits: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one colour of a chart, whole fen or counts."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that answers the question in its title; the same numbers stand in a table below it."""

    key: str
    question: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit = "count"
    sideways: bool = False
    note: str = ""

    def data(self) -> dict[str, Any]:
        """Return what the browser draws; `scale` is what a number is divided by."""
        return {
            "labels": self.labels,
            "series": [{"name": one.name, "values": one.values} for one in self.series],
            "scale": _SCALES.get(self.unit, 1),
            "sideways": self.sideways,
        }

    def shown(self, value: int) -> Any:
        """Return a number as people write it."""
        return _SHOWN[self.unit](value)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)


@dataclass(frozen=True, slots=True)
class Short:
    """A short list with a link to the whole one; each row has its cells and the address it opens ("" for none)."""

    title: str
    rows: tuple[tuple[str, tuple[Any, ...]], ...]
    link: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What people begin from here all day: a button beside the greeting, the first one of all the primary one."""

    title: str
    link: str
    icon: str


@dataclass(frozen=True, slots=True)
class Board:
    """What one part of the page shows."""

    starts: tuple[Start, ...] = ()
    tiles: tuple[Tile, ...] = ()
    tasks: tuple[Task, ...] = ()
    charts: tuple[Chart, ...] = ()
    lists: tuple[Short, ...] = ()


@dataclass(frozen=True, slots=True)
class HomePart:
    """A part of the page for some roles."""

    make: Callable[[Session], Board]
    roles: Roles = field(default=ALL)
    order: int = 100


def _count(tile: dict[str, Any]) -> Any:
    """Return the number of a tile; one that is a function is counted only where somebody is shown it."""
    value = tile["value"]
    return value() if callable(value) else value


class HomeView(IndexView):
    """Today: what the person's addons have to say; the menu in groups for those for whom there is nothing."""

    index_template = "guibin/home.html"
    read_roles: Roles = ALL
    write_roles: Roles = ()
    follows_store: tuple[str, ...] = ("index",)

    @expose("/")
    @has_access
    def index(self) -> Any:
        """Show what is there for this person."""
        boards = [part.make(self.appbuilder.session) for part in self._parts()]
        counted = [tile for make in self.appbuilder.tiles for tile in make(self.appbuilder.session)]
        counted = [tile for tile in counted if self._opens(tile.get("link", ""))]
        waiting = [Task(str(tile["title"]), _count(tile), tile["link"]) for tile in counted if self._waits(tile)]
        has_board = any(board.tiles for board in boards)
        groups = [group for group in self.appbuilder.menu.get_data() if group != "-" and group.get("childs")]
        return self.render_template(
            self.index_template,
            person=g.user,
            starts=[start for board in boards for start in board.starts if self._opens(start.link)],
            boards=[self._reachable(board) for board in boards if board.tiles],
            waiting=[task for board in boards for task in board.tasks if self._does(task)] + waiting,
            tiles=[] if has_board else [tile | {"value": _count(tile)} for tile in counted],
            groups=groups,
        )

    def _reachable(self, board: Board) -> Board:
        """Return a board whose tiles lead nowhere the person would be refused."""
        tiles = tuple(tile if self._opens(tile.link) else replace(tile, link="") for tile in board.tiles)
        return replace(board, tiles=tiles)

    def _waits(self, tile: dict[str, Any]) -> bool:
        """Tell whether a number is work of this person: who may take the step that it waits for."""
        step: tuple[str, str] | None = tile.get("waits")
        return step is not None and bool(self.appbuilder.sm.has_access(*step))

    def _does(self, task: Task) -> bool:
        """Tell whether work of a board is this person's: who may open it and take the step that it waits for."""
        allowed = task.waits is None or bool(self.appbuilder.sm.has_access(*task.waits))
        return allowed and self._opens(task.link)

    def _opens(self, link: str) -> bool:
        """Tell whether the person may open a link: nothing is offered that would be refused."""
        path = link.partition("?")[0]
        if not path.startswith("/"):
            return True
        try:
            endpoint, _arguments = current_app.url_map.bind("").match(path)
        except HTTPException:
            return True
        return may_open(endpoint)

    def _parts(self) -> list[HomePart]:
        own = {role.name for role in g.user.roles}
        fitting = [part for part in self.appbuilder.home_parts if own & set(part.roles)]
        return sorted(fitting, key=lambda part: part.order)
