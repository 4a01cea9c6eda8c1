// The till by keyboard and scanner; every form works without this.
(() => {
  const till = document.getElementById("till");
  const itself = document.currentScript.src;
  if (!till) return;
  const find = document.getElementById("till-find");
  const goods = document.getElementById("till-goods");
  const offline = document.getElementById("till-offline");
  const phone = matchMedia("(max-width: 767px)");
  let changing = 0; // requests on their way that may change the price
  let wished = null; // paying was asked for meanwhile: what was to be paid then

  // -- steps on a phone
  const go = (step) => {
    till.dataset.step = step;
    sessionStorage.setItem("till-step", step);
    document.querySelectorAll(".till-steps [data-go]").forEach((button) =>
      button.setAttribute("aria-current", button.dataset.go === step ? "step" : "false"));
    if (phone.matches) scrollTo(0, 0);
  };
  // Where nothing is to be paid one begins anew, or with the goods that are taken in exchange.
  const begin = document.querySelector(".credit") ? "basket" : "member";
  go(document.querySelector("[data-pay]") && sessionStorage.getItem("till-step") || begin);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]");
    if (button) go(button.dataset.go);
  });
  document.querySelectorAll("[data-submit]").forEach((field) => field.addEventListener("change", () => field.form.requestSubmit()));

  // -- scanning: the field is free at once, codes are sent in their order
  const scan = document.querySelector("[data-scan]");
  let queue = Promise.resolve();
  scan.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const typed = goods.value.trim();
    goods.value = "";
    htmx.trigger(goods, "htmx:abort"); // a search that is on its way is about what was typed before
    if (!typed) return;
    changing += 1; // what waits in the queue is scanned as well
    queue = queue.then(() => htmx.ajax("POST", scan.action, { source: scan, target: "#till-basket", swap: "innerHTML", values: { q: typed } }))
      .catch(() => { goods.value = goods.value || typed; }).finally(() => { changing -= 1; payAsWished(true); });
  });

  // -- answers
  const beside = (event) => event.detail.target.matches(".field-said"); // about a field that was left: the price stays
  const asks = (event) => event.detail.requestConfig.verb === "get" || beside(event);
  document.body.addEventListener("htmx:confirm", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !form.dataset.sure) event.preventDefault(); // the dialog asks, then sends again
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    changing += asks(event) ? 0 : 1;
    offline.hidden = true;
    if (event.detail.elt.matches("[data-found]")) { goods.value = ""; goods.focus(); }
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    changing -= asks(event) ? 0 : 1;
    const answer = event.detail.xhr.getResponseHeader("Till");
    if (answer === "added") {
      goods.focus(); if (phone.matches) go("basket");
    }
    if (answer === "member" && document.querySelector("#till-member .customer")) find.value = "";
    if (answer === "member" && !phone.matches && !document.querySelector("#till-member .notice, #till-member [open].enrol, #till-member .candidates")) goods.focus();
    if (!asks(event)) payAsWished(event.detail.successful);
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.requestConfig?.verb === "get") return; // what was searched for stands in the field, or was sent
    const typed = document.querySelector("#till-found [data-typed]");
    if (typed && !goods.value && document.activeElement === goods) goods.value = typed.dataset.typed;
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (beside(event) && xhr.status >= 400) { event.detail.shouldSwap = false; return; } // the enrolment itself will say it
    if (xhr.status >= 500) { offline.hidden = false; return; }
    // Not an answer of the till (the session has ended, the basket is gone): the page itself says so.
    if (xhr.status >= 400 || (!xhr.getResponseHeader("Till") && event.detail.target.id !== "till-found") || /<html/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      location.assign(till.dataset.home || "/till/");
    }
  });
  ["htmx:sendError", "htmx:timeout"].forEach((name) => document.body.addEventListener(name, () => { offline.hidden = false; }));

  // -- paying: never on a price that is just changing, never twice
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-pay]")) return;
    form.querySelector("button").classList.add("busy");
    const answered = form.dataset.answered;
    delete form.dataset.answered;
    if (answered && !changing) return;
    event.preventDefault();
    if (changing) { wished = form.elements.told.value; delete form.dataset.sent; }
    else if (!form.dataset.sent) { form.dataset.sent = "yes"; reach(form); }
  });
  // The page is left only for a server that answers: where the line is broken the basket stays in sight.
  const reach = (form) => fetch(itself, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(8000) })
    .then((answer) => { if (!answer.ok) throw new Error(answer.status); })
    .then(() => { form.dataset.answered = "yes"; if (form.isConnected) form.requestSubmit(); })
    .catch(() => { delete form.dataset.sent; form.querySelector("button").classList.remove("busy"); offline.hidden = false; });
  // What was asked for is done once the price is settled, if it is still the price that was seen.
  const payAsWished = (answered) => {
    if (wished === null || (answered && changing > 0)) return;
    const form = document.querySelector("[data-pay]");
    const same = answered && form?.elements.told.value === wished;
    wished = null;
    form?.querySelector("button").classList.remove("busy");
    if (same) form.requestSubmit();
  };
  addEventListener("pageshow", () => document.querySelectorAll("[data-pay]").forEach((form) => { delete form.dataset.sent; }));

  // -- change: only said, never sent
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-received]")) return;
    const place = event.target.closest("[data-due]");
    const [whole, part = ""] = event.target.value.replace(/,/g, "").split(".");
    const fen = /^\d{1,9}$/.test(whole) && /^\d{0,2}$/.test(part) ? Number(whole) * 100 + Number(part.padEnd(2, "0")) : -1;
    const back = fen - Number(place.dataset.due);
    place.querySelector("output").textContent = fen < 0 || back < 0 ? "–" : `${Math.floor(back / 100).toLocaleString("en")}.${String(back % 100).padStart(2, "0")}`;
  });

  // -- keys
  const typing = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "F2") { event.preventDefault(); go("member"); find.focus(); find.select(); }
    else if (event.key === "/" && (!typing(event.target) || ([find, goods].includes(event.target) && !event.target.value))) { event.preventDefault(); event.stopPropagation(); go("basket"); goods.focus(); goods.select(); }
    else if (event.key === "F9") { event.preventDefault(); go("pay"); const form = document.querySelector("[data-pay]"); if (form) form.requestSubmit(); }
    // A scanner types wherever the focus happens to be.
    else if (/^[a-z0-9]$/i.test(event.key) && !typing(event.target)) { goods.focus(); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event);
  }, true);
  const walk = (event) => {
    const list = event.target.closest(".found, .candidates");
    const items = [...(list || document.querySelector(event.target === goods ? "#till-found .found" : event.target === find ? "#till-member .candidates" : "none") || document.createElement("p")).querySelectorAll(".found-item")];
    if (!items.length) return;
    event.preventDefault();
    const next = items.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) (list && list.matches(".candidates") ? find : goods).focus();
    else items[Math.min(next, items.length - 1)].focus();
  };
  if (!phone.matches) (document.querySelector("#till-member .customer") ? goods : find).focus();
})();
