"""The report in a browser: it is complete and makes no network requests."""

import json
import re

import pytest

from tests.browser import look_at

pytestmark = pytest.mark.slow


def test_the_report_is_whole(finished):
    seen = look_at(finished.folder / "reports/report.html")
    assert seen["errors"] == [] and seen["broken"] == []
    assert seen["images"] == 6  # two grids, three steps, the closest pairs
    assert [set(names) - {"iteration"} for names in seen["curves"]] == [
        {"d_loss_real", "d_loss_fake", "g_loss"},
        {"d_accuracy_real", "d_accuracy_fake"},
        {"diversity"},
    ]
    assert seen["steps"] == [["64"], ["0"]]
    metrics = json.loads(finished.read("reports/metrics.json"))
    for name in metrics:
        if not re.search(r"_control|class_share|_error|_spread|_sigma|parzen|samples|_test_", name):
            assert name in seen["text"]
    assert f"{metrics['fid']:,.4g}" in seen["text"]
    lock = finished.read("dvc.lock")
    digests = re.findall(r"\b[0-9a-f]{32}\b", seen["text"])
    assert len(digests) == 8  # seven files, and the classifier again beside the features
    assert sum(digest in lock for digest in digests) >= 4  # the others lie in folders


def test_it_fits_a_narrow_window(finished):
    seen = look_at(finished.folder / "reports/report.html", width=500)
    assert seen["page"] <= seen["width"]


def test_an_empty_page_is_noticed(tmp_path):
    """The other tests rely on the browser to report errors and missing pictures."""
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head></head><body><input id='step' type='range' max='1'><img alt='lost' "
        "src='nowhere.png'><script>nobody()</script></body></html>"
    )
    seen = look_at(page)
    assert seen["broken"] == ["lost"] and "nobody" in " ".join(filter(None, seen["errors"]))
