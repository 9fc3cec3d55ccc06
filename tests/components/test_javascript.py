"""The views' modules in a real browser, on numbers and text; each test("...") of js/*.test.js is a test here."""

import mimetypes
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath

import pytest
from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "tests" / "components" / "js").glob("*.test.js"))
SITE = "http://attnviz.test"
RUN = """async (files) => {
  const { run } = await import("/tests/components/js/testing.js");
  for (const file of files) await import(file);
  return run();
}"""


def named(path: Path) -> list[str]:
    """The names of the tests in a file; one in a loop has its place filled in by the browser."""
    return re.findall(r"^\s*test\(\s*[\"`](.*?)[\"`],", path.read_text(encoding="utf-8"), re.MULTILINE)


NAMES = [(path.name, name) for path in FILES for name in named(path)]


def found(page: Page, files: list[Path], changed: Mapping[str, str]) -> dict[str, str | None]:
    """Run the tests of files and return what went wrong with each, or None; ``changed`` replaces files."""

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(f"{SITE}/")
        path = ROOT / name
        text = changed.get(name) or (path.read_text(encoding="utf-8") if path.is_file() else "<!doctype html>")
        kind = mimetypes.types_map.get(path.suffix, "text/html").replace("application/javascript", "text/javascript")
        route.fulfill(body=text, content_type=f"{kind}; charset=utf-8")

    page.route(f"{SITE}/**", answer)
    page.goto(f"{SITE}/")
    return dict(page.evaluate(RUN, [f"/{path.relative_to(ROOT).as_posix()}" for path in files]))


@pytest.fixture(scope="module")
def results(browser: Browser) -> Iterator[dict[str, str | None]]:
    page = browser.new_page()
    yield found(page, FILES, {})
    page.close()


@pytest.mark.parametrize(("file", "name"), NAMES, ids=[f"{file}: {name}" for file, name in NAMES])
def test_holds(results: dict[str, str | None], file: str, name: str) -> None:
    pattern = re.compile(re.sub(r"\\\$\\\{.*?\\\}", ".*", re.escape(name)))
    own = {test: fault for test, fault in results.items() if pattern.fullmatch(test)}
    assert own, "the browser did not run it"
    assert not any(own.values()), "\n".join(fault for fault in own.values() if fault)


def test_every_test_of_the_browser_is_one_here(results: dict[str, str | None]) -> None:
    assert len(NAMES) >= 60
    assert len(set(NAMES)) == len(NAMES)
    loops = sum("${" in name for _, name in NAMES)
    assert len(results) >= len(NAMES)
    assert sum(any(name == test for _, name in NAMES) for test in results) == len(NAMES) - loops


