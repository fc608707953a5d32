"""A directory's people through adds, renames, moves, disabling, an outage and an empty answer."""

from directory import Member

from engine.store import Store


def test_people_become_users_in_one_commit_that_counts(company):
    done = company.run()
    assert done.exit_code == 0, done.output
    assert company.git("log", "--format=%s|%an|%ae", "-1") == (
        "Import 12 users from corp: 12 new|ldap/corp|import@example.test"
    )
    trailers = company.git("log", "--format=%(trailers)", "-1")
    assert trailers.splitlines() == ["Dialtree-By: import ldap/corp", "Dialtree-New: 12"]
    assert "no node runs here" in done.output
    assert company.text.startswith("version: 1\n# The main office\n")
    assert '  lobby: {name: Lobby, extension: "100"}   # at the door\n' in company.text
    assert company.git("status", "--porcelain") == ""


def test_nothing_to_change_is_no_commit(company):
    company.run()
    before = company.git("rev-parse", "HEAD")
    done = company.run()
    assert (done.exit_code, done.stdout) == (0, "ldap/corp: nothing to change\n")
    assert company.git("rev-parse", "HEAD") == before


def test_a_dry_run_shows_everything_and_does_nothing(company):
    before = company.git("rev-parse", "HEAD")
    found = company.json("--dry-run")
    assert found["outcome"] == "planned"
    assert found["counts"] == {"new": 12}
    assert "+  u00:" in found["difference"]
    assert found["said"] == ["Import 12 users from corp: 12 new"]
    assert company.git("rev-parse", "HEAD") == before
    assert company.git("status", "--porcelain") == ""


def test_renaming_moving_and_disabling_are_one_change_each(company):
    company.run()
    renamed, moved, disabled = company.team[:3]
    company.slapd.replace(renamed, sAMAccountName="new.name")
    company.slapd.move(moved, f"cn={moved.login}", "ou=sales,ou=people,dc=corp,dc=test")
    company.slapd.replace(disabled, userAccountControl="514")
    company.slapd.add(Member("u99", "Hired", "Today"))
    found = company.json()
    assert found["counts"] == {"new": 1, "changed": 1, "disabled": 1}
    assert company.git("log", "--format=%s", "-1") == (
        "Import 3 users from corp: 1 new, 1 changed, 1 disabled"
    )
    assert "aliases: [new.name]" in company.text
    company.slapd.replace(disabled, userAccountControl="512")
    assert company.json()["counts"] == {"enabled": 1}


def test_an_outage_changes_nothing_and_says_so(company):
    company.run()
    before = company.git("rev-parse", "HEAD")
    company.slapd.stop()
    done = company.run()
    assert done.exit_code == 1
    assert "directory corp:" in done.output
    assert "Traceback" not in done.output
    assert company.git("rev-parse", "HEAD") == before


def test_an_empty_answer_stops_at_the_safety_limit(company):
    company.run()
    company.slapd.delete(*company.team)
    done = company.run()
    assert done.exit_code == 3
    assert "ldap/corp has nobody any more, and had 12 users" in done.output
    assert company.git("rev-list", "--count", "HEAD") == "2"
    store = Store(company.state / "store.sqlite")
    assert store.imports.missing("ldap/corp") == {}
    store.close()
    assert company.run("--force").exit_code == 0


def test_who_leaves_is_remembered_from_run_to_run(company):
    company.run()
    company.save(company.text + "    missing: {disable_after: 1s}\n", "Be quick")
    gone = company.team[0]
    company.slapd.delete(gone)
    assert company.json()["outcome"] == "nothing"
    store = Store(company.state / "store.sqlite")
    ((source_id, (since, forced)),) = store.imports.missing("ldap/corp").items()
    assert (source_id, forced) == (gone.source_id, False)
    row = {source_id: (since - 2.0, False)}
    store.imports.save("ldap/corp", {}, row, {}, since)
    store.close()
    assert company.json()["counts"] == {"disabled": 1}


def test_deletions_are_weighed_by_what_the_node_would_delete(company):
    company.run()
    limit = company.text.replace("region: US}", "region: US, safety: {max_delete: 0}}")
    company.save(limit + "    missing: {disable_after: off, delete_after: 0s}\n", "Strict")
    company.slapd.delete(company.team[0])
    found = company.json()
    assert (found["outcome"], company.run().exit_code) == ("unsafe", 3)
    assert "system.safety.max_delete" in found["unsafe"][0]
    assert company.json("--force")["counts"] == {"deleted": 1}


def test_a_persons_value_is_warned_about_and_kept(company):
    company.run()
    company.save(company.text.replace("u03@corp.test", "boss@corp.test"), "Her own address")
    found = company.json()
    assert found["outcome"] == "nothing"
    (warning,) = found["warnings"]
    assert warning["code"] == "PBX1843"
    assert warning["file"] == "pbx.yaml"
    found = company.json("--take", "users/u03/email")
    assert found["counts"] == {"changed": 1}


def test_a_remote_repository_is_written_to(company, tmp_path):
    bare = tmp_path / "pbx.git"
    company.git("clone", "--quiet", "--bare", str(company.directory), str(bare))
    done = company.run("corp", "--remote", str(bare))
    assert done.exit_code == 0, done.output
    assert "12 new" in company.git(f"--git-dir={bare}", "log", "--format=%s", "-1", "main")


def test_an_unknown_directory_is_said(company):
    done = company.run("copr")
    assert done.exit_code == 1
    assert 'there is no directory "copr": did you mean "corp"?' in done.output


def test_a_commit_that_was_taken_back_does_not_run_again_by_an_import(company) -> None:
    company.state.mkdir(parents=True, exist_ok=True)
    store, head = Store(company.state / "store.sqlite"), company.git("rev-parse", "HEAD")
    store.finish(store.begin(head, "Break it", "Ann"), "unhealthy", "no registration is left")
    done = company.run()
    assert done.exit_code == 1
    assert f"nothing is built on {head[:10]}, which ran and was taken back" in done.stderr
    assert company.git("rev-parse", "HEAD") == head
    assert company.run("--force").exit_code == 0
    assert company.git("rev-parse", "HEAD~1") == head
    store.close()
