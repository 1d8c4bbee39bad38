/* The browser's half of the page: routes, slots, forms, clock. No state of the
   interview lives here: the address names it, the server has it. */
window.interviewer = (() => {
  "use strict";

  const call = window.call;

  const REMEMBERED = "interviewer.open";
  const pages = {};
  const room = { id: null, phase: null, seen: 0, busy: false, since: 0, loaded: false, watchdog: 0 };
  const pageTitles = { interview: "Interviewer", questions: "Questions · Interviewer", history: "History · Interviewer", models: "Models · Interviewer" };
  let shownQuestion = null;
  let historyPage = 0;

  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  // Storage may be forbidden in this browser; the page works without it.
  const keep = (store, key, value) => {
    try { value === null ? window[store].removeItem(key) : window[store].setItem(key, value); } catch { /* forbidden */ }
  };
  const recall = (store, key) => { try { return window[store].getItem(key); } catch { return null; } };
  const draftKey = (id = room.id) => `interviewer.draft.${id}`;
  const sentKey = () => `interviewer.sent.${room.id}`; // what of the draft is on its way, and since which line

  /* Slots */

  function patch(slot, html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    const known = new Map(all(":scope > [data-key]", slot).map((node) => [node.dataset.key, node]));
    const wanted = [...box.content.children].map((fresh) => {
      const source = fresh.outerHTML;
      const old = known.get(fresh.dataset.key);
      if (old && old.source === source) return old;
      fresh.source = source;
      return fresh;
    });
    const added = wanted.filter((node) => node.parentNode !== slot);
    for (const node of [...slot.childNodes]) if (!wanted.includes(node)) node.remove();
    wanted.forEach((node, at) => {
      if (slot.children[at] !== node) slot.insertBefore(node, slot.children[at] || null);
    });
    for (const node of added) localTimes(node);
    return added;
  }

  function localTimes(within) {
    for (const time of all("time[datetime]", within)) {
      const moment = new Date(time.dateTime);
      if (!Number.isNaN(moment.getTime())) {
        time.textContent = moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
      }
    }
  }

  function fill(name, html) {
    const slot = find(`[data-slot="${name}"]`);
    return slot ? patch(slot, html) : [];
  }

  function say(slot, words) {
    const box = document.createElement("div");
    box.className = "notice error";
    box.setAttribute("role", "alert");
    const line = document.createElement("p");
    line.textContent = words;
    box.append(line);
    fill(slot, box.outerHTML);
  }

  /* Address and pages */

  function place() {
    const query = new URLSearchParams(location.search);
    const question = query.get("question");
    const named = query.get("at");
    const page = question || named === "questions" ? "questions" : ["history", "models"].includes(named) ? named : "interview";
    return { page, question, interview: query.get("interview") };
  }

  function go(url, { replace = false } = {}) {
    history[replace ? "replaceState" : "pushState"](null, "", url || location.pathname);
    show();
  }

  function show() {
    const { page, question, interview } = place();
    const moved = document.body.dataset.page !== page;
    document.body.dataset.page = page;
    document.title = pageTitles[page];
    for (const link of all("[data-page-link]")) {
      if (link.dataset.pageLink === page) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (moved) scrollTo(0, 0);
    if (page === "interview") showInterview(interview);
    else call.stop();
    if (page === "questions") showQuestion(question);
    if (page === "models") pages.models?.send({ do: "list" });
    if (page === "history") pages.history?.send({ do: "list", page: historyPage });
  }

  /* Takes words of an interview that was left before they were written down. */
  function late(id) {
    const { seen } = room;
    return id && ((words, gap) => {
      const field = find("#answer");
      const here = room.loaded && room.id === id && room.restored === id;
      // The conversation went on without them.
      if (here && (room.seen !== seen || room.sent !== undefined)) return;
      const before = (here ? field.value : recall("sessionStorage", draftKey(id))) || "";
      const all = gap && before.includes(gap) ? before.replace(gap, () => words) : [before, words].filter(Boolean).join(" ");
      keep("sessionStorage", draftKey(id), all);
      if (here) { field.value = all; grow(field); }
    });
  }

  function showInterview(id) {
    if (!pages.interview) return;
    if (!id) {
      call.stop();
      call.forget(late(room.id));
      call.told("waiting");
      Object.assign(room, { id: null, loaded: false, busy: false, sent: undefined, left: undefined });
      stage("setup");
      pages.interview.send({ do: "peek", interview: recall("localStorage", REMEMBERED) });
    } else if (id !== room.id || !room.loaded) {
      call.stop();
      call.forget(late(room.id));
      Object.assign(room, { id, loaded: false, busy: false, sent: undefined, left: undefined });
      fill("lines", "");
      fill("talk-head", "");
      stage("opening");
      pages.interview.send({ do: "open", interview: id });
    } else if (document.body.dataset.stage === "talk") {
      scrollToNewest("auto");
    }
    linkToInterview();
  }

  function showQuestion(id) {
    if (!pages.questions) return;
    document.body.classList.toggle("reading", Boolean(id));
    markOpen(id);
    if (id && id !== shownQuestion) {
      shownQuestion = id;
      pages.questions.send({ do: "show", question: id });
    } else if (!id && shownQuestion) {
      shownQuestion = null;
      pages.questions.send({ do: "hide" });
    }
  }

  function markOpen(id) {
    for (const link of all(".results [data-question]")) {
      if (link.dataset.question === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  function linkToInterview() {
    const link = find('[data-page-link="interview"]');
    if (link) link.setAttribute("href", room.id ? `?interview=${encodeURIComponent(room.id)}` : "?");
  }

  function stage(name) {
    if (document.body.dataset.stage === name) return;
    document.body.dataset.stage = name;
    if (place().page === "interview") scrollTo(0, 0);
  }

  /* What the server tells */

  const tellers = {
    interview({ tell, slots, added }) {
      if (tell.remember) {
        Object.assign(room, { id: tell.remember, loaded: true });
        keep("localStorage", REMEMBERED, tell.remember);
        history.pushState(null, "", `?interview=${encodeURIComponent(tell.remember)}`);
        linkToInterview();
      }
      if (tell.forget) keep("localStorage", REMEMBERED, null);
      if (tell.leave) { history.replaceState(null, "", location.pathname); room.id = null; linkToInterview(); }
      if (tell.interview && tell.interview !== room.id) return;
      if (tell.saying) { saying(tell.saying); return; }
      if (tell.stage) stage(tell.stage);
      if (tell.stage === "talk") talk(tell, added);
      if (tell.stage === "report") {
        call.stop();
        room.loaded = true;
        if (recall("localStorage", REMEMBERED) === room.id) keep("localStorage", REMEMBERED, null);
      }
      if (tell.refused) refuse(tell);
      if ("target" in tell) takeTarget(tell.target);
      if ("resume" in slots) return;
    },
    questions({ tell }) {
      if ("shown" in tell) {
        shownQuestion = tell.shown;
        document.title = tell.title ? `${tell.title} · Interviewer` : pageTitles.questions;
        if (tell.shown && document.body.classList.contains("reading") && innerWidth < 900) scrollTo(0, 0);
        const pane = find(".bank-detail");
        if (pane) pane.scrollTop = 0;
      }
      markOpen(place().question);
    },
    models() {},
    history({ tell }) {
      if (tell.deleted && recall("localStorage", REMEMBERED) === tell.deleted) keep("localStorage", REMEMBERED, null);
      if (tell.deleted && room.id === tell.deleted) { room.id = null; room.loaded = false; linkToInterview(); }
    },
  };

  function receive(name, reply) {
    if (!reply || !reply.slots) return;
    const added = {};
    const focused = document.activeElement;
    for (const [slot, html] of Object.entries(reply.slots)) added[slot] = fill(slot, html);
    tellers[name]({ tell: reply.tell, slots: reply.slots, added });
    if (name === "interview") { if (reply.final) busy(false); else if (room.busy) watch(); }
    if (focused && !focused.isConnected && document.body.dataset.stage === "talk") find("#answer")?.focus({ preventScroll: true });
  }

  /* The conversation */

  /* Whether an answer of the draft has come in, after the page was left or gave up on it: it is no draft any more. */
  function forgetSent() {
    let sent;
    try { sent = JSON.parse(recall("sessionStorage", sentKey())); } catch { /* not ours */ }
    if (typeof sent?.text !== "string") return false;
    const plain = (text) => text.replace(/\s+/g, " ").trim();
    const arrived = all('[data-slot="lines"] .turn.candidate').some((line) =>
      Number(line.dataset.key.slice("line-".length)) >= sent.seen && plain(find(".words", line).textContent) === plain(sent.text));
    if (!arrived) return false;
    keep("sessionStorage", sentKey(), null);
    const draft = recall("sessionStorage", draftKey()) || "";
    if (draft.startsWith(sent.text)) keep("sessionStorage", draftKey(), draft.slice(sent.text.length).trim() || null);
    return true;
  }

  function talk(tell, added) {
    const first = !room.loaded || room.restored !== room.id;
    if (room.phase !== "listening" && tell.phase === "listening") room.since = Date.now();
    const answered = room.sent !== undefined && tell.seen > room.seen;
    if (tell.seen > room.seen) room.left = undefined;
    Object.assign(room, { phase: tell.phase, seen: tell.seen, loaded: true });
    const field = find("#answer");
    if (answered) {
      const mine = (added.lines || []).findLast((node) => node.matches(".turn.candidate"));
      call.accepted(room.id, !mine?.matches(".request"));
      room.sent = undefined;
      field.value = "";
      keep("sessionStorage", draftKey(), null);
      keep("sessionStorage", sentKey(), null);
      grow(field);
    }
    const taken = room.sent === undefined && forgetSent();
    if (first || taken) {
      room.restored = room.id;
      field.value = recall("sessionStorage", draftKey()) || "";
      grow(field);
      keep("localStorage", REMEMBERED, tell.phase === "ended" ? null : room.id);
    }
    if (tell.placeholder) field.placeholder = tell.placeholder;
    find('[data-intent="hint"]').hidden = !tell.practice;
    find('[data-intent="back"]').disabled = !tell.can_add;
    find(".composer").dataset.phase = tell.phase;
    find(".after-end").hidden = tell.phase !== "ended";
    find("form.answer").hidden = tell.phase === "ended";
    find("[data-status]").textContent = tell.status;
    const turns = (added.lines || []).filter((node) => node.matches(".turn.interviewer:not(.waiting)"));
    const news = first ? turns.slice(-1) : turns;
    if (news.length) {
      find("[data-announce]").textContent = news.map((node) => find(".words", node).textContent).join(" ");
    }
    room.practice = tell.practice;
    for (const turn of news) call.line(turn.dataset.key, find(".words", turn).textContent, true);
    call.told(tell.phase);
    if (tell.phase === "ended") {
      keep("localStorage", REMEMBERED, null);
      if (document.activeElement === field || document.activeElement === document.body) find('[data-do="report"]').focus({ preventScroll: true });
    } else if (first && !call.on && matchMedia("(hover: hover)").matches) {
      field.focus({ preventScroll: true });
    }
    const card = (added.lines || []).findLast((node) => node.matches(".card-row"));
    if (card && !first) room.card = card;
    if ((added.lines || []).length) scrollToNewest(first ? "auto" : "smooth", room.card);
    tick();
  }

  /* A line that is still being said: the waiting turn fills with its words. */
  function saying({ label, text }) {
    const turn = find('[data-slot="lines"] > .turn.waiting');
    if (!turn) return;
    const begun = turn.classList.contains("saying");
    turn.classList.add("saying");
    find(".label", turn).textContent = label;
    find(".words", turn).textContent = text;
    call.line(`line-${room.seen}`, text, false);
    if (!begun || find(".newest").hidden) turn.scrollIntoView({ block: "end", behavior: "auto" });
  }

  function refuse(tell) {
    if (room.sent !== undefined) call.refused();
    else if (document.body.dataset.stage === "setup") call.stop();
    room.sent = undefined;
    if (room.left) { find("#answer").value = room.left; changed(find("#answer")); }
    room.left = undefined;
    busy(false);
    if (tell.focus_error) {
      const error = find(".field-error");
      const field = error?.closest("fieldset, details");
      if (field?.tagName === "DETAILS") field.open = true;
      find("input, textarea", field || undefined)?.focus();
      error?.scrollIntoView({ block: "center" });
    } else if (document.body.dataset.stage === "talk") {
      find("#answer")?.focus({ preventScroll: true });
    }
  }

  function scrollToNewest(behavior, card = null) {
    const newest = find('[data-slot="lines"]')?.lastElementChild;
    if (!newest || place().page !== "interview") return;
    watchNewest(newest);
    requestAnimationFrame(() => {
      // New feedback is read before what follows it: its top stays in view.
      const free = innerHeight - find(".talk-head").offsetHeight - find(".composer").offsetHeight;
      const both = card ? newest.getBoundingClientRect().bottom - card.getBoundingClientRect().top : 0;
      const [target, block] = both > free ? [card, "start"] : [newest, "end"];
      target.scrollIntoView({ block, behavior: calm() ? "auto" : behavior });
    });
  }

  let newestWatch = null;
  function watchNewest(newest) {
    newestWatch?.disconnect();
    const bottom = find(".composer").offsetHeight;
    newestWatch = new IntersectionObserver(([entry]) => {
      find(".newest").hidden = entry.isIntersecting || entry.boundingClientRect.top < innerHeight / 2;
    }, { rootMargin: `0px 0px -${bottom}px 0px` });
    newestWatch.observe(newest);
  }

  function busy(is) {
    room.busy = is;
    const composer = find(".composer");
    if (!composer) return;
    composer.classList.toggle("busy", is);
    composer.setAttribute("aria-busy", String(is));
    find("#answer").readOnly = is;
    for (const button of all("button[data-intent], button.send", composer)) button.setAttribute("aria-disabled", String(is));
    find(".begin")?.setAttribute("aria-disabled", String(is));
    clearTimeout(room.watchdog);
    if (is) watch();
  }

  /* Every reply starts the minute anew. */
  function watch() {
    clearTimeout(room.watchdog);
    room.watchdog = setTimeout(() => {
      const slots = { talk: "talk-notice", report: "report-notice" };
      say(slots[document.body.dataset.stage] || "setup-notice", "The interviewer has not answered for a while. Everything said is saved: reload the page to go on where you were.");
      busy(false);
    }, 120000);
  }

  function ask(event) {
    if (room.busy || !pages.interview) return;
    busy(true);
    fill("talk-notice", "");
    pages.interview.send({ interview: room.id, seen: room.seen, ...event });
  }

  function want(intent) {
    if (room.busy) return;
    const leaves = ["skip", "dont-know", "end"].includes(intent);
    room.left = call.on && leaves ? find("#answer").value : undefined;
    call.wanted(leaves);
    ask({ do: "want", intent });
  }

  async function answer() {
    const field = find("#answer");
    if (room.busy || room.settling) return;
    room.settling = true;
    const id = room.id;
    const whole = await call.settle();
    room.settling = false;
    if (!whole || room.busy || room.id !== id) return;
    room.sent = field.value;
    keep("sessionStorage", sentKey(), JSON.stringify({ text: room.sent, seen: room.seen }));
    room.card = null;
    const seconds = room.since ? Math.min(86400, (Date.now() - room.since) / 1000) : null;
    ask({ do: "answer", text: field.value, seconds, spoken: call.sending() });
  }

  function changed(field) {
    grow(field);
    keep("sessionStorage", draftKey(), field.value || null);
  }

  function grow(field) {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, innerHeight * 0.4)}px`;
  }

  function tick() {
    for (const clock of all(".clock")) {
      clock.offset ??= Number(clock.dataset.now) - Date.now() / 1000;
      const started = Number(clock.dataset.started || clock.dataset.now);
      const now = Date.now() / 1000 + clock.offset;
      const running = clock.dataset.started !== undefined;
      const left = Math.round(Number(clock.dataset.minutes) * 60 - (running ? now - started : 0));
      const shown = Math.abs(left);
      find(".clock-value", clock).textContent = `${Math.floor(shown / 60)}:${String(shown % 60).padStart(2, "0")}`;
      find(".clock-word", clock).textContent = left < 0 ? "over" : "left";
      clock.classList.toggle("over", left < 0);
    }
  }

  /* Setup */

  /* The microphone is checked before the first question, not in the middle of it. */
  async function begin(form) {
    if (collect(form).manner === "spoken" && !call.on && await call.check()) await call.start();
    busy(true);
    pages.interview.send({ do: "begin", form: collect(form) });
  }

  function collect(form) {
    const values = {};
    for (const [name, value] of new FormData(form)) {
      if (name === "topics") (values.topics ??= []).push(value);
      else values[name] = value;
    }
    return values;
  }

  function summarise(form) {
    const chosen = (name) => all(`input[name="${name}"]:checked`, form);
    const title = (name) => chosen(name)[0]?.dataset.title || "";
    const minutes = Number(chosen("minutes")[0]?.value || 30);
    const each = Number(find("[data-minutes-each]", form).dataset.minutesEach);
    const most = Number(find('[name="questions"]', form).value);
    const fits = Math.max(1, Math.round(minutes / each));
    const number = most >= 1 && most < fits ? most : fits;
    const topics = chosen("topics").map((box) => box.dataset.title);
    const put = (name, words) => { find(`[data-sum="${name}"]`, form).textContent = words; };
    find("[data-aimed]", form).hidden = !find("#target", form).value.trim();
    put("role", title("role"));
    put("level", title("level"));
    put("mode", title("mode"));
    put("manner", title("manner"));
    put("time", `${minutes} minutes, ${number === most ? "" : "about "}${number} ${number === 1 ? "question" : "questions"}`);
    put("topics", topics.length === 0 ? "All of the role's" : topics.length > 3 ? `${topics.slice(0, 2).join(", ")} and ${topics.length - 2} more` : topics.join(", "));
  }

  /* The text to aim at, out of a file: the server reads it, the candidate corrects it */

  let earlierTarget = "";

  function sendFile(file) {
    const field = find("#target-file");
    if (!file || room.busy || !pages.interview) return;
    fill("error-target", "");
    fill("target-found", "");
    const refused = (why) => { busy(false); field.value = ""; say("error-target", why); };
    const most = Number(field.dataset.max);
    if (file.size > most) {
      refused(`'${file.name}' has ${(file.size / 1e6).toFixed(1)} MB; at most ${most / 1e6} MB are read. Paste its text instead.`);
      return;
    }
    busy(true);
    const reader = new FileReader();
    reader.onerror = () => refused(`'${file.name}' cannot be read by this browser. Paste its text instead.`);
    reader.onload = () => {
      field.value = "";
      pages.interview.send({ do: "file", file: reader.result.split(",")[1] || "", file_name: file.name.slice(-255) });
    };
    reader.readAsDataURL(file);
  }

  function takeTarget(text) {
    const field = find("#target");
    earlierTarget = field.value;
    field.value = text;
    const undo = find('[data-do="undo-target"]');
    if (undo) undo.hidden = !earlierTarget.trim() || earlierTarget === text;
    summarise(field.closest("form"));
    field.focus({ preventScroll: true });
    field.setSelectionRange(0, 0);
    field.scrollTop = 0;
  }

  /* Dialog */

  let waiting = null;

  function sure(title, words, yes, no) {
    const dialog = find("dialog.confirm");
    find("h2", dialog).textContent = title;
    find("p", dialog).textContent = words;
    find('[value="yes"]', dialog).textContent = yes;
    find('[value="no"]', dialog).textContent = no;
    dialog.returnValue = "no";
    dialog.showModal();
    // The close event of an earlier question may arrive after this one was opened:
    // whoever still waits has been answered with no.
    waiting?.(false);
    return new Promise((resolve) => { waiting = resolve; });
  }

  function decided(dialog) {
    if (dialog.open) return;
    waiting?.(dialog.returnValue === "yes");
    waiting = null;
  }

  /* What a click on [data-do] does */

  const deeds = {
    dismiss: (button) => button.closest(".notice").remove(),
    resume: (button) => go(`?interview=${encodeURIComponent(button.dataset.interview)}`),
    forget: () => { keep("localStorage", REMEMBERED, null); fill("resume", ""); },
    again: () => { call.stop(); room.id = null; room.loaded = false; go("?"); },
    report: () => ask({ do: "report" }),
    "catch-up": () => ask({ do: "open" }),
    regrade(button) {
      if (room.busy) return;
      button.setAttribute("aria-disabled", "true");
      button.textContent = "Grading again";
      ask({ do: "regrade" });
    },
    async voice() { if (await call.check()) await call.start(); },
    async "drop-recording"(button) {
      const { interview, name } = button.dataset;
      const reply = await fetch(new URL(`speech/recordings/${encodeURIComponent(interview)}/${name}`, document.baseURI), { method: "DELETE" }).catch(() => null);
      if (reply?.ok) button.closest(".recording").remove();
      else say("report-notice", "The recording could not be deleted. Try again.");
    },
    "undo-target": () => { const back = earlierTarget; fill("target-found", ""); fill("error-target", ""); takeTarget(back); },
    newest: () => { room.card = null; scrollToNewest("smooth"); },
    "skip-to-main": () => { const main = find(`#${place().page} h1, #${place().page} .talk`); main?.setAttribute("tabindex", "-1"); main?.focus(); },
    async "confirm-end"() {
      if (room.busy) return;
      const words = "You get a report on what was asked so far. An answer you have not sent is not counted.";
      if (await sure("End the interview?", words, "End it", "Keep going")) want("end");
    },
    async "confirm-delete"(button) {
      const id = button.dataset.interview;
      const words = "Its conversation and its report are removed for good.";
      if (await sure("Delete this interview?", words, "Delete", "Keep it")) pages.history.send({ do: "delete", interview: id, page: historyPage });
    },
    probe(button) {
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      pages.models.send({ do: "probe" });
    },
    page: (button) => { historyPage = Number(button.dataset.page); pages.history.send({ do: "list", page: historyPage }); scrollTo(0, 0); },
    clear() {
      const form = find(".finder");
      form.reset();
      search(form);
      find("input", form).focus();
    },
    download(button) {
      const text = find(".markdown-source", button.closest(".report")).value;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
      link.download = button.dataset.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
  };

  function search(form) {
    pages.questions.send({ do: "find", form: collect(form) });
  }

  /* Evidence: a row lights its words, words light their rows */

  function light(target, on) {
    const scope = target.closest?.("[data-evidence]");
    const spot = target.closest?.("[data-point], mark[data-ids]");
    if (!scope || !spot) return;
    const own = (node) => node.closest("[data-evidence]") === scope;
    const ids = spot.dataset.point ? [spot.dataset.point] : spot.dataset.ids.split(" ");
    for (const mark of all("mark[data-ids]", scope).filter(own)) {
      if (mark.dataset.ids.split(" ").some((id) => ids.includes(id))) mark.classList.toggle("lit", on);
    }
    for (const row of all("[data-point]", scope).filter(own)) {
      if (ids.includes(row.dataset.point)) row.classList.toggle("lit", on);
    }
  }

  /* Events of the whole document; bound once */

  function bind() {
    call.attach({ send: answer, field: () => find("#answer"), changed, practice: () => room.practice, interview: () => room.id });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-link]");
      if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
        event.preventDefault();
        go(link.getAttribute("href"));
        return;
      }
      const button = event.target.closest("[data-do]");
      if (button && deeds[button.dataset.do]) {
        event.preventDefault();
        deeds[button.dataset.do](button);
        return;
      }
      const wish = event.target.closest("button[data-intent]");
      if (wish) want(wish.dataset.intent);
    });
    document.addEventListener("submit", (event) => {
      const form = event.target.closest("[data-form]");
      if (!form) return;
      event.preventDefault();
      if (form.dataset.form === "answer") answer();
      if (form.dataset.form === "find") search(form);
      if (form.dataset.form === "begin" && !room.busy) begin(form);
    });
    document.addEventListener("keydown", (event) => {
      if (event.target.id !== "answer" || event.key !== "Enter" || event.isComposing || event.shiftKey) return;
      event.preventDefault();
      answer();
    });
    document.addEventListener("close", (event) => {
      if (event.target.matches?.("dialog.confirm")) decided(event.target);
    }, true);
    document.addEventListener("change", (event) => {
      if (event.target.id === "target-file") sendFile(event.target.files[0]);
    });
    for (const kind of ["dragover", "dragleave", "drop"]) {
      document.addEventListener(kind, (event) => {
        const setup = document.body.dataset.stage === "setup" && event.dataTransfer?.types.includes("Files");
        if (!setup || !event.target.closest?.(".setup-form")) return;
        // Anywhere on the form: a file dropped beside the field must not replace the page.
        event.preventDefault();
        const fold = find("details.target");
        fold.open = true;
        find("[data-drop]").classList.toggle("over", kind === "dragover");
        if (kind === "drop") sendFile(event.dataTransfer.files[0]);
      });
    }
    let typing = 0;
    document.addEventListener("input", (event) => {
      if (event.target.id === "answer") {
        changed(event.target);
      }
      const setup = event.target.closest(".setup-form");
      if (setup) summarise(setup);
      const finder = event.target.closest(".finder");
      if (finder) {
        clearTimeout(typing);
        typing = setTimeout(() => search(finder), event.target.type === "search" ? 180 : 0);
      }
    });
    for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
      document.addEventListener(on, (event) => light(event.target, true));
      document.addEventListener(off, (event) => light(event.target, false));
    }
    addEventListener("popstate", show);
    setInterval(tick, 1000);
  }

  let bound = false;

  function still(name, element) {
    if (!bound) { bound = true; bind(); }
    localTimes(element);
    if (name === "masthead") show();
  }

  function mount(name, element, trigger, props, watch) {
    still(name, element);
    pages[name] = { send: (event) => trigger("submit", event) };
    watch("value", () => receive(name, props.value));
    if (name === "interview") {
      summarise(find(".setup-form", element));
      // An earlier page must not come back half filled in by the browser.
      show();
    } else if (place().page === name) {
      show();
    }
  }

  return { mount, still };
})();