# Faults that the tests must notice: file below attnviz/components, what stands there, what would be wrong, tests.
MUTANTS = [
    ("steps/product.js", "product: a * b", "product: -a * b", "steps"),  # a term inverted
    ("steps/product.js", "right.at(term, cell.column)", "right.at(cell.column, term)", "steps"),  # rows and columns
    ("steps/product.js", "head * dV, (head + 1) * dV", "head * dV + 1, (head + 1) * dV + 1", "steps"),  # next head's
    ("steps/product.js", "- shown.reduce", "+ shown.reduce", "steps"),  # the rest of a sum
    ("steps/softmax.js", "Math.exp(score - max), 0", "Math.exp(score), 0", "steps"),  # a lost maximum
    ("steps/softmax.js", "(a, b) => Math.max(a, b), -Infinity", "(a, b) => Math.min(a, b), Infinity", "steps"),
    ("steps/norm.js", "/ Math.sqrt(variance + eps)", "/ (variance + eps)", "steps"),
    ("steps/norm.js", "if (!rms) for", "for", "steps"),  # a mean taken away that stays
    ("steps/rotate.js", "(pair.isFirst ? -1 : 1)", "(pair.isFirst ? 1 : -1)", "steps"),  # turned the other way
    ("steps/rotate.js", "at < angles ? angles : -angles", "angles", "steps"),  # a partner lost
    ("steps/softmax.js", "all.push(sink)", "all.push()", "steps"),  # a sink forgotten
    ("steps/ledger.js", "[`÷ √${dK}`, Math.sqrt(dK)", "[`÷ √${dK}`, dK", "steps"),  # scaled by d_k
    ("steps/ledger.js", "allowed ? texts.may_look", "!allowed ? texts.may_look", "steps"),  # a mask inverted
    ("steps/story.js", "> value) rank", ">= value) rank", "steps"),  # a wrong rank
    ("steps/matrix.js", "values[row * columns + column]", "values[column * rows + row]", "steps"),  # transposed
    ("steps/cell.js", "[rowAxis]: row + 1", "[rowAxis]: row", "steps"),  # off by one
    ("steps/what_if.js", "memory.drawing.choice ?? data.drawn", "data.drawn", "steps"),  # a click lost
    ("equation/how.js", "Math.exp(score - largest)", "Math.exp(score)", "equation"),  # a lost maximum
    ("equation/how.js", "column) / how.temperature", "column) * how.temperature", "equation"),
    ("equation/how.js", "index / columns)", "index / rows)", "equation"),
    ("equation/how.js", "(sum, part) => sum + part.worth", "(sum, part) => sum + part.size", "equation"),  # signs
    ("equation/how.js", "value < 0 ? `(", "value > 0 ? `(", "equation"),  # brackets
    ("heads/state.js", "!data.arrays.mask.data[row", "data.arrays.mask.data[row", "heads"),
    ("heads/state.js", "transposed ? { row: j, column: i }", "transposed ? { row: i, column: j }", "heads"),
    ("heads/state.js", "(layer - first) * heads + head", "layer * heads + head", "heads"),  # another head's picture
    ("heads/state.js", "if (!sameHead(memory.chosen, sentPlace(data))) return null;", "", "heads"),  # another's numbers
    ("heads/state.js", "head: head + 1, query", "head, query", "heads"),  # off by one
    ("heads/cut.js", "back ? rest : [...rest, ...names]", "[...rest, ...names]", "heads"),  # never put back
    ("heads/cut.js", "if (memory.out && memory.out.join", "if (false && memory.out.join", "heads"),  # no undo
    ("heads/cut.js", "layer + 1}-${head + 1}", "layer}-${head + 1}", "heads"),  # another layer's head
    ("heads/heads.js", "if (best === column)", "if (best !== column)", "heads"),  # the chosen pair said twice
    ("heads/search.js", "b.weight - a.weight", "a.weight - b.weight", "heads"),  # weakest first
    ("heads/search.js", "/ data.levels) * limit", "/ data.levels)", "heads"),  # a limit forgotten
    ("heads/files.js", "isMasked(data, row, column)", "false", "heads"),  # a mask dropped from the drawing
    ("heads/files.js", "colourOf(theme.weightRamp, weight, limit)", "colourOf(theme.weightRamp, weight, 1)", "heads"),
    ("heads/files.js", '.replaceAll(\'"\', \'""\')', "", "heads"),  # a quotation mark ends the cell
    ("heads/files.js", "`'${text}`", "text", "heads"),  # a word becomes a formula
    ("lines/state.js", "new Set([memory.head])", "new Set([0])", "lines"),
    ("lines/bet.js", "column === strongest", "column !== strongest", "lines"),  # who was right is told to be wrong
    ("lines/bet.js", "|| !isOption(view, column)", "", "lines"),  # any word is an answer
    ("lines/bet.js", "memory.ahead?.name !== data.bet.name", "!memory.ahead", "lines"),  # another sentence's word
    ("lines/figure.js", "asking && !isRow ? index === firstOption(view) : index", "index", "lines"),  # keys know it
    ("headline/bet.js", "first !== second", "first === second", "bet"),  # it flips where it does not
    ("headline/bet.js", "before === after ?", "before !== after ?", "bet"),
    ("headline/bet.js", "second > first ? 1 : 0", "second > first ? 0 : 1", "bet"),
    ("headline/bet.js", "Math.ceil(mostTurned * 1000)", "Math.floor(mostTurned * 1000)", "bet"),  # more than "at most"
    ("lines/twin.js", "(1 - share) * weight + share", "share * weight + (1 - share)", "lines"),
    ("lines/copy.js", "memory.shown.layer + 1, heads: on", "memory.shown.layer, heads: on", "lines"),
    ("lines/follow.js", "drawn.at(-1)", "drawn[0]", "lines"),  # the faintest line is told
    ("lines/state.js", "* nRows + row", "* nColumns + row + 1", "lines"),  # the next word's row
    ("lines/follow.js", "Math.min(1, weight)", "Math.sqrt(weight)", "lines"),  # opacity is the weight
    ("lines/state.js", "return 1 - rowOf", "return 1 + rowOf", "lines"),
    ("../standalone/coded.js", "coarse[start + i] * each", "coarse[start + i]", "standalone"),
    ("../standalone/coded.js", "(step + 0.5)", "step", "standalone"),  # the edge of a step, where rounding turns
    ("../standalone/heads.js", "index % heads", "index % layers", "standalone"),
    ("../standalone/heads.js", "other > weight", "other >= weight", "standalone"),
    ("../standalone/heads.js", "(layer * heads + head) * n, n", "head * n, n", "standalone"),  # another layer's
    ("../standalone/lines.js", "(layer - 1) * shape[1] + head - 1", "layer * shape[1] + head", "standalone"),
    ("../standalone/steps.js", "pick[name] - 1", "pick[name]", "standalone"),
    ("../standalone/steps.js", "one.role === role", "true", "standalone"),
    ("../standalone/steps.js", "role = shown.role", 'role = "query"', "standalone"),
    ("../standalone/start.js", "parts[3] === 0", "false", "standalone"),  # black where nothing is painted
    ("classroom/follow.js", "now !== known.put && now !== there", "now !== there", "classroom"),  # nobody gets far
    ("classroom/follow.js", "state.calls > known.calls", "state.calls < known.calls", "classroom"),  # a call unheard
    ("classroom/follow.js", "if (isOut) follows = true;", "", "classroom"),  # a closed page stays open
    ("classroom/follow.js", "searchParams.delete(name);", "", "classroom"),  # the teacher's language for all
    ("classroom/follow.js", "if (!isKnown()) return false;", "", "classroom"),  # gone, and nobody heard it
    ("classroom/vote.js", "now === page", "now !== page", "classroom"),  # a run where nothing is new
    ("classroom/vote.js", "|| tries >= TRIES", "", "classroom"),  # runs without end
    ("classroom/vote.js", "if (vote !== now) tries = 0;", "", "classroom"),  # the third vote is not seen
    ("classroom/attend.js", "if (input) input.value = value;", "", "classroom"),  # what is typed is lost
    ("classroom/attend.js", "await released();", "", "classroom"),  # a tap is lost
    ("classroom/attend.js", " - (Date.now() - begun)", "", "classroom"),  # who was kept waiting waits once more
    ("classroom/attend.js", "? TRIES : 1", "? 1 : 1", "classroom"),  # a vote is lost
    ("classroom/attend.js", "? TRIES : 1", "? TRIES : TRIES", "classroom"),  # a sentence comes twice
    ("table/table.js", '"descending" ? -1 : 1', '"descending" ? 1 : -1', "others"),
    ("table/table.js", "row * data.columns.length + column", "column * data.rows.length + row", "others"),
    ("many_heads/many_heads.js", "(item.first ?? 0)", "0", "others"),  # the read-out of another head
    ("headline/headline.js", "Math.round(weight * 100)", "Math.ceil(weight * 100)", "others"),
    ("headline/headline.js", "standing.weight > data.modelsBest", "standing.weight < data.modelsBest", "others"),
    ("shared/numbers.js", "Number(text) === 0", "false", "shared"),  # minus zero
    ("shared/numbers.js", "value < 0.005", "value < 0.05", "shared"),
    ("shared/colour.js", "(value / (limit || 1) + 1) / 2", "value / (limit || 1)", "shared"),
    ("shared/interaction.js", "!same(this.kept, sent)", "same(this.kept, sent)", "shared"),
    ("shared/interaction.js", "&& this.scope === scope", "", "shared"),
    ("shared/interaction.js", "ArrowLeft: [0, -1]", "ArrowLeft: [0, 1]", "shared"),
    ("shared/interaction.js", "Math.min(count - 1, index)", "Math.min(count, index)", "shared"),
    ("shared/message.js", "4 + length + offset", "length + offset", "shared"),
    ("shared/connection.js", "if (!page.hasAttribute(UNKNOWN)) return act();", "return act();", "others"),
    ("page/page.js", "setKnown(false);", "", "others"),  # a click lost
    ("page/page.js", 'view.sendNow("reconnected", true);', "", "others"),
    ("present/screens.js", "if (screen.has) beginAnother();", "", "present"),  # two figures on a screen
    ("present/screens.js", 'kind === "text") + 1', 'kind === "note") + 1', "present"),  # controls left behind
    ("present/screens.js", "unit.height + gap, 0)", "unit.height, 0)", "present"),  # more than a screen holds
    ("present/screens.js", "index + 1).filter", "index).filter", "present"),  # another screen of the section
    ("present/present.js", "if (move === undefined || !isFree ||", "if (move === undefined ||", "present"),
    ("present/present.js", "asked.add(button);", "", "present"),  # a question that nobody gets past
    ("present/present.js", "performance.now() < memory.left", "false", "present"),  # two pages at once
    ("follow/record.js", "=== -Infinity", "=== Infinity", "follow"),  # a mask dropped
    ("follow/record.js", "else down -= product", "else down += product", "follow"),  # a sign flipped
    ("follow/record.js", "most + 1 ?", "most ?", "follow"),  # a rest of one key
    ("follow/motion.js", "whole * STOP_MS - READ_MS", "whole * STOP_MS", "follow"),  # moved before it is read
    ("follow/layout.js", "[Math.min(...found), Math.max(...found)]", "[0, Math.max(...found)]", "follow"),
    ("steps/softmax.js", "keys.filter((key) => !shown.includes(key))", "keys", "steps"),  # counted twice
    ("heads/state.js", "hidden.data[row * labels.length + i]", "hidden.data[i * labels.length + row]", "heads"),
    ("lines/follow.js", "weights[c] > rows[best][c]", "weights[c] < rows[best][c]", "lines"),  # the weakest head
    ("many_heads/many_heads.js", "values[head * width + column]", "values[column * item.heads + head]", "others"),
    ("many_heads/many_heads.js", "masked?.[column]", "masked?.[column + 1]", "others"),  # off by one
    ("headline/headline.js", "layer: String(link.layer + 1)", "layer: String(link.layer)", "others"),
    ("shared/mount.js", "turn !== view.turn", "false", "shared"),  # an older message drawn last
]  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize(
    ("file", "old", "new", "tests"),
    MUTANTS,
    ids=[f"{file}: {new or 'without ' + old}" for file, old, new, _ in MUTANTS],
)
def test_a_planted_fault_is_noticed(browser: Browser, file: str, old: str, new: str, tests: str) -> None:
    name = normpath(f"attnviz/components/{file}")
    source = (ROOT / name).read_text(encoding="utf-8")
    assert old in source
    page = browser.new_page()
    own = [path for path in FILES if path.name == f"{tests}.test.js"]
    faults = found(page, own, {name: source.replace(old, new)})
    page.close()
    assert len(faults) > 5
    assert any(faults.values())
