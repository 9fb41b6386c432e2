"""No mode sends telephone or identity numbers."""

import pytest

from storage.rules.privacy import masked


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("请致电13812345678。", "请致电***。"),
        ("电话 138-1234-5678", "电话 ***"),
        ("+86 138 1234 5678", "***"),
        ("办公室0429-5151234", "办公室***"),
        ("身份证211481199001011234", "身份证***"),
        ("身份证21148119900101123X", "身份证***"),
        ("第072号,2026年3月2日,115万元", "第072号,2026年3月2日,115万元"),
        ("催〔2026〕12号 13812345678901", "催〔2026〕12号 13812345678901"),
        ("20260302083000", "20260302083000"),
    ],
)
def test_numbers_of_people_are_hidden_and_others_stay(words: str, said: str) -> None:
    """A case's number, a date or an amount is no telephone number."""
    assert masked(words) == said
