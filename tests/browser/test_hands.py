"""Work without a mouse, and what must not be lost meanwhile: focus, a begun answer, a choice of several."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser import walk
from tests.browser.stage import MANAGER, OWNER

WHOLE = "[...document.querySelectorAll('.rows li')].filter((one) => one.getBoundingClientRect().bottom <= innerHeight).length"
# Of a name that is longer than a line the beginning may do.
CLIPPED = """[...document.querySelectorAll('.rows .top > *, .rows .who, .views a')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && !(one.tagName === 'STRONG' && one.clientWidth > 120)).map((one) => one.textContent.trim())"""
SIDE_BY_SIDE = """[...document.querySelectorAll('.filters select, .filters input')]
  .filter((one) => one.getBoundingClientRect().right > document.getElementById('listing').getBoundingClientRect().left).length"""
REFRESH = "htmx.trigger(document.body, 'inbox-changed')"


@pytest.fixture
def desk(visit):
    """The inbox of the agency's owner."""
    visitor = visit(OWNER)
    visitor.go("/inbox/?view=all&sort=new")
    return visitor


def place(visitor) -> str:
    return visitor.page.url.removeprefix(visitor.url).partition("?")[0]


def test_twelve_conversations_stand_in_the_window_and_nothing_is_clipped(desk):
    whole, clipped = desk.page.evaluate(WHOLE), desk.page.evaluate(CLIPPED)

    assert whole >= 12
    assert clipped == []


def test_open_filters_stay_beside_the_list(desk):
    desk.press("/")
    desk.page.select_option("#f-client", "tidenhub")
    walk.settle(desk.page)
    expect(desk.page.locator("#f-channel")).to_be_visible()

    assert desk.page.evaluate(SIDE_BY_SIDE) == 0
    assert walk.wide(desk.page) == []


