"""Names and values of flattened documents."""

import json
from collections import Counter

import numpy as np
import pytest

from coverzoo.corpus import schema


def test_there_are_580_values_with_distinct_names():
    assert len(schema.values()) == len(set(schema.names())) == 580


def test_sections_are_in_document_order():
    sections = [name.split(".")[0] for name in schema.names()]

    assert list(Counter(sections).items()) == [("lowlevel", 446), ("rhythm", 87), ("tonal", 47)]


@pytest.mark.parametrize(
    ("index", "name"),
    [
        (0, "lowlevel.average_loudness"),
        (1, "lowlevel.barkbands.dmean.mean"),
        (2, "lowlevel.barkbands.dmean.std"),
        (579, "tonal.tuning_nontempered_energy_ratio"),
    ],
)
def test_known_names_have_their_index(index, name):
    assert schema.names()[index] == name


def test_scales_have_the_range_of_real_music():
    orders = [value.order for value in schema.values() if value.order is not None]

    assert min(orders) < -15
    assert max(orders) > 12
    assert all(0 <= value.zeros <= 1 and value.spread >= 0 for value in schema.values())


def test_flatten_returns_numbers_lists_and_statistics_but_no_strings():
    document = {
        "metadata": {"tags": {"ignored": 1}},
        "tonal": {"key_key": "D", "thpcp": [1, 3]},
        "rhythm": {"bpm": 120},
        "lowlevel": {
            "hfc": {"mean": 2.5, "var": 0.5},
            "mfcc": {"cov": [[1, 2], [3, 6]], "mean": [4.0, 4.0]},
        },
    }

    assert schema.flatten(document) == {
        "lowlevel.hfc.mean": 2.5,
        "lowlevel.hfc.var": 0.5,
        "lowlevel.mfcc.cov.mean": 3.0,
        "lowlevel.mfcc.cov.std": pytest.approx(np.sqrt(3.5)),
        "lowlevel.mfcc.mean.mean": 4.0,
        "lowlevel.mfcc.mean.std": 0.0,
        "rhythm.bpm": 120.0,
        "tonal.thpcp.mean": 2.0,
        "tonal.thpcp.std": 1.0,
    }
    assert list(schema.flatten(document))[-1] == "tonal.thpcp.std"


def test_flatten_ignores_other_content():
    ignored = [None, True, "3", [], ["3", "4"], [1, None], [[1, 2], [3]], [{}], {"mean": {}}]
    descriptors = {f"ignored{number}": content for number, content in enumerate(ignored)}
    document = {"lowlevel": descriptors, "rhythm": {"bpm": 3}, "tonal": descriptors}

    assert schema.flatten(document) == {"rhythm.bpm": 3.0}


def reverse(content):
    if not isinstance(content, dict):
        return content
    return {key: reverse(content[key]) for key in reversed(content)}


def test_values_are_selected_by_name_alone(document):
    expected = np.arange(1, 581, dtype=np.float32)

    assert schema.vector(document).dtype == np.float32
    np.testing.assert_array_equal(schema.vector(document), expected)
    np.testing.assert_array_equal(schema.vector(reverse(document)), expected)
    document["lowlevel"]["hfc"]["stdev"] = float("nan")
    document["rhythm"] = {"bpm_histogram": [None], **document["rhythm"]}
    document["highlevel"] = None
    np.testing.assert_array_equal(schema.vector(document), expected)


@pytest.mark.parametrize("section", schema.SECTIONS)
@pytest.mark.parametrize("content", [None, 3, "text", []])
def test_a_missing_section_is_named(document, section, content):
    with pytest.raises(ValueError, match=f"no section '{section}'"):
        schema.vector({**document, section: content})


@pytest.mark.parametrize("value", [None, "3.5", True, [], {}, [1, 2]])
def test_a_value_that_is_not_a_number_is_named(document, value):
    document["lowlevel"]["hfc"]["dvar"] = value
    with pytest.raises(ValueError, match=r"^no number for lowlevel\.hfc\.dvar$"):
        schema.vector(document)


@pytest.mark.parametrize("value", [None, 3.5, "text", [], [[1, 2], [3]], {"max": 1}])
def test_a_value_that_is_not_a_list_is_named_with_the_number_of_others(document, value):
    document["tonal"]["thpcp"] = value
    named = r"^no number for tonal\.thpcp\.mean and 1 more$"
    with pytest.raises(ValueError, match=named):
        schema.vector(document)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "nan, not a finite number"),
        (float("-inf"), "-inf, not a finite number"),
        (1e39, r"1e\+39, beyond float32"),
    ],
)
def test_a_value_that_is_not_finite_is_named(document, value, reason):
    document["rhythm"]["bpm"] = value
    with pytest.raises(ValueError, match=rf"^rhythm\.bpm is {reason}$"):
        schema.vector(document)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.7e308])
def test_a_list_that_is_not_finite_is_named(document, value):
    document["tonal"]["thpcp"] = [value, value, 1.0]
    with pytest.raises(ValueError, match=r"^tonal\.thpcp\.mean is (nan|inf), not a finite number$"):
        schema.vector(document)


def test_real_documents_have_the_580_values_in_order(real_data):
    paths = sorted((real_data / "acousticbrainz").glob("*.json"))

    assert len(paths) == 2
    for path in paths:
        document = json.loads(path.read_text(encoding="utf-8"))
        flat = schema.flatten(document)
        assert tuple(flat) == schema.names()
        np.testing.assert_array_equal(
            schema.vector(document), np.array(list(flat.values()), np.float32)
        )
