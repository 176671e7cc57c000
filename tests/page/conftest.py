"""Fixtures of the status page's tests; PAGE_URL names the daemon that they look at."""

import pytest

import browser


def pytest_configure():
    if not browser.URL:
        pytest.exit("PAGE_URL names no daemon: set it to the address of one, for example http://127.0.0.1:8473", 2)


@pytest.fixture
def any_page():
    """A page of which errors are expected."""
    page = browser.Page()
    yield page
    page.driver.quit()


@pytest.fixture
def page(any_page):
    """A page that logs no error and no violation of its content security policy."""
    yield any_page
    assert any_page.errors() == []


@pytest.fixture
def widened():
    """An account that allows or trusts more than wanted."""
    lines = browser.api("/accounts", effect="widens", limit=1)["items"]
    assert lines, "the organization has no account that is widened: these tests need one"
    return browser.api(f"/accounts/{lines[0]['id']}")
