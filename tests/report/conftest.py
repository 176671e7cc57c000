"""Fixtures of the report page's tests; REPORT_FILE names the page, without it one is made."""

import pathlib
import sys

import pytest

# The browser is that of the status page's tests.
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "page"))

from report_page import Report, ReportPage, looked_at  # noqa: E402


@pytest.fixture(scope="session")
def text():
    """The page, as a text."""
    return looked_at()


@pytest.fixture(scope="session")
def report(text):
    """What is embedded in the page."""
    return Report.embedded_in(text)


@pytest.fixture
def any_page(tmp_path):
    """A browser that errors are expected in; what never must happen does not."""
    page = ReportPage(tmp_path)
    yield page
    assert page.requests() == [], "something was asked for"
    assert page.events("Page.javascriptDialogOpening") == [], "a dialog opened"
    page.driver.quit()


@pytest.fixture
def page(any_page):
    """A browser that logs no error and no violation of the content security policy."""
    yield any_page
    assert any_page.errors() == []


@pytest.fixture
def opened(page, text):
    """The page that is looked at, open."""
    page.look_at(text)
    return page
