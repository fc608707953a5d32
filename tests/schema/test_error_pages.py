"""Catalogue, bad trees and pages stay together: each code is produced where it should be."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from schema.diagnostics import CATALOGUE, render

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "bad"

PLACES = {
    "PBX1001": "pbx.yaml:5:45", "PBX1002": "pbx.yaml:5:1", "PBX1003": "pbx.yaml:5:14",
    "PBX1004": "pbx.yaml:7:4", "PBX1005": "pbx.yaml:7:3", "PBX1006": "pbx.yaml",
    "PBX1007": "pbx.yaml:4:1", "PBX1008": "sites/hq.yaml:1:1", "PBX1009": "pbx.yaml:5:3",
    "PBX1010": "pbx.yaml:7:43", "PBX1011": "pbx.yaml:6:15", "PBX1012": "pbx.yaml:9:52",
    "PBX1013": "pbx.yaml:7:43", "PBX1014": "sites/cafe.yaml:2:17", "PBX1015": "sites/hq.yaml:2:18",
    "PBX1016": "users/export.yaml", "PBX1017": "pbx.yaml:5:85", "PBX1018": "users/sales.yaml",
    "PBX1019": "users/sales.yaml", "PBX1020": "pbx.yaml", "PBX1021": "pbx.yaml:1:10",
    "PBX1022": "pbx.yaml:4:1", "PBX1023": "user/sales.yaml", "PBX1024": "pbx.yaml:5:12",
    "PBX1101": "pbx.yaml:8:30", "PBX1102": "pbx.yaml:8:3", "PBX1103": "pbx.yaml:3:49",
    "PBX1104": "pbx.yaml:8:41", "PBX1105": "pbx.yaml:5:42", "PBX1106": "pbx.yaml:3:59",
    "PBX1107": "pbx.yaml:8:53", "PBX1108": "pbx.yaml:8:77", "PBX1109": "pbx.yaml:8:3",
    "PBX1110": "pbx.yaml:8:55", "PBX1111": "pbx.yaml:5:3", "PBX1112": "pbx.yaml:10:64",
    "PBX1113": "pbx.yaml:10:3", "PBX1114": "pbx.yaml:10:3", "PBX1115": "pbx.yaml:2:18",
    "PBX1116": "pbx.yaml:5:18", "PBX1117": "pbx.yaml:2:40",
    "PBX1118": "pbx.yaml:4:21",
    "PBX1201": "users/support.yaml:3:3", "PBX1202": "pbx.yaml:10:49",
    "PBX1203": "users/sales.yaml:4:16", "PBX1204": "pbx.yaml:8:53", "PBX1205": "pbx.yaml:9:3",
    "PBX1206": "pbx.yaml:8:57", "PBX1207": "pbx.yaml:8:54", "PBX1208": "pbx.yaml:7:44",
    "PBX1209": "pbx.yaml:7:68", "PBX1210": "pbx.yaml:8:25", "PBX1211": "pbx.yaml:10:27",
    "PBX1212": "pbx.yaml:12:3", "PBX1213": "pbx.yaml:8:63", "PBX1214": "pbx.yaml:11:70",
    "PBX1215": "pbx.yaml:8:3", "PBX1216": "pbx.yaml:5:3", "PBX1217": "pbx.yaml:10:71",
    "PBX1218": "pbx.yaml:10:3", "PBX1219": "pbx.yaml:9:55", "PBX1220": "pbx.yaml:10:56",
    "PBX1221": "pbx.yaml:12:53",
    "PBX1301": "pbx.yaml:7:26", "PBX1302": "pbx.yaml:7:12", "PBX1303": "pbx.yaml:7:42",
    "PBX1304": "pbx.yaml:8:26", "PBX1305": "pbx.yaml:8:12", "PBX1306": "pbx.yaml:5:12",
    "PBX1307": "pbx.yaml:7:12", "PBX1308": "pbx.yaml:9:27", "PBX1309": "pbx.yaml:9:3",
    "PBX1310": "pbx.yaml:7:39", "PBX1311": "pbx.yaml:7:75", "PBX1312": "pbx.yaml:8:41",
    "PBX1313": "pbx.yaml:7:43", "PBX1314": "pbx.yaml:9:69", "PBX1315": "pbx.yaml:10:40",
    "PBX1316": "pbx.yaml:10:49", "PBX1317": "pbx.yaml:9:75", "PBX1318": "pbx.yaml:10:66",
    "PBX1320": "pbx.yaml:9:51", "PBX1321": "pbx.yaml:9:38", "PBX1322": "pbx.yaml:9:46",
    "PBX1350": "pbx.yaml:9:70", "PBX1351": "pbx.yaml:9:87", "PBX1352": "pbx.yaml:6:55",
    "PBX1353": "pbx.yaml:2:53", "PBX1354": "pbx.yaml:2:59", "PBX1355": "pbx.yaml:6:57",
    "PBX1401": "pbx.yaml", "PBX1402": "pbx.yaml:3:9", "PBX1403": "pbx.yaml:5:47",
    "PBX1404": "pbx.yaml:3:25", "PBX1405": "pbx.yaml:3:41", "PBX1406": "pbx.yaml:3:43",
    "PBX1407": "pbx.yaml:5:30", "PBX1408": "pbx.yaml:6:21", "PBX1409": "pbx.yaml:5:19",
    "PBX1410": "pbx.yaml:5:19", "PBX1411": "pbx.yaml:3:47",
    "PBX1412": "pbx.yaml:5:40", "PBX1413": "pbx.yaml:4:42", "PBX1414": "pbx.yaml:4:3",
    "PBX1415": "pbx.yaml:11:3", "PBX1416": "pbx.yaml:4:26", "PBX1417": "pbx.yaml:4:55",
    "PBX1418": "pbx.yaml:5:69", "PBX1419": "pbx.yaml:5:35", "PBX1420": "pbx.yaml:10:22",
    "PBX1430": "pbx.yaml:4:53", "PBX1431": "pbx.yaml:3:59",
    "PBX1440": "pbx.yaml:3:57", "PBX1441": "pbx.yaml:3:58",
    "PBX1501": "pbx.yaml:11:55", "PBX1502": "pbx.yaml:11:63", "PBX1503": "pbx.yaml:2:53",
    "PBX1504": "devices/acme/model.yaml:12:1", "PBX1505": "pbx.yaml:13:14",
    "PBX1506": "pbx.yaml:13:14", "PBX1507": "pbx.yaml:13:13", "PBX1508": "pbx.yaml:13:17",
    "PBX1509": "pbx.yaml:13:15", "PBX1510": "pbx.yaml:13:23",
    "PBX1530": "pbx.yaml:10:21", "PBX1531": "phonebooks/customers.csv",
    "PBX1532": "phonebooks/customers.csv:2:1", "PBX1533": "phonebooks/customers.vcf:2:1",
    "PBX1534": "pbx.yaml:10:51", "PBX1535": "phonebooks/customers.csv:3:1",
    "PBX1536": "phonebooks/customers.csv:4:1", "PBX1537": "pbx.yaml:10:3",
    "PBX1540": "pbx.yaml:9:14", "PBX1541": "pbx.yaml:11:23", "PBX1542": "pbx.yaml:10:12",
    "PBX1543": "pbx.yaml:11:41",
    "PBX1601": "pbx.yaml:8:47", "PBX1602": "pbx.yaml:10:59", "PBX1603": "pbx.yaml:9:47",
    "PBX1604": "pbx.yaml:18:55", "PBX1605": "pbx.yaml:11:47", "PBX1606": "pbx.yaml:6:79",
    "PBX1607": "pbx.yaml:6:47", "PBX1608": "pbx.yaml:5:47", "PBX1609": "pbx.yaml:12:13",
    "PBX1610": "pbx.yaml:5:40",
    "PBX1611": "pbx.yaml:9:47", "PBX1612": "pbx.yaml:6:57", "PBX1699": "pbx.yaml:8:47",
    "PBX1701": "tests/office.yaml:1:1", "PBX1702": "tests/office.yaml:1:49",
    "PBX1703": "tests/office.yaml:1:39", "PBX1704": "tests/office.yaml:1:25",
    "PBX1705": "tests/office.yaml:2:3", "PBX1706": "tests/office.yaml:1:63",
    "PBX1707": "pbx.yaml:11:12",
    "PBX1800": "pbx.yaml:5:48", "PBX1801": "pbx.yaml:8:13", "PBX1802": "pbx.yaml:5:57",
    "PBX1803": "pbx.yaml:8:24", "PBX1804": "pbx.yaml:8:26", "PBX1805": "pbx.yaml:8:11",
    "PBX1806": "pbx.yaml:6:15", "PBX1807": "pbx.yaml:8:17", "PBX1808": "pbx.yaml:8:11",
    "PBX1810": "ldap/corp", "PBX1811": "ldap/corp", "PBX1812": "ldap/corp",
    "PBX1813": "ldap/corp", "PBX1814": "ldap/corp", "PBX1815": "ldap/corp",
    "PBX1816": "ldap/corp",
    "PBX1820": "people.csv:1:1", "PBX1821": "people.csv:2:7", "PBX1822": "people.csv:2:7",
    "PBX1823": "people.csv:1:1", "PBX1824": "people.csv:1:11", "PBX1825": "people.csv:2:20",
    "PBX1826": "people.csv:2:1", "PBX1827": "people.csv:3:8", "PBX1828": "people.csv:2:37",
    "PBX1829": "people.csv:3:7", "PBX1830": "people.csv:3:15", "PBX1831": "people.csv:2:1",
    "PBX1832": "people.csv:1:11", "PBX1833": "people.csv:1:11", "PBX1834": "people.csv:2:19",
    "PBX1840": "pbx.yaml:8:60", "PBX1841": "pbx.yaml:8:3", "PBX1842": "pbx.yaml:8:3",
    "PBX1843": "pbx.yaml:8:41", "PBX1844": "ldap/corp", "PBX1845": "ldap/corp",
    "PBX1846": "pbx.yaml:8:3", "PBX1847": "csv/people", "PBX1848": "pbx.yaml:8:3",
    "PBX1850": "pbx.yaml:9:17", "PBX1851": "pbx.yaml:6:21", "PBX1852": "pbx.yaml:6:21",
    "PBX1853": "pbx.yaml:6:21", "PBX1854": "pbx.yaml:5:18", "PBX1855": "pbx.yaml:7:26",
    "PBX1870": "pbx.yaml:4:35",
    "PBX1890": "pbx.yaml:4:13", "PBX1891": "pbx.yaml:7:10", "PBX1892": "pbx.yaml:4:11",
}  # fmt: skip
"""Where each bad tree is wrong, counted by hand in the file."""
TOGETHER = {"PBX1212": {"PBX1114"}, "PBX1847": {"PBX1842"}}
"""Codes that another one cannot come without."""


def load_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("error_pages", ROOT / "docs" / "error_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["error_pages"] = module
    spec.loader.exec_module(module)
    return module


error_pages = load_pages()


def test_there_are_at_least_thirty_codes() -> None:
    assert len(CATALOGUE) >= 30


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_bad_tree_produces_its_code_and_no_other(code: str, tmp_path: Path) -> None:
    found = error_pages.diagnostics_of(error_pages.tree_of(code, tmp_path))
    (wanted,) = (diagnostic for diagnostic in found if diagnostic.code == code)
    assert wanted.place == PLACES[code]
    assert {diagnostic.code for diagnostic in found} == {code} | TOGETHER.get(code, set())


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_page_quotes_what_its_tree_prints(code: str, tmp_path: Path) -> None:
    tree = error_pages.tree_of(code, tmp_path)
    page = (ROOT / "docs" / "errors" / f"{code}.md").read_text()
    assert render(error_pages.diagnostics_of(tree), "text") in page
    assert CATALOGUE[code].meaning in page
    assert CATALOGUE[code].fix in page
    for file in tree.rglob("*.[ycvl]*") if code not in error_pages.MADE else ():
        assert file.read_text().rstrip() in page


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_message_helps(code: str, tmp_path: Path) -> None:
    for diagnostic in error_pages.diagnostics_of(error_pages.tree_of(code, tmp_path)):
        assert diagnostic.hint or code in ("PBX1106",)


def test_pages_index_and_trees_are_those_of_the_catalogue() -> None:
    pages = {path.name for path in (ROOT / "docs" / "errors").iterdir()}
    assert pages == {f"{code}.md" for code in CATALOGUE} | {"README.md"}
    assert (ROOT / "docs" / "errors" / "README.md").read_text() == error_pages.index()
    trees = {path.name for path in FIXTURES.iterdir()}
    kept = {code for code in CATALOGUE if code not in error_pages.MADE}
    assert trees == {f"{code}-{CATALOGUE[code].slug}" for code in kept}


def test_codes_keep_to_their_group_and_are_in_order() -> None:
    assert list(CATALOGUE) == sorted(CATALOGUE)
    assert len({entry.slug for entry in CATALOGUE.values()}) == len(CATALOGUE)
