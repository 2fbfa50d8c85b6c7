"""What you see and do on the page of `make local`."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import WIDTH
from tests.deployment import Deployment
from tests.tools import npm_packages

EMAIL = "ada@example.com"
SAFE_MESSAGE = (
    "UserLambdaValidationException: PostConfirmation failed with error your account is confirmed "
    "and you can sign in, but your profile could not be saved yet."
)
LOG_TRIES = 5


def section(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title)


def user(page: Page, email: str) -> Locator:
    cards = section(page, "Users and their records").get_by_role("listitem")
    return cards.filter(has=page.get_by_role("heading", name=email, exact=True))


def sign_up(page: Page, email: str = EMAIL, *, button: str = "Sign up", **attributes: str) -> None:
    form = section(page, "1. Sign up")
    form.get_by_label("Email").fill(email)
    for label, text in attributes.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name=button).click()
    expect(form.get_by_role("status")).to_contain_text(email)


def use_code(page: Page, email: str = EMAIL) -> None:
    section(page, "2. Read the mail").get_by_role("button", name=f"Use code for {email}").click()


def confirm(page: Page) -> Locator:
    form = section(page, "3. Confirm")
    form.get_by_role("button", name="Confirm").click()
    return form.get_by_role("status")


def reset_password(page: Page, email: str = EMAIL) -> None:
    user(page, email).get_by_role("button", name="Reset password").click()
    form = section(page, "Reset a password")
    expect(form.get_by_role("status")).to_have_text(
        f"Cognito mails a code if {email} is a user's verified address."
    )
    mails = section(page, "2. Read the mail").get_by_role("listitem")
    mails.filter(has_text="654321").get_by_role("button").click()
    form.get_by_role("button", name="Set password").click()
    expect(form.get_by_role("status")).to_have_text(f"{email} has a new password.")


def sign_in(page: Page, email: str = EMAIL) -> Locator:
    """Sign a user in from their card. Gives the form's message."""
    user(page, email).get_by_role("button", name="Sign in").click()
    form = section(page, "Sign in")
    form.get_by_role("button", name="Sign in", exact=True).click()
    return form.get_by_role("status")


def change(page: Page, attribute: str, value: str, email: str = EMAIL) -> Locator:
    """Change an attribute as the user. Gives the form's message."""
    user(page, email).get_by_role("button", name="Sign in").click()
    form = section(page, "Sign in")
    form.get_by_label("New value").fill(value)
    form.get_by_label("Attribute").select_option(attribute)
    form.get_by_role("button", name="Sign in and change").click()
    return form.get_by_role("status")


def delete(page: Page, email: str = EMAIL) -> Locator:
    """Delete a user. Gives the section's message."""
    user(page, email).get_by_role("button", name="Delete").click()
    return section(page, "Users and their records").get_by_role("status")


def sweep(page: Page) -> Locator:
    """Sweep. Gives the form's message."""
    form = section(page, "Make it fail")
    form.get_by_role("button", name="Sweep").click()
    return form.get_by_role("status")


def expect_logged(page: Page, deployment: Deployment, *outcomes: str) -> None:
    lines = section(page, "What the functions logged").get_by_role("listitem")
    texts = [re.compile(f"^{outcome}") for outcome in outcomes]
    for _ in range(LOG_TRIES):
        try:
            expect(lines.filter(has_not_text="ignored")).to_have_text(texts, timeout=2500)
        except AssertionError:
            # A busy emulator stores a line only at the function's next call.
            deployment.invoke({})
        else:
            return
    expect(lines.filter(has_not_text="ignored")).to_have_text(texts)


def test_the_record_appears_when_the_user_confirms(page: Page, deployment: Deployment) -> None:
    sign_up(page, FirstName="Ada", LastName="Lovelace")
    card = user(page, EMAIL)
    expect(card).to_contain_text("UNCONFIRMED")
    expect(card).to_contain_text("A user who has not confirmed has no record.")

    section(page, "3. Confirm").get_by_label("Code").fill("000000")
    expect(confirm(page)).to_have_text(re.compile("^CodeMismatchException: "))
    expect(card).to_contain_text("UNCONFIRMED")

    use_code(page)
    expect(confirm(page)).to_have_text(f"{EMAIL} is confirmed.")
    expect(card.get_by_role("definition")).to_have_text(
        [re.compile("^[0-9a-f-]{36}$"), re.compile("Z$"), EMAIL, "Ada", "Lovelace"]
    )
    expect(page.locator("#announcer")).to_have_text(f"The record of {EMAIL} appeared.")
    expect_logged(page, deployment, "stored")


def test_a_user_without_names_has_a_record(page: Page) -> None:
    sign_up(page)
    use_code(page)
    confirm(page)
    terms = user(page, EMAIL).get_by_role("term")
    expect(terms).to_have_text(["UserID", "CreatedAt", "Email"])


