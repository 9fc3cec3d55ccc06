"""The bundler: modules become one script, and what can't be understood is an error that names its file."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from attnviz.components.bundle import BundleError, bundle

VIEWS = sorted(path.parent.name for path in Path("attnviz/components").glob("*/__init__.py"))


def written(folder: Path, files: dict[str, str]) -> Path:
    """Write files and return the one that is called main.js."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "main.js"


def test_a_module_is_one_function_below_what_it_imports(tmp_path: Path) -> None:
    entry = written(
        tmp_path,
        {
            "main.js": 'import { twice as double } from "./deep/twice.js";\nexport default double(21);\n',
            "deep/twice.js": 'import { TWO } from "../two.js";\nexport function twice(n) {\n  return TWO * n;\n}\n',
            "two.js": "export const TWO = 2;\n",
        },
    )
    assert bundle(entry, tmp_path) == (
        "// ---- two.js\nconst $m0 = (() => {\nconst TWO = 2;\nreturn { TWO };\n})();\n\n"
        "// ---- deep/twice.js\nconst $m1 = (() => {\nconst { TWO } = $m0;\n"
        "function twice(n) {\n  return TWO * n;\n}\nreturn { twice };\n})();\n\n"
        "// ---- main.js\nconst $m2 = (() => {\nconst { twice: double } = $m1;\nconst $default = double(21);\n"
        "return { default: $default };\n})();\n\nexport default $m2.default;\n"
    )


def test_the_script_does_what_the_modules_do(tmp_path: Path, browser: Browser) -> None:
    entry = written(
        tmp_path,
        {
            "main.js": """
import { f } from "./a.js";
import { f as g, Pair } from "./b.js";
import values from "./values.json" with { type: "json" };
import style from "./main.css" with { type: "css" };

const secret = "main";
const quoted = `
  import { nothing } from "./nowhere.js";`;

export default async () => [f(), await g(), new Pair(1, 2).sum, values, style.cssRules[0].cssText, secret, quoted];
""",
            "a.js": 'import { shared } from "./c.js";\nconst secret = "a";\nexport function f() {\n'
            "  return [secret, shared.push(1)];\n}\n",
            "b.js": 'import { shared } from "./c.js";\nconst secret = "b";\nexport async function f() {\n'
            "  return [secret, shared.push(1)];\n}\nexport class Pair {\n  constructor(a, b) {\n"
            "    this.sum = a + b;\n  }\n}\n",
            "c.js": "export const shared = [];\n",
            "values.json": '{"line": "a\\u2028b", "list": [1, null]}',
            "main.css": '.a::after { content: "\\201C"; }',
        },
    )
    page = browser.new_page()
    page.route("http://attnviz.test/**", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto("http://attnviz.test/")
    run = """async (script) => {
        const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
        return (await import(url)).default();
    }"""
    found = page.evaluate(run, bundle(entry, tmp_path))
    page.close()
    assert found[:3] == [["a", 1], ["b", 2], 3]  # one list that two modules share; names of their own
    assert found[3] == {"line": "a\u2028b", "list": [1, None]}
    assert "content" in found[4]
    assert found[5:] == ["main", '\n  import { nothing } from "./nowhere.js";']


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"main.js": 'import { a } from "./a.js";\n'}, "main.js: there is no ./a.js"),
        ({"main.js": 'import { a } from "a";\n'}, "main.js: there is no a"),
        (
            {"main.js": 'import { b } from "./a.js";\n', "a.js": "export const a = 1;\n"},
            "main.js: ./a.js exports no b",
        ),
        (
            {"main.js": 'import a from "./a.js";\n', "a.js": "export const a = 1;\n"},
            "main.js: ./a.js exports no default",
        ),
        (
            {
                "main.js": 'import { a } from "./deep/a.js";\n',
                "deep/a.js": 'import { b } from "../b.js";\nexport const a = 1;\n',
                "b.js": 'import { a } from "./deep/a.js";\nexport const b = 1;\n',
            },
            "deep/a.js: imports itself: deep/a.js → b.js → deep/a.js",
        ),
        (
            {"main.js": 'import { a } from "./a.js";\nfunction a() {}\n', "a.js": "export const a = 1;\n"},
            "main.js: a stands twice",
        ),
        (
            {
                "main.js": 'import { a } from "./a.js";\nimport { a } from "./b.js";\n',
                "a.js": "export const a = 1;\n",
                "b.js": "export const a = 1;\n",
            },
            "main.js: a stands twice",
        ),
        ({"main.js": "export const a = 1;\nexport function a() {}\nexport default a;\n"}, "main.js: a stands twice"),
        (
            {"main.js": 'import { a } from "./a.js";\nimport { b } from "./a.js";\n', "a.js": "export const a = 1;\n"},
            "main.js: ./a.js is imported twice",
        ),
        ({"main.js": "const a = 1;\n"}, "main.js: has no default export"),
        ({"main.js": "export let a = 1;\n"}, "main.js: not understood: export let a = 1;"),
        ({"main.js": "const a = 1;\nexport { a };\n"}, "main.js: not understood: export { a };"),
        ({"main.js": 'export * from "./a.js";\n'}, 'main.js: not understood: export * from "./a.js";'),
        ({"main.js": 'import "./a.js";\n'}, 'main.js: not understood: import "./a.js";'),
        ({"main.js": 'import * as a from "./a.js";\n'}, 'main.js: not understood: import * as a from "./a.js";'),
        ({"main.js": 'const a = import("./a.js");\n'}, 'main.js: not understood: const a = import("./a.js");'),
        (
            {"main.js": "export default function main() {}\n"},
            "main.js: not understood: export default function main() {}",
        ),
        ({"main.js": 'import a from "./a.json";\n', "a.json": "1"}, 'main.js: ./a.json needs with { type: "json" }'),
        (
            {"main.js": 'import a from "./a.json" with { type: "json" };\n', "a.json": "{"},
            "a.json: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_an_error_names_the_file(tmp_path: Path, files: dict[str, str], error: str) -> None:
    with pytest.raises(BundleError) as raised:
        bundle(written(tmp_path, files), tmp_path)
    assert str(raised.value) == error


def test_a_word_in_a_comment_or_a_text_is_no_import(tmp_path: Path) -> None:
    source = '// import(everything) is a word here\nconst important = "import";\nexport default important;\n'
    assert "import(everything)" in bundle(written(tmp_path, {"main.js": source}), tmp_path)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_one_script(view: str) -> None:
    folder = Path("attnviz/components").resolve()
    script = bundle(folder / view / f"{view}.js", folder.parent)
    assert script.endswith(".default;\n")
    assert f"// ---- components/{view}/{view}.js\n" in script
    assert str(folder) not in script


def test_there_are_views() -> None:
    assert {"equation", "heads", "lines", "steps"} <= set(VIEWS)