def test_the_inbox_is_worked_by_keys(desk):
    page = desk.page
    rows = [link.get_attribute("href").partition("?")[0] for link in page.locator(".rows a").all()]

    places = []
    for key in "jjk":
        desk.press(key)
        expect(page.locator("#conversation .talk")).to_be_visible()
        page.wait_for_url(lambda address: address.partition("?")[0] not in places[-1:])
        places.append(place(desk))
    assert places == [rows[0], rows[1], rows[0]]

    focused = []
    for key in ("r", "n", "/"):
        desk.press(key)
        focused.append(desk.focus)
        desk.press("Escape")
    assert focused == ["answer", "remark", "f-q"]

    desk.press("?")
    expect(page.locator("#help")).to_be_visible()
    desk.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    desk.press("z")
    expect(page.locator("[data-menu=z]")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.name") == "until"


def test_a_conversation_is_taken_and_finished_by_keys(visit):
    visitor = visit(MANAGER)
    page = visitor.page
    visitor.go("/inbox/?view=unassigned")
    visitor.press("j")
    expect(page.locator("#conversation .talk")).to_be_visible()

    visitor.press("a")
    expect(page.locator("#assignee option:checked")).to_have_text("Malte Petersen")
    visitor.press("e")

    expect(page.locator("#conversation .title .badge").first).to_have_text("Erledigt")


def test_a_begun_answer_is_not_lost(desk):
    page, asked = desk.page, []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    desk.press("j")
    expect(page.locator("#answer")).to_be_visible()
    before = place(desk)
    page.fill("#answer", "Halb fertig")

    page.locator("#answer").blur()
    desk.press("j")
    page.locator(".rows a").nth(3).click()
    page.evaluate(REFRESH)
    walk.settle(page)

    expect(page.locator("#answer")).to_have_value("Halb fertig")
    assert (place(desk), asked) == (before, ["confirm", "confirm"])


def test_a_sent_answer_is_not_asked_about(desk):
    page, asked = desk.page, []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    desk.press("j", "n")
    page.keyboard.type("Nur für uns")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#conversation .note .said", has_text="Nur für uns").first).to_be_visible()

    desk.press("j")

    assert asked == []


@pytest.mark.parametrize("there", [".rows li:nth-child(3) a", ".rows li:nth-child(3) input"])
def test_the_focus_survives_a_refresh(desk, there):
    page = desk.page
    page.locator(there).focus()

    with page.expect_response(re.compile("/inbox/rows/")):
        page.evaluate(REFRESH)
    walk.settle(page)

    assert page.evaluate("(there) => document.activeElement === document.querySelector(there)", there)


def test_a_choice_survives_a_refresh_and_is_undone(desk):
    page = desk.page
    boxes = page.locator(".rows input")
    chosen = [boxes.nth(place).get_attribute("value") for place in (0, 1)]
    page.locator(".rows a").first.focus()
    desk.press("x")
    boxes.nth(1).focus()
    desk.press("Space")

    with page.expect_response(re.compile("/inbox/rows/")):
        page.evaluate(REFRESH)
    walk.settle(page)
    assert [one.get_attribute("value") for one in page.locator(".rows input:checked").all()] == chosen

    page.locator(".bulk button[value=take]").focus()
    desk.press("Enter")
    expect(page.locator(".undo")).to_contain_text("2")
    page.locator(".undo button[value=undo]").focus()
    desk.press("Enter")
    expect(page.locator(".undo button[value=undo]")).to_have_count(0)


def test_a_post_is_moved_by_keys_and_by_dragging(visit):
    visitor = visit(OWNER)
    page, day = visitor.page, date.today() + timedelta(days=9)
    visitor.go(f"/plan/?view=month&client=tidenhub&day={day + timedelta(days=7)}")
    card = page.locator(".post.moves").first
    address = card.get_attribute("data-move")
    first = card.get_attribute("data-day")
    card.locator(".mover").focus()

    visitor.press("Enter")
    page.fill("#id_day", f"{day}")
    page.locator("#id_day").focus()
    visitor.press("Enter")
    page.wait_for_url(re.compile(r"/plan/\?"))
    by_keys = page.locator(f"[data-move='{address}']").first
    expect(by_keys).to_have_attribute("data-day", f"{day}")
    page.locator(f"[data-move='{address}']").first.drag_to(page.locator(f"[data-drop='{first}']").first)
    page.wait_for_load_state()

    expect(page.locator(f"[data-move='{address}']").first).to_have_attribute("data-day", first)


def test_a_conversation_is_answered_and_resolved_by_keys(visit):
    visitor = visit(OWNER)
    page = visitor.page
    visitor.go("/inbox/?view=all&sort=new")
    visitor.press("j", "j", "r")
    expect(page.locator("#answer")).to_be_focused()

    page.keyboard.type("Danke, wir kümmern uns darum.")
    page.locator("#reply button[name=then][value='']").press("Enter")
    expect(page.locator("#conversation .said", has_text="wir kümmern uns darum").first).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    visitor.press("e")

    expect(page.locator("#conversation .title .badge").first).to_have_text("Erledigt")


def test_approvals_are_worked_by_keys(visit):
    visitor = visit(OWNER)
    page = visitor.page
    visitor.go("/approvals/")
    ids = [card.get_attribute("id") for card in page.locator("article.waits").all()]
    within = "document.activeElement.closest('article.waits')?.id"

    places = []
    for key in "jjk":
        visitor.press(key)
        places.append(page.evaluate(within))
    visitor.press("Tab", "Tab")
    value = page.evaluate("document.activeElement.value")
    visitor.press("Enter")
    expect(page.locator(".notice.success")).to_be_visible()

    assert (places, value) == ([ids[0], ids[1], ids[0]], "approve")
    assert (page.locator(f"#{ids[0]}").count(), page.evaluate(within)) == (0, ids[1])


def test_two_people_at_one_post_see_both_versions(visit):
    mine, theirs = visit(OWNER), visit(MANAGER)
    mine.go("/plan/?view=list&client=tidenhub&state=in_review")
    address = mine.page.locator("table.posts td.words a").first.get_attribute("href").partition("?")[0]
    for one in (mine, theirs):
        one.go(address)
    page = mine.page

    theirs.page.fill("#id_text", "Ihr Text")
    theirs.page.click(".save button")
    expect(theirs.page.locator(".notice.success")).to_be_visible()
    page.fill("#id_text", "Mein Text")
    page.fill("#id_title", "Mein Titel")
    page.click(".save button")
    expect(page.locator(".conflict .kept")).to_have_text(["Ihr Text", "Mein Text", "–", "Mein Titel"])
    expect(page.locator(".conflict")).to_contain_text("Malte Petersen")
    expect(page.locator("#id_text")).to_have_value("Mein Text")
    barred = [walk.wide(page), walk.barriers(page)]
    page.set_viewport_size(walk.PHONE)
    barred += [walk.wide(page), walk.barriers(page)]
    page.locator(".conflict tr", has_text="Ihr Text").get_by_label("Die andere übernehmen").check()
    page.click(".save button")
    expect(page.locator(".notice.success")).to_be_visible()

    assert barred == [[], [], [], []]
    expect(page.locator("#id_text")).to_have_value("Ihr Text")
    expect(page.locator("#id_title")).to_have_value("Mein Titel")


def test_the_phone_has_four_entries_and_the_rest_behind_one(visit):
    visitor = visit(OWNER, size=walk.PHONE)
    page = visitor.page
    visitor.go("/")
    bar, more, settings = (page.locator(f".side nav {part}") for part in ("> a", "summary", ".sheet a[href='/settings/']"))

    entries = [one.inner_text() for one in bar.all()]
    more.focus()
    visitor.press("Enter")
    expect(settings).to_be_visible()
    barred = walk.wide(page), walk.barriers(page)
    visitor.press("Escape")
    expect(settings).to_be_hidden()
    expect(more).to_be_focused()
    visitor.press("Enter", "Tab")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    settings.click()
    page.wait_for_url("**/settings/")

    assert (entries, barred, first) == (["Heute", "Posteingang", "Plan", "Freigaben"], ([], []), "/clients/")
    assert page.evaluate("document.querySelector('.side nav').scrollWidth <= innerWidth")
