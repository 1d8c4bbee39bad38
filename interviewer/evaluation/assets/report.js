"use strict";

// Filters and keys only: every word on the page is already there, escaped.
(() => {
  const browsers = [...document.querySelectorAll("[data-browser]")].map(browse).filter(Boolean);

  function browse(section) {
    const form = section.querySelector("form");
    if (!form) return null;
    const cases = [...section.querySelectorAll(".case")];
    const words = cases.map((item) => (item.textContent + " " + item.id).toLowerCase());
    const count = section.querySelector("output");
    const nothing = section.querySelector(".nothing");

    function show() {
      const wanted = new FormData(form);
      const text = String(wanted.get("text") || "").toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      cases.forEach((item, index) => {
        const fits =
          ["truth", "given", "style", "topic"].every(
            (name) => !wanted.get(name) || item.dataset[name] === wanted.get(name),
          ) && text.every((word) => words[index].includes(word));
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      count.textContent = `${shown} shown`;
      nothing.hidden = shown > 0;
    }

    form.addEventListener("input", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(show));
    show();
    return { section, cases, search: form.elements.text, clear: () => { form.reset(); show(); } };
  }

  function current() {
    return browsers.find(({ section }) => !section.closest(".view").hidden);
  }

  document.addEventListener("keydown", (event) => {
    const browser = current();
    if (!browser || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === browser.search) {
      event.target.blur();
      return;
    }
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "/") {
      event.preventDefault();
      browser.search.focus();
    } else if (event.key === "j" || event.key === "k") {
      const shown = browser.cases.filter((item) => !item.hidden);
      const at = shown.indexOf(document.activeElement.closest(".case"));
      const next = event.key === "j" ? at + 1 : Math.max(at - 1, 0);
      const item = shown[Math.min(next, shown.length - 1)];
      if (item) item.querySelector("summary").focus();
    }
  });

  const runs = [...document.querySelectorAll(".view")];
  const links = [...document.querySelectorAll("[data-run]")];

  function choose(id) {
    runs.forEach((run) => { run.hidden = run.id !== id; });
    links.forEach((link) => {
      if (link.dataset.run === id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const run = target && target.closest(".view");
    if (runs.length > 1) choose(run ? run.id : runs[0].id);
    if (!target || !run) return;
    if (target.matches(".case")) {
      if (target.hidden) browsers.find(({ section }) => section.contains(target)).clear();
      target.open = true;
    }
    target.scrollIntoView();
  }

  addEventListener("hashchange", follow);
  follow();
})();
