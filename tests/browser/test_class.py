"""A class in real browsers: a teacher, a student, one behind a proxy that cuts websockets, and an attacker."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import get_args
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from attnviz.session.catalog import LANGUAGES
from scripts.serving import served
from tests.browser.conftest import LOCALE, Theme
from tests.browser.test_accessibility import findings, sideways

Opened = Callable[..., Page]
PANEL = ".classroom.over"
THEMES = get_args(Theme)


@pytest.fixture
def opened(browser: Browser, app_url: str) -> Iterator[Opened]:
    """Open a page in a browser of its own; a script's uncaught exception fails the test."""
    contexts, faults = [], []

    def new(path: str, width: int = 1280, url: str = "") -> Page:
        context = browser.new_context(**LOCALE, viewport={"width": width, "height": 844})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((url or app_url) + path)
        return page

    yield new
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def without_websockets(app_url: str) -> Iterator[str]:
    """The address of a proxy that lets everything through but a change to websockets, as those of schools do."""
    target = urlsplit(app_url).netloc

    class Proxy(BaseHTTPRequestHandler):
        def answer(self) -> None:
            if self.headers.get("Upgrade"):
                self.send_error(403)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with closing(HTTPConnection(target)) as connection:
                connection.request(self.command, self.path, body, dict(self.headers))
                found = connection.getresponse()
                self.send_response_only(found.status)
                for name, value in found.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # the browser has gone on
                    self.wfile.write(found.read())

        do_GET = do_POST = do_HEAD = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        yield f"http://127.0.0.1:{proxy.server_port}"
        proxy.shutdown()


def started(opened: Opened, url: str = "") -> tuple[Page, str]:
    teacher = opened("/class", url=url)
    teacher.get_by_role("button", name="Start a class").click()
    code = teacher.locator(".letters").inner_text()
    teacher.get_by_role("link", name="To the lesson").click()
    expect(teacher.locator(PANEL)).to_contain_text("here")
    return teacher, code


def joined(opened: Opened, code: str, url: str = "") -> Page:
    student = opened("/join", 390, url)
    student.get_by_label("The code on the screen").fill(code.lower())
    student.get_by_role("button", name="Join").click()
    return student


