import fcntl
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.tools.checkouts import Checkout, fresh_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    with fresh_checkout(tmp_path / "a checkout") as fresh:
        yield fresh


def settings_of(printed: str) -> dict[str, str]:
    words = [shlex.split(line) for line in printed.splitlines()]
    assert all(word[0] == "export" for word in words)
    return dict(word[1].split("=", 1) for word in words)


def socket_folder(settings: dict[str, str]) -> Path:
    return Path(parse_qs(urlsplit(settings["DATABASE_URL"]).query)["host"][0])


def status_of(checkout: Checkout) -> str:
    settings = settings_of(checkout.run("bin/devdb", "env").stdout)
    data = socket_folder(settings).parent / "pgdata"
    if socket_folder(settings).name != "run":  # the sockets alone moved to a shorter path
        data = checkout.folder / ".local/db/pgdata"
    return "server is running" if (data / "postmaster.pid").exists() else "no server running"


def test_up_prints_the_settings_and_a_second_up_changes_nothing(checkout: Checkout) -> None:
    first = checkout.run("bin/devdb", "up")
    started = checkout.query("select pg_postmaster_start_time()")
    second = checkout.run("bin/devdb", "up")

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert started
    assert settings_of(first.stdout) == settings_of(second.stdout)
    assert checkout.query("select pg_postmaster_start_time()") == started


def test_the_servers_listen_on_sockets_only_their_owner_may_use(checkout: Checkout) -> None:
    settings = settings_of(checkout.run("bin/devdb", "up").stdout)

    redis = Path(unquote(urlsplit(settings["REDIS_URL"]).path))
    postgresql = socket_folder(settings) / ".s.PGSQL.5432"
    assert checkout.query("show listen_addresses") == ""
    assert stat.S_IMODE(redis.stat().st_mode) == stat.S_IMODE(postgresql.stat().st_mode) == 0o700


def test_the_database_has_postgis_and_knows_letters_beyond_ascii(checkout: Checkout) -> None:
    checkout.run("bin/devdb", "up")

    assert checkout.query("select lower('ÃÉ')") == "ãé"
    checkout.query("create extension postgis")
    assert checkout.query("select st_astext(st_point(1, 2))") == "POINT(1 2)"


def test_a_deep_checkout_gets_a_short_socket_path(tmp_path: Path) -> None:
    with fresh_checkout(tmp_path / ("deep" * 20) / ("deeper" * 20)) as checkout:
        up = checkout.run("bin/devdb", "up")

        assert up.returncode == 0, up.stderr
        # 104 bytes is the limit on macOS, its end mark included
        assert len(os.fsencode(socket_folder(settings_of(up.stdout)) / ".s.PGSQL.5432.lock")) < 104


def test_durable_is_one_switch_that_stays_until_it_is_turned_back(checkout: Checkout) -> None:
    checkout.run("bin/devdb", "up")
    assert checkout.query("show fsync") == "off"

    checkout.run("bin/devdb", "up", CARTEIRO_DURABLE="1")
    assert checkout.query("show fsync") == checkout.query("show full_page_writes") == "on"

    checkout.run("bin/devdb", "up")
    assert checkout.query("show fsync") == "on"

    checkout.run("bin/devdb", "up", CARTEIRO_DURABLE="0")
    assert checkout.query("show fsync") == "off"


def test_reset_forgets_the_data_and_down_keeps_it(checkout: Checkout) -> None:
    checkout.run("bin/devdb", "up")
    checkout.query("create table kept ()")
    assert checkout.run("bin/devdb", "down").returncode == 0
    checkout.run("bin/devdb", "up")
    assert checkout.query("select count(*) from kept") == "0"

    checkout.run("bin/devdb", "reset")
    checkout.run("bin/devdb", "up")
    assert checkout.query("select to_regclass('kept')") == ""


def test_down_and_reset_are_harmless_when_nothing_runs(checkout: Checkout) -> None:
    assert checkout.run("bin/devdb", "down").returncode == 0
    assert checkout.run("bin/devdb", "reset").returncode == 0
    assert checkout.run("bin/devdb", "down").returncode == 0


def test_databases_in_use_are_not_reset(checkout: Checkout) -> None:
    checkout.run("bin/devdb", "up")
    with (checkout.folder / ".local/db.users").open("w") as somebody:
        fcntl.flock(somebody, fcntl.LOCK_SH)
        refused = checkout.run("bin/devdb", "reset")

        assert refused.returncode == 1
        assert refused.stderr == (
            "bin/devdb: A test run, bin/dev or another command still works with these databases: stop it first.\n"
        )
        assert checkout.query("select 1") == "1"


def test_servers_stop_with_their_last_user_unless_they_were_started_by_hand(
    checkout: Checkout,
) -> None:
    # psql is a user; nobody has said up, so they stop when it ends
    assert checkout.query("create table passing_by ()") == "CREATE TABLE"
    assert "no server running" in status_of(checkout)

    checkout.run("bin/devdb", "up")
    assert checkout.query("select count(*) from passing_by") == "0"
    assert "server is running" in status_of(checkout)


def test_somebody_elses_folder_in_the_way_is_refused_with_a_sentence(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can put somebody else's folder there")
    with fresh_checkout(tmp_path / "checkout") as checkout:
        first = settings_of(checkout.run("bin/devdb", "up").stdout)
        checkout.run("bin/devdb", "reset")
        servers = socket_folder(first).parent
        servers.mkdir()
        os.chown(servers, 12345, 12345)

        refused = checkout.run("bin/devdb", "up")

        servers.rmdir()
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"bin/devdb: {servers} belongs to somebody else: remove it, then run this again."
    )
