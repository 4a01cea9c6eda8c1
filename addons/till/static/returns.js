// Returns: plus and minus, and no second click; every form works without this.
(() => {
  const form = document.getElementById("return-form");
  if (!form) return;
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-more], [data-less]");
    if (!button) return;
    const field = button.closest(".amount").querySelector("input");
    if (button.hasAttribute("data-more")) field.stepUp(); else field.stepDown();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    if (event.submitter) event.submitter.classList.add("busy");
  });
  addEventListener("pageshow", () => { delete form.dataset.sent; });
})();
