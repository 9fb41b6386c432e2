"""JSON as it is kept and sent: whatever a client can send is read again as it was."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import jsons

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner),
)  # fmt: skip


@given(ANY)
def test_what_is_kept_is_read_as_it_was(value: object) -> None:
    """Halves of surrogate pairs and long numbers, too, as the standard library reads them."""
    assert jsons.read(jsons.kept(value)) == value
    assert jsons.read(json.dumps(value)) == value


@given(ANY)
def test_whatever_is_sent_is_json_in_utf_8(value: object) -> None:
    """Nothing fails to leave; but for lone surrogates it is the same value."""
    sent = json.loads(jsons.sent(value).decode("utf-8"))
    if "\\ud" not in json.dumps(value):
        assert sent == value


@pytest.mark.parametrize("value", [datetime.now(UTC), {1, 2}, object()])
def test_what_json_does_not_know_is_a_mistake_and_said(value: object) -> None:
    """A moment that got into facts without being packed must not be kept in a form that nobody reads back."""
    with pytest.raises(TypeError):
        jsons.kept({"at": value})


@pytest.mark.parametrize("text", ["", "{", "nul", b"\xff", "[1,]"])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    """As `ValueError`."""
    with pytest.raises(ValueError):  # noqa: PT011 (whatever the parser says)
        jsons.read(text)
