"""A person's way through a notebook, in a browser: lab.py URL PID CHROMIUM NOTEBOOK PICTURES

URL is what `saigen lab` printed, PID its process. Everything is done with the mouse and the keyboard, everything is
read from the page. With the word `view` as a sixth argument the notebook is run once and photographed, nothing else.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

URL, LAB, CHROMIUM, NOTEBOOK, PICTURES = sys.argv[1], int(sys.argv[2]), sys.argv[3], *map(Path, sys.argv[4:6])
# Milliseconds; long enough for a machine that does other work too.
LONG, SHORT = 180_000, 30_000

expect.set_options(timeout=SHORT)
sources = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
order = [cell["id"] for cell in sources]


def say(text):
    print(f"{time.monotonic() - begin:6.1f} s  {text}", flush=True)


def processes(name):
    """The processes of a name beneath `saigen lab`."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,comm="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    family = {LAB}
    while True:
        more = {int(row[0]) for row in rows if int(row[1]) in family} | family
        if more == family:
            return {int(row[0]) for row in rows if int(row[0]) in family and os.path.basename(row[2]).startswith(name)}
        family = more


def until(what, is_so, limit=SHORT):
    """Waits until `is_so()`, and returns it."""
    end = time.monotonic() + limit / 1000
    while time.monotonic() < end:
        result = is_so()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {limit / 1000} s")


def cell(name):
    return page.locator(".jp-Notebook .jp-CodeCell").nth(order.index(name))


def prompt(name):
    return cell(name).locator(".jp-InputArea-prompt")


def output(name):
    return cell(name).locator(".jp-Cell-outputWrapper")


def picture(name, of=None):
    """Photographs the window, or an element of it with some room around."""
    path = PICTURES / f"{name}.png"
    if of is None:
        page.screenshot(path=path)
    else:
        of.scroll_into_view_if_needed()
        of.screenshot(path=path)


def menu(*path):
    """Chooses from the menu bar."""
    page.locator(".lm-MenuBar-item").filter(has_text=path[0]).first.click()
    for depth, label in enumerate(path[1:]):
        item = page.locator(".lm-Menu").nth(depth).locator(".lm-Menu-item").filter(
            has=page.get_by_text(label, exact=True)
        )
        item.first.hover()
        item.first.click()


def button(name):
    return page.locator(f'.jp-NotebookPanel-toolbar [data-jp-item-name="{name}"]').locator("jp-button, button").first


def expect_idle():
    expect(page.locator(".jp-StatusBar-Widget")).to_contain_text("Rust (saigen) | Idle", timeout=LONG)


def through(first):
    """What happens between "run all" and the last cell; `first` is the first cell's execution count."""
    for name in ("text", "table", "figure", "array"):
        expect(prompt(name)).to_have_text(f"[{first + order.index(name)}]:", timeout=LONG)
    expect(output("text")).to_contain_text("a line, and 7 more characters")
    expect(output("text")).to_contain_text("to standard error")
    expect(output("table").locator("table")).to_be_visible()
    expect(output("table").locator("tbody tr").first).to_contain_text("specimen 0")
    for place, side in ((0, "left"), (1, "right")):
        found = output("table").locator("tbody tr td").nth(place).evaluate("cell => getComputedStyle(cell).textAlign")
        assert found == side, f"column {place}: expected text to the {side}, found {found}"
    expect(output("figure").locator("img")).to_be_visible()
    box = output("figure").locator("img").bounding_box()
    assert (round(box["width"]), round(box["height"])) == (480, 320), box
    expect(output("array").locator("table")).to_be_visible()
    say("text, table, figure and array are there")

    # The bar moves while its cell runs.
    seen = []
    while prompt("progress").inner_text() in ("[ ]:", "[*]:"):
        text = output("progress").inner_text().strip()
        if text and text not in seen and prompt("progress").inner_text() == "[*]:":
            seen.append(text)
            if len(seen) == 10:
                picture(f"progress-moving-{first}", cell("progress"))
        time.sleep(0.02)
    assert len(seen) >= 10, f"expected 10 states of the progress bar, found {seen}"
    assert all("adding" in text for text in seen), seen
    expect(output("progress")).to_contain_text("30/30")
    expect(output("progress")).to_contain_text("435")
    say(f"the progress bar moved: {len(seen)} states")

    # The endless cell runs until ■, and the variables of it and before it are there afterwards.
    expect(output("endless")).to_contain_text("turning")
    time.sleep(0.5)
    expect(prompt("endless")).to_have_text("[*]:")
    pressed = time.monotonic()
    button("interrupt").click()
    expect(prompt("endless")).not_to_have_text("[*]:")
    say(f"the endless cell ended {time.monotonic() - pressed:.2f} s after ■")
    expect(output("endless")).to_contain_text("nterrupted")
    expect(output("still")).to_contain_text("turned: true")
    expect(output("still")).to_contain_text("[3, 5, 8, 13]")

    # The question is answered in the page.
    answer = page.locator(".jp-Stdin-input")
    expect(answer).to_be_visible()
    expect(output("question")).to_contain_text("What is your name?")
    picture(f"question-{first}", cell("question"))
    answer.fill("Ada")
    answer.press("Enter")
    expect(output("question")).to_contain_text("Good day, Ada.")

    # Failures say where.
    expect(output("wrong")).to_contain_text("mismatched types")
    expect(output("wrong")).to_contain_text(":4:22")
    coloured = output("wrong").locator("[style*='rgb(']")
    assert coloured.count() > 3, f"expected a coloured error, found {coloured.count()} coloured parts"
    expect(output("panic")).to_contain_text("index out of bounds: the len is 2 but the index is 2")
    expect(output("after")).to_contain_text("and 4 are still there")
    for position, name in enumerate(order):
        expect(prompt(name)).to_have_text(f"[{first + position}]:")
    expect_idle()
    say("all cells have run")


