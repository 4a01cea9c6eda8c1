"""Working at the till, at a desk or by thumb."""

from __future__ import annotations

from core.testing.browsers import Watched


class Till:
    """The till in somebody's window."""

    def __init__(self, watched: Watched) -> None:
        """Work in this window."""
        self.watched, self.page = watched, watched.page

    def open(self) -> None:
        """Go there."""
        self.watched.open("/till/")

    def go(self, step: str) -> None:
        """Go to a step; at a desk all of them are in sight."""
        if self.watched.look.is_phone:
            self.page.click(f".till-steps [data-go={step}]")

    def find(self, number: str) -> None:
        """Find a customer by phone or card number."""
        self.go("member")
        self.page.fill("#till-find", number)
        self.page.press("#till-find", "Enter")
        self.page.wait_for_selector(".customer-name")

    def scan(self, *codes: str) -> None:
        """Scan goods."""
        self.go("basket")
        for code in codes:
            self.page.fill("#till-goods", code)
            self.page.press("#till-goods", "Enter")
        self.page.wait_for_selector(f".line:has-text('{codes[-1]}')")

    def expect_due(self, amount: str) -> None:
        """Wait until so much is to be paid."""
        due = "#till-due" if self.watched.look.is_phone else "#till-to-pay"
        self.page.wait_for_selector(f"{due}:has-text('{amount}')")

    def pay(self) -> None:
        """Take the payment and look at the receipt."""
        self.go("pay")
        self.page.click("[data-pay] button")
        self.page.wait_for_url("**/till/receipt/*")

    def convert_card(self) -> None:
        """Give the customer the card of the new tier."""
        self.go("member")
        with self.page.expect_response("**/till/step/convert_card"):
            self.page.click("form[action$='/step/convert_card'] button")
        self.page.wait_for_selector("#till-member .notice-good")