def go(page: Page, path: str) -> None:
    """Go where Back, or a link, would lead."""
    page.evaluate("path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path)


def wait_at(page: Page, path: str) -> None:
    page.wait_for_function("path => location.pathname + location.search.replace(/[?&]lang=en/, '') === path", arg=path)


def test_a_class_follows_votes_and_asks(opened: Opened, browser: Browser) -> None:
    teacher, code = started(opened)
    student = joined(opened, code)
    expect(student.locator(PANEL)).to_contain_text("Your screen follows", use_inner_text=False)
    expect(teacher.locator(PANEL)).to_contain_text("1 here")

    for path in ("/softmax", "/averaging"):
        go(teacher, path)
        wait_at(student, path)
        assert student.locator("h1").inner_text()

    student.get_by_role("button", name="Look around alone").click()
    go(teacher, "/softmax")
    back = student.get_by_role("button", name="Back to the teacher")
    expect(back).to_be_visible()
    teacher.get_by_role("button", name="Let the class vote").first.click()
    choices = student.locator(".classroom .options button")
    expect(choices.first).to_be_visible()
    assert urlsplit(student.url).path == "/averaging"  # alone, and yet asked
    back.click()
    wait_at(student, "/softmax")

    choices.nth(0).click()
    expect(choices.nth(0)).to_have_attribute("aria-pressed", "true")
    choices.nth(1).click()
    expect(choices.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(teacher.locator(PANEL)).to_contain_text("1 answered")
    assert student.locator(".classroom .count").count() == 0

    cookies = student.context.cookies()
    assert all(one["httpOnly"] for one in cookies if one["name"].startswith("attnviz_"))
    student.close()  # the phone sleeps, and Streamlit forgets it
    woken = browser.contexts[-1].new_page()
    woken.goto(teacher.url)
    choices = woken.locator(".classroom .options button")
    expect(choices.nth(1)).to_have_attribute("aria-pressed", "true", timeout=60_000)

    teacher.get_by_role("button", name="Vote again").click()
    expect(choices.nth(1)).to_have_attribute("aria-pressed", "false")
    choices.nth(0).click()
    expect(teacher.locator(PANEL)).to_contain_text("1 answered")
    teacher.get_by_role("button", name="Show the answer to all").click()
    for page in (woken, teacher):
        expect(page.locator(PANEL)).to_contain_text("Second vote")
        expect(page.locator(f"{PANEL} .option.right")).to_have_count(2)
    teacher.get_by_role("button", name="Put the vote away").click()

    woken.get_by_text("Send a sentence to the teacher").click()
    woken.get_by_placeholder("A sentence").fill("dogs <b>bark</b>")
    woken.get_by_role("button", name="Send", exact=True).click()
    teacher.get_by_text("Sentences from the class (1)").click()
    expect(teacher.locator(f"{PANEL} q")).to_have_text("dogs <b>bark</b>")
    teacher.get_by_role("button", name="Show", exact=True).click()
    for page in (teacher, woken):
        expect(page.get_by_label("Your sentence")).to_have_value("dogs <b>bark</b>", timeout=60_000)


def test_a_page_that_stands_there_hides_the_bet_as_long_as_the_class_votes(opened: Opened) -> None:
    teacher, code = started(opened)
    student = joined(opened, code)
    options, voted = student.locator(".word.option"), student.get_by_text("Your class votes: see the panel.")
    show = student.get_by_role("button", name="Show me", exact=True)
    expect(options.first).to_be_visible()
    for leave in ("Put the vote away", "Show the answer to all"):
        teacher.get_by_role("button", name="Let the class vote").click()
        expect(voted).to_be_visible()
        expect(show).to_have_count(0)
        expect(options).to_have_count(0)
        student.locator(".word.column").first.click()
        expect(voted).to_be_visible()  # and no line
        student.locator(f"{PANEL} .options button").first.click()
        teacher.get_by_role("button", name=leave).click()
        expect(show).to_be_visible()
        expect(options.first).to_be_visible()
    options.first.click()
    expect(show).to_have_count(0)


def test_without_websockets_a_student_joins_sees_and_votes(opened: Opened, without_websockets: str) -> None:
    teacher, code = started(opened)
    student = joined(opened, code, without_websockets)
    expect(student.locator("figure svg")).to_be_visible()
    expect(student.get_by_text("Live", exact=True)).to_be_visible()
    go(teacher, "/softmax")
    expect(student.locator("#class_view h1")).to_have_text("Softmax")
    assert urlsplit(student.url).path == "/join/view"
    teacher.get_by_role("button", name="Let the class vote").first.click()
    student.locator(".classroom .options button").first.click()
    expect(teacher.locator(PANEL)).to_contain_text("1 answered")
    student.goto(f"{without_websockets}/class/check")
    expect(student.locator("[data-check=socket] td.fails")).to_be_visible()
    expect(student.locator("td.works")).to_have_count(3)


@pytest.mark.full  # a server is started for it
def test_a_class_works_under_a_folder(opened: Opened) -> None:
    with served(folder="/course") as url:  # one of our pages is called so, too
        teacher, code = started(opened, url)
        assert urlsplit(teacher.url).path == "/course/"
        student = joined(opened, code, url)
        expect(student.locator(PANEL)).to_contain_text("Your screen follows", use_inner_text=False)
        for path in ("/course/softmax", "/course/course", "/course/"):
            go(teacher, path)
            wait_at(student, path)
        teacher.locator(PANEL).get_by_role("link").click()
        expect(teacher.get_by_role("heading", level=1)).to_contain_text(f"{urlsplit(url).netloc}/course/join")
        student.goto(f"{url}/class/check")
        expect(student.locator("td.works")).to_have_count(4)


def test_an_attacker_gets_nothing(opened: Opened) -> None:
    teacher, code = started(opened)
    attacker = joined(opened, code)
    expect(attacker.locator(PANEL)).to_contain_text("Live")
    tried = attacker.evaluate(
        """async () => {
          const post = (path, fields) => fetch(path, {
            method: "POST", headers: { "X-Attnviz": "1" }, body: new URLSearchParams(fields),
          }).then((answer) => answer.status);
          document.cookie = "attnviz_teacher=x.y; path=/";
          return [
            document.cookie,
            await post("/class/at", { path: "/heads", query: "" }),
            await post("/class/pause", { on: "yes" }),
            await post("/class/end", {}),
            (await fetch("/class/recovery")).status,
          ];
        }"""
    )
    assert tried[1:] == [403, 403, 403, 403] and "attnviz_device" not in tried[0]
    copied = opened(urlsplit(teacher.url).path + "?" + urlsplit(teacher.url).query)  # the teacher's link
    expect(copied.locator("h1").first).to_be_visible()
    assert copied.locator(PANEL).count() == 0
    expect(teacher.locator(PANEL)).to_contain_text("Pause all screens")


LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 3
SMALL = """() => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && one.getBoundingClientRect().height < 43.9)
  .map((one) => `${one.getBoundingClientRect().height} ${one.outerHTML.slice(0, 80)}`)"""

# The words of an answer's label that don't stand on one line.
BROKEN = """() => [...document.querySelectorAll(".option .label")].flatMap((label) => {
  const range = document.createRange();
  return [...label.firstChild.data.matchAll(/\\S+/g)].filter(({ 0: { length }, index }) => {
    range.setStart(label.firstChild, index);
    range.setEnd(label.firstChild, index + length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word);
})"""


@pytest.fixture
def sound(opened: Opened) -> Iterator[Callable[[str, Page], None]]:
    """Look at a plain page on narrow phones, light or dark, with type of the usual size and with large type.

    They follow the device, so that its size of type is what the browser begins with: 24 px in place of 16.
    """
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    faults: list[str] = []

    def look(name: str, page: Page) -> None:
        is_korean = page.locator("html").get_attribute("lang") == "ko"  # what is light in one language is dark there
        for width, size in ((390, ""), (390, "24px"), (320, ""), (320, "24px")):
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
            found = [f"wide: {one}" for one in sideways(page)] + [f"low: {one}" for one in page.evaluate(SMALL)]
            found += [f"broken: {one}" for one in page.evaluate(BROKEN)]
            if (width == 320) == bool(size):
                theme = THEMES[(width == 320) != is_korean]
                page.emulate_media(color_scheme=theme)
                found += [f"{theme}: {one}" for one in findings(page, axe)]
            faults.extend(f"{name} at {width} {size} {one}" for one in found)
        page.evaluate("() => { document.documentElement.style.fontSize = '' }")

    yield look
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_pages_are_sound_on_narrow_phones(
    opened: Opened, sound: Callable[[str, Page], None], app_url: str, language: str
) -> None:
    teacher = opened(f"/class?lang={language}")
    teacher.locator("summary").click()
    sound("start", teacher)
    teacher.locator("form[action='/class/start'] button").click()
    code = teacher.locator(".letters").inner_text()
    student = opened(f"/join?lang={language}", 390)
    student.add_init_script("sessionStorage.setItem('attnviz_tried', 'yes')")  # it stays on the plain page
    sound("join", student)
    student.locator("#code").fill("ABCDEFGH")
    student.locator(".code_form button").click()
    sound("wrong code", student)
    student.locator("#code").fill(code)
    student.locator(".code_form button").click()
    expect(student.locator("figure svg")).to_be_visible()
    student.locator("[name=sentence]").fill(LONG)
    student.locator("[data-focus=send]").click()
    sound("still picture", student)

    teacher.goto(f"{app_url}/softmax?lang={language}")
    teacher.locator("[class*='st-key-let_vote_'] button").first.click()
    expect(student.locator(".vote button").first).to_be_visible()
    sound("vote", student)
    student.locator(".vote button").first.click()
    expect(student.locator(".vote [aria-pressed=true]")).to_be_visible()
    sound("voted", student)
    teacher.goto(f"{app_url}/class?lang={language}")
    # whatever letters the code is of
    teacher.locator(".letters").evaluate("letters => { letters.textContent = 'WWWW MMMM' }")
    teacher.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
    expect(teacher.locator("q")).to_be_visible()
    sound("teacher's panel", teacher)
    teacher.locator("[data-focus^=reveal]").click()
    for name, page in (("the result", student), ("the teacher's result", teacher)):
        expect(page.locator(".option.right")).to_be_visible()
        sound(name, page)
    student.goto(f"{app_url}/class/check?lang={language}")
    expect(student.locator("td.works")).to_have_count(4)
    sound("check", student)