def completion_and_inspection():
    """Writes into a new cell at the end."""
    cell("after").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    written = page.locator(".jp-Notebook .jp-CodeCell").nth(len(order))
    expect(written).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("kept.pu")
    items = page.locator(".jp-Completer:visible .jp-Completer-item")

    def listed():
        # The analysis may still read the library's sources; a person presses Tab again.
        page.keyboard.press("Tab")
        try:
            expect(items.first).to_be_visible(timeout=4000)
        except AssertionError:
            return None
        return [text.strip() for text in items.locator(".jp-Completer-match").all_inner_texts()]

    names = until("completions for `kept.pu`", listed, LONG)
    assert any(name.split("(")[0] == "push" for name in names), names
    say(f"completions: {names}")
    picture("completion")
    page.keyboard.press("Enter")
    expect(written.locator(".cm-content")).to_contain_text("kept.push")
    # The answer to Shift+Tab is about the word at the cursor.
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    tooltip = page.locator(".jp-Tooltip")

    def shown():
        page.keyboard.press("Shift+Tab")
        try:
            expect(tooltip).to_be_visible(timeout=4000)
        except AssertionError:
            return None
        return tooltip.inner_text()

    text = until("a tooltip for `push`", shown, SHORT)
    assert "fn push" in text, text
    say("the tooltip has the signature")
    picture("tooltip")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(order))


def photographs(theme):
    """Every output in a theme, and the whole notebook in one picture."""
    for name in order:
        if output(name).locator(".jp-OutputArea-output").count():
            picture(f"{theme}-{name}", cell(name))
    whole(theme)


def whole(theme):
    """All of the notebook, in a window that is as high as it."""
    height = page.evaluate("document.querySelector('.jp-WindowedPanel-outer').scrollHeight")
    page.set_viewport_size({"width": 1280, "height": min(height + 200, 16_000)})
    page.locator(".jp-Notebook .jp-Cell").first.scroll_into_view_if_needed()
    time.sleep(1)
    picture(f"{theme}-whole")
    page.set_viewport_size({"width": 1280, "height": 900})


def choose(theme):
    menu("Settings", "Theme", f"JupyterLab {theme}")
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "true" if theme == "Light" else "false")
    time.sleep(1)


def run_all():
    menu("Run", "Run All Cells")


def view():
    """Runs a notebook and photographs it."""
    run_all()
    last = page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea-prompt").nth(len(order) - 1)
    until("the last cell", lambda: last.inner_text() not in ("[ ]:", "[*]:"), 2 * LONG)
    expect_idle()
    for theme in ("Light", "Dark"):
        choose(theme)
        photographs(theme.lower())


def everything():
    run_all()
    through(1)
    cells = until("the process of the cells", lambda: processes("saigen-cell"))
    completion_and_inspection()
    for theme in ("Dark", "Light"):
        choose(theme)
        photographs(theme.lower())

    button("restart-and-run").click()
    page.locator(".jp-Dialog .jp-mod-accept").click()
    # The old counts go at once; only then does the first cell begin.
    until("the first cell's new count", lambda: prompt(order[-1]).inner_text() in ("[ ]:", "[*]:"), LONG)
    through(1)
    left = cells & processes("saigen-cell")
    assert not left, f"the cells of before the restart still run: {left}"
    for process in cells:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            continue
        raise AssertionError(f"process {process} of before the restart is an orphan")
    assert len(processes("saigen-cell")) == 1, processes("saigen-cell")
    say("restarted, without orphans")
    picture("restarted")


begin = time.monotonic()
PICTURES.mkdir(parents=True, exist_ok=True)
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    try:
        page.goto(URL, timeout=LONG)
        expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=LONG)
        expect_idle()
        say("the notebook is open and the kernel idle")
        if sys.argv[6:] == ["view"]:
            view()
        else:
            everything()
    except BaseException:
        picture("failed")
        raise
    finally:
        browser.close()
