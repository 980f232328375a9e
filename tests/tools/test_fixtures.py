"""The fixtures that browser tests stand on."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from common.accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_server_sees_what_the_test_wrote_and_the_test_what_the_server_wrote(
    page: "Page", live_server_url: str
) -> None:
    User.objects.create_superuser("ada@example.com", "a long password", name="Ada")

    page.goto(f"{live_server_url}/admin/")
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
    assert User.objects.get(email="ada@example.com").last_login is not None


def test_the_next_test_finds_an_empty_database_on_the_same_server(
    page: "Page", live_server_url: str
) -> None:
    answer = page.goto(f"{live_server_url}/healthz")

    assert answer is not None
    assert answer.json() == {"status": "ok"}
    assert not User.objects.exists()
