"""Playwright's event loop must not be seen by the tests that come after a browser test."""

from textwrap import dedent

import pytest

from tests.servers import ROOT

pytest_plugins = ["pytester"]


def test_an_asyncio_test_may_follow_a_browser_test(pytester: pytest.Pytester) -> None:
    # The hook that puts browser tests last is left out, and so is the plugin that shuffles: the order is the file's.
    pytester.makeconftest(
        dedent(
            f"""
            import sys
            sys.path.insert(0, {str(ROOT)!r})
            from tests.browser import browser_type_launch_args
            from tests.browser import pytest_runtest_call, pytest_runtest_setup, pytest_runtest_teardown
            """
        )
    )
    pytester.makeini("[pytest]\nmarkers = browser\nasyncio_mode = auto\n")
    pytester.makepyfile(
        dedent(
            """
            import asyncio, os
            import pytest

            @pytest.mark.browser
            def test_1_with_a_browser(page):
                page.set_content("<p>here</p>")
                assert page.inner_text("p") == "here"
                assert os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] == "1"

            async def test_2_with_asyncio():
                await asyncio.sleep(0)
                assert "DJANGO_ALLOW_ASYNC_UNSAFE" not in os.environ

            def test_3_without_a_loop():
                with pytest.raises(RuntimeError):
                    asyncio.get_running_loop()

            @pytest.mark.browser
            def test_4_with_a_browser_again(page):
                page.set_content("<p>again</p>")
                assert page.inner_text("p") == "again"
            """
        )
    )
    ran = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:django", "-q")

    ran.assert_outcomes(passed=4)
