// Small comforts; every page works without them.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = document.body.dataset;

  // -- theme, drawer, menus
  all("[data-theme-switch]").forEach((button) => button.addEventListener("click", () => {
    const root = document.documentElement;
    const device = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || device) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    localStorage.setItem("theme", next);
  }));
  const drawer = (open) => {
    document.body.classList.toggle("drawer-open", open);
    all("[data-drawer]").forEach((button) => button.setAttribute("aria-expanded", open));
  };
  all("[data-drawer]").forEach((button) =>
    button.addEventListener("click", () => drawer(!document.body.classList.contains("drawer-open"))));
  all("[data-shade]").forEach((shade) => shade.addEventListener("click", () => drawer(false)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    drawer(false);
    all("details.drop[open]").forEach((menu) => { menu.open = false; });
  });
  document.addEventListener("click", (event) =>
    all("details.drop[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));

  // -- search everywhere: "/" goes there, arrows walk through what was found, Escape closes it
  const seek = document.querySelector("[data-search-everywhere]");
  if (seek) {
    const list = document.getElementById("suggest");
    const close = () => { list.replaceChildren(); };
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        seek.focus();
        seek.select();
      }
    });
    seek.form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { close(); seek.focus(); return; }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const stops = [seek, ...all("a", list)];
      if (!step || stops.length === 1) return;
      event.preventDefault();
      stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
    });
    seek.addEventListener("input", () => { if (!seek.value.trim()) close(); });
    document.addEventListener("click", (event) => { if (!seek.form.contains(event.target)) close(); });
  }

  // -- rows open on a click; a click on a link, a button or marked text is left alone
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, form, select") || String(getSelection())) return;
    location.assign(row.dataset.href);
  });

  // -- the head of a table stays in sight, unless the table is wider than its card and scrolls in it
  const fitting = new ResizeObserver((seen) => seen.forEach(({ target }) => {
    const card = target.closest(".table-card");
    card.classList.toggle("fits", target.offsetWidth <= card.clientWidth);
  }));
  all(".table-card:not(.matrix-card):not(.chart-table) > .rows").forEach((table) => fitting.observe(table));

  all("[data-print]").forEach((button) => button.addEventListener("click", () => print()));

  // -- the menu: groups stay as they were left; as icons one opens beside them at a time
  const groups = all(".side-group");
  const icons = matchMedia("(min-width: 768px) and (max-width: 1100px)");
  const left = () => { try { return JSON.parse(localStorage.getItem("menu")) || {}; } catch { return {}; } };
  const arrange = () => groups.forEach((group) => {
    group.open = !icons.matches && (left()[group.dataset.group] ?? group.open) || (!icons.matches && group.matches(".here"));
  });
  arrange();
  icons.addEventListener("change", arrange);
  groups.forEach((group) => group.querySelector("summary").addEventListener("click", () => {
    const open = !group.open;
    if (icons.matches) groups.forEach((other) => { if (other !== group) other.open = false; });
    else localStorage.setItem("menu", JSON.stringify({ ...left(), [group.dataset.group]: open }));
  }));
  const fold = () => { if (icons.matches) groups.forEach((group) => { group.open = false; }); };
  document.addEventListener("click", (event) => { if (!event.target.closest(".side")) fold(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") fold(); });
  // The page one is on may be far down.
  const here = document.querySelector(".side .active");
  if (here) here.closest(".side").scrollTop = here.offsetTop - innerHeight / 2;

  // -- marking rows
  const marked = (form) => all(`input[name=rowid][form="${form.id}"]:checked`).length;
  const showBulk = (form) => {
    form.hidden = marked(form) === 0;
    all("[data-marked]", form).forEach((place) => { place.textContent = marked(form); });
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.dataset && box.dataset.markAll) {
      all(`input[name=rowid][form="${box.dataset.markAll}"]`).forEach((other) => { other.checked = box.checked; });
      showBulk(document.getElementById(box.dataset.markAll));
    } else if (box.name === "rowid" && box.form) {
      showBulk(box.form);
    }
  });

  // -- asking first
  const ask = (question, then) => {
    const dialog = document.createElement("dialog");
    dialog.className = "card ask";
    const text = document.createElement("p");
    text.textContent = question;
    const row = document.createElement("div");
    row.className = "form-end";
    const button = (kind, label, value) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = `btn ${kind}`;
      made.textContent = label;
      made.addEventListener("click", () => dialog.close(value));
      row.append(made);
    };
    button("btn-default", words.no, "");
    button("btn-danger", words.yes, "yes");
    dialog.append(text, row);
    dialog.addEventListener("close", () => { dialog.remove(); if (dialog.returnValue === "yes") then(); });
    document.body.append(dialog);
    dialog.showModal();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const by = event.submitter;
    const question = (by && by.dataset.confirm) || form.dataset.confirm;
    if (!question || form.dataset.sure) return;
    event.preventDefault();
    ask(question, () => {
      form.dataset.sure = "yes";
      form.requestSubmit(by || undefined);
      delete form.dataset.sure;
    });
  });

  // -- filters: the comparison is part of the field's name; empty fields are not sent
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-operator]")) return;
    const field = event.target.parentElement.querySelector("[name^=_flt_]");
    field.name = event.target.value;
  });
  all("form.filter-form").forEach((form) => form.addEventListener("submit", () =>
    all("[name^=_flt_]", form).forEach((field) => { field.disabled = !field.value; })));

  // -- lookups
  if (window.jQuery && jQuery.fn.select2) {
    const language = { noResults: () => words.noResults, searching: () => words.searching, errorLoading: () => words.noResults };
    // What select2 puts in the place of a choice is called what the choice is called.
    const name = (field) => {
      const label = field.labels[0];
      const called = label ? label.innerText.trim() : field.getAttribute("aria-label") || "";
      if (label && !label.id) label.id = `${field.id}-label`;
      const shown = field.parentElement.querySelector(".select2-selection");
      const value = shown.getAttribute("aria-labelledby");
      const read = shown.querySelector("[role=textbox]");
      if (read && label) read.setAttribute("aria-labelledby", label.id);
      else if (read) read.setAttribute("aria-label", called);
      if (label) shown.setAttribute("aria-labelledby", value ? `${label.id} ${value}` : label.id);
      else shown.setAttribute("aria-label", called);
      const typed = () => all(".select2-search__field", field.parentElement).forEach((each) => each.setAttribute("aria-label", called));
      typed();
      jQuery(field).on("select2:open", typed);
    };
    all("select[multiple]").forEach((field) => {
      jQuery(field).select2({ width: "100%", language, dropdownParent: jQuery(field.parentElement) });
      name(field);
    });
    all("select.lookup").forEach((field) => {
      const base = field.closest("[data-lookup-base]").dataset.lookupBase;
      jQuery(field).select2({
        width: "100%",
        allowClear: true,
        placeholder: "",
        dropdownParent: jQuery(field.parentElement),
        language,
        ajax: { url: base + field.dataset.lookup, dataType: "json", delay: 200, data: (typed) => ({ q: typed.term || "" }) },
      });
      name(field);
    });
  }

  // -- leaving a field that is empty or wrong; what the server said of it stays until the form is sent again
  const ofFields = "form.record-form .field :is(input, select, textarea)";
  const say = (field) => {
    const box = field.closest(".field");
    if (!box) return;
    const early = box.querySelector("[data-early]");
    if (early) early.remove();
    const wrong = !field.checkValidity() && !box.querySelector(".field-error");
    if (early || wrong) field.toggleAttribute("aria-invalid", wrong);
    if (early && !wrong) { field.removeAttribute("aria-describedby"); box.classList.remove("has-error"); }
    if (!wrong) return;
    const note = document.createElement("p");
    note.className = "field-error";
    note.id = `${field.id}-early`;
    note.dataset.early = "";
    note.setAttribute("role", "alert");
    note.textContent = field.validity.valueMissing ? words.missing : words.wrong;
    box.append(note);
    box.classList.add("has-error");
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", note.id);
  };
  // Not at once: what is being pressed would move away.
  document.addEventListener("focusout", ({ target }) => {
    if (target.matches(ofFields) && target.id && target.willValidate && !["radio", "checkbox"].includes(target.type)) setTimeout(() => say(target), 250);
  });
  document.addEventListener("input", ({ target }) => {
    if (target.matches(ofFields) && target.closest(".field").querySelector("[data-early]")) say(target);
  });

  // What the server said of a field that was left (core.web.leaving).
  document.addEventListener("htmx:afterSwap", ({ target }) => {
    if (!target.matches || !target.matches(".field-said")) return;
    const box = target.closest(".field");
    const field = box.querySelector("input, select, textarea");
    const wrong = Boolean(box.querySelector(".field-error"));
    box.classList.toggle("has-error", wrong);
    if (wrong) { field.setAttribute("aria-invalid", "true"); target.id = `${field.id}-said`; field.setAttribute("aria-describedby", target.id); }
    else { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
  });

  // -- leaving a form that was changed
  all("form[data-keep]").forEach((form) => {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  });
})();