def test_markup_in_a_name_is_shown_as_text(page: Page) -> None:
    name = '<img src=x onerror="document.title = 1"><b>Ada</b>'
    sign_up(page, FirstName=name, LastName="</li><script>document.title = 1</script>")
    use_code(page)
    confirm(page)
    card = user(page, EMAIL)
    expect(card.get_by_role("definition").nth(3)).to_have_text(name)
    expect(page.locator("main img, main b, main script")).to_have_count(0)
    expect(page).to_have_title("confirmed-users on this machine")


def test_a_password_reset_stores_a_user_whose_first_write_failed(
    page: Page, deployment: Deployment
) -> None:
    sign_up(page, FirstName="Ada")
    use_code(page)
    switch = page.get_by_label("The function may write to the table")
    switch.uncheck()
    expect(section(page, "Make it fail").get_by_role("status")).to_contain_text("gets no record")
    expect(confirm(page)).to_have_text(SAFE_MESSAGE)
    card = user(page, EMAIL)
    expect(card).to_contain_text("CONFIRMED")
    expect(card).to_contain_text("No record")

    switch.check()
    expect(section(page, "Make it fail").get_by_role("status")).to_contain_text("may write again")
    reset_password(page)
    expect(card.get_by_role("definition").last).to_have_text("Ada")
    expect_logged(page, deployment, "stored", "failed")


def test_a_reset_leaves_a_record_as_it_is(page: Page, deployment: Deployment) -> None:
    sign_up(page)
    use_code(page)
    confirm(page)
    record = user(page, EMAIL).get_by_role("definition")
    expect(record).to_have_count(3)
    before = record.all_inner_texts()
    reset_password(page)
    expect_logged(page, deployment, "already_stored", "stored")
    assert record.all_inner_texts() == before


def test_a_sweep_stores_a_user_that_an_administrator_created(page: Page) -> None:
    sign_up(page, button="Create as administrator", FirstName="Ada")
    said = section(page, "1. Sign up").get_by_role("status")
    expect(said).to_contain_text("A password reset or a sweep adds the record.")
    card = user(page, EMAIL)
    expect(card).to_contain_text("CONFIRMED")
    expect(card).to_contain_text("No record")
    expect(sweep(page)).to_contain_text("seen: 1, stored: 1")
    expect(card.get_by_role("definition").last).to_have_text("Ada")


def test_a_sign_in_adds_no_record(page: Page, deployment: Deployment) -> None:
    sign_up(page, button="Create as administrator")
    expect(sign_in(page)).to_contain_text("store_at_sign_in is off")
    expect(user(page, EMAIL)).to_contain_text("No record")
    assert deployment.item(deployment.attributes(EMAIL)["sub"]) is None
    section(page, "Sign in").get_by_label("Password").fill("wrong")
    form = section(page, "Sign in")
    form.get_by_role("button", name="Sign in", exact=True).click()
    expect(form.get_by_role("status")).to_have_text(re.compile("^NotAuthorizedException: "))


def test_with_store_at_sign_in_a_sign_in_adds_a_missing_record(
    options_on: None, page: Page
) -> None:
    sign_up(page, button="Create as administrator", FirstName="Ada")
    said = section(page, "1. Sign up").get_by_role("status")
    expect(said).to_contain_text("A sign-in, a password reset or a sweep adds the record.")
    expect(sign_in(page)).to_contain_text("which adds a missing record")
    expect(user(page, EMAIL).get_by_role("definition").last).to_have_text("Ada")


def test_a_changed_attribute_leaves_the_record_as_it_is(page: Page, deployment: Deployment) -> None:
    sign_up(page, FirstName="Ada")
    use_code(page)
    confirm(page)
    card = user(page, EMAIL)
    expect(card.get_by_role("definition").last).to_have_text("Ada")
    expect(change(page, "FirstName", "Augusta")).to_contain_text("update_records is off")
    assert deployment.attributes(EMAIL)["custom:firstName"] == "Augusta"
    expect(card).to_contain_text("In the user pool, FirstName is Augusta.")
    expect(sweep(page)).to_contain_text("seen: 1, stored: 0, already_stored: 1")
    expect(card.get_by_role("definition").last).to_have_text("Ada")


def test_with_update_records_a_sweep_changes_the_record(options_on: None, page: Page) -> None:
    sign_up(page, FirstName="Ada")
    use_code(page)
    confirm(page)
    card = user(page, EMAIL)
    expect(card.get_by_role("definition").last).to_have_text("Ada")
    expect(change(page, "FirstName", "Augusta")).to_contain_text(
        "The next sweep changes the record."
    )
    expect(card).to_contain_text("In the user pool, FirstName is Augusta.")
    expect(card.get_by_role("definition").last).to_have_text("Ada")
    expect(sweep(page)).to_contain_text("updated: 1")
    expect(card.get_by_role("definition").last).to_have_text("Augusta")
    expect(card).not_to_contain_text("In the user pool")
    expect(page.locator("#announcer")).to_have_text(f"The record of {EMAIL} changed.")


