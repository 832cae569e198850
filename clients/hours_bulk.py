"""Business time for whole arrays of instants, equal to `clients.hours` second for second."""

from weakref import WeakKeyDictionary

import numpy as np

from clients.hours import END, HORIZON, HorizonError, Hours, Table

_arrays: WeakKeyDictionary[Hours, tuple[Table, np.ndarray, np.ndarray]] = WeakKeyDictionary()


def add_many(hours: Hours, starts: np.ndarray, seconds: np.ndarray | int) -> np.ndarray:
    """`hours.add_seconds` for epoch seconds (int64); `seconds` is one number or one per start.

    ValueError and HorizonError as there, when any one element would raise it.
    """
    starts, seconds = np.broadcast_arrays(np.asarray(starts, np.int64), np.asarray(seconds))
    if not starts.size:
        return np.empty(starts.shape, np.int64)
    _refuse_unreachable(seconds)
    seconds = seconds.astype(np.int64)
    first, last = int(starts.min()), int(starts.max())
    due = _reach(*_steps(hours, first, last), starts, seconds)
    if (due < 0).any():
        due = _reach(*_steps(hours, first, min(last + HORIZON, END - 1)), starts, seconds)
    if ((due < 0) | (due > starts + HORIZON)).any():
        raise HorizonError("the calendar is not open long enough within 400 days")
    return due


def elapsed_many(hours: Hours, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`hours.elapsed_seconds` for epoch seconds (int64), element by element."""
    a, b = np.broadcast_arrays(np.asarray(a, np.int64), np.asarray(b, np.int64))
    if not a.size:
        return np.empty(a.shape, np.int64)
    steps = _steps(hours, int(min(a.min(), b.min())), int(max(a.max(), b.max())))
    return _open_before(*steps, b) - _open_before(*steps, a)


def _refuse_unreachable(seconds: np.ndarray) -> None:
    if seconds.min() < 0:
        raise ValueError("seconds must not be negative")
    if seconds.max() > HORIZON:
        raise HorizonError("the calendar is not open long enough within 400 days")


def _steps(hours: Hours, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges and totals of the calendar's table, converted once as long as it stays the same."""
    table = hours.table(first, last)
    kept = _arrays.get(hours)
    if kept is None or kept[0] is not table:
        kept = _arrays[hours] = table, np.array(table.edges, np.int64), np.array(table.totals, np.int64)
    return kept[1:]


def _reach(edges: np.ndarray, totals: np.ndarray, starts: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Due instants, -1 where the table ends before."""
    target = _open_before(edges, totals, starts) + seconds
    edges = np.append(edges, -1)
    k = np.searchsorted(totals, target)
    known = np.minimum(k, totals.size - 1)
    due = np.where(k < totals.size, edges[known - 1] - (totals[known] - target), -1)
    return np.where(seconds == 0, starts, due)


def _open_before(edges: np.ndarray, totals: np.ndarray, t: np.ndarray) -> np.ndarray:
    if not edges.size:
        return np.zeros(t.shape, np.int64)
    k = np.searchsorted(edges, t, side="right")
    return totals[k] + (k & 1) * (t - edges[k - 1])