def test_a_deleted_user_leaves_the_record(page: Page, deployment: Deployment) -> None:
    sign_up(page, FirstName="Ada")
    use_code(page)
    expect(confirm(page)).to_have_text(f"{EMAIL} is confirmed.")
    sub = deployment.attributes(EMAIL)["sub"]
    expect(delete(page)).to_contain_text("so the record stays")
    card = user(page, EMAIL)
    expect(card).to_contain_text("No user")
    expect(card.get_by_role("definition").last).to_have_text("Ada")
    expect(card.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("heading", name="Users and their records")).to_be_focused()
    assert deployment.item(sub) is not None
    with pytest.raises(deployment.cognito.exceptions.UserNotFoundException):
        deployment.attributes(EMAIL)
    # A new user with the same address is another user, with another record.
    sign_up(page, FirstName="Ada")
    expect(user(page, EMAIL)).to_have_count(2)


def test_a_deleted_user_without_a_record_disappears(page: Page) -> None:
    sign_up(page)
    expect(delete(page)).to_contain_text("there was no record")
    expect(user(page, EMAIL)).to_have_count(0)


def test_the_page_shows_cognitos_own_error_messages(page: Page) -> None:
    form = section(page, "1. Sign up")
    form.get_by_label("Password").fill("short")
    for button in ("Sign up", "Create as administrator"):
        form.get_by_role("button", name=button).click()
        expect(form.get_by_role("status")).to_have_text(re.compile("^InvalidPasswordException: "))
    form.get_by_label("Email").fill("")
    form.get_by_role("button", name="Sign up").click()
    expect(form.get_by_role("status")).to_have_text(re.compile("^InvalidParameterException: "))


def test_the_form_has_a_field_for_each_configured_attribute(page: Page) -> None:
    form = section(page, "1. Sign up")
    form.get_by_text("Other attributes").click()
    labels = form.locator("label").all_inner_texts()
    assert labels == [
        "Email",
        "Password",
        "FirstName custom:firstName",
        "LastName custom:lastName",
        "given_name",
        "family_name",
    ]


def test_it_works_with_the_keyboard_alone(page: Page) -> None:
    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def tab_to(name: str) -> None:
        for _ in range(20):
            press("Tab")
            focused = page.evaluate(
                "document.activeElement.ariaLabel ?? document.activeElement.labels?.[0]?.innerText"
                " ?? document.activeElement.innerText"
            )
            if focused == name or focused.startswith(f"{name} "):
                return
        pytest.fail(f"Tab does not get to {name}")

    tab_to("Email")
    press("Control+A")
    page.keyboard.type(EMAIL)
    tab_to("FirstName")
    page.keyboard.type("Ada")
    press("Enter")
    mails = section(page, "2. Read the mail").get_by_role("listitem")
    expect(mails).to_have_count(1)
    tab_to(f"Use code for {EMAIL}")
    press("Enter", "Enter")  # the first fills the code in and moves the focus there
    expect(user(page, EMAIL).get_by_role("definition").last).to_have_text("Ada")


def test_the_page_fits_the_width_of_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    sign_up(page, "a-long-name-in-a-long-domain@department.of.an.example.com", FirstName="X" * 200)
    use_code(page, "a-long-name")
    expect(confirm(page)).to_contain_text("is confirmed")
    expect(page.get_by_role("definition").last).to_have_text("X" * 200)
    page.get_by_text("Ids for your own app").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_axe_finds_no_barrier_on_the_page(page: Page) -> None:
    sign_up(page)
    use_code(page)
    confirm(page)
    expect(user(page, EMAIL).get_by_role("definition")).to_have_count(3)
    sign_up(page, "grace@example.com")
    expect(user(page, "grace@example.com")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    page.evaluate((npm_packages() / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_the_page_says_when_the_local_aws_has_stopped(page: Page) -> None:
    alert = page.get_by_role("alert")
    expect(alert).to_be_hidden()
    page.route("**/api/state", lambda route: route.abort())
    expect(alert).to_have_text("The local AWS has stopped. Start it again with: make local")
    page.unroute("**/api/state")
    expect(alert).to_be_hidden()


def test_the_screenshot_for_the_readme_is_taken(
    page: Page, deployment: Deployment, tmp_path: Path
) -> None:
    """`make screenshot` saves it."""
    sign_up(page, FirstName="Ada", LastName="Lovelace")
    use_code(page)
    confirm(page)
    expect(user(page, EMAIL).get_by_role("definition")).to_have_count(5)
    sign_up(page, "grace@example.com", FirstName="Grace", LastName="Hopper")
    use_code(page, "grace@example.com")
    page.get_by_label("The function may write to the table").uncheck()
    expect(section(page, "Make it fail").get_by_role("status")).not_to_be_empty()
    expect(confirm(page)).to_have_text(SAFE_MESSAGE)
    expect(user(page, "grace@example.com")).to_contain_text("No record")
    expect_logged(page, deployment, "failed", "stored")
    path = os.environ.get("SCREENSHOT", tmp_path / "page.png")
    picture = page.screenshot(path=path, full_page=True, animations="disabled")
    assert int.from_bytes(picture[16:20]) == WIDTH  # a PNG has its width there
