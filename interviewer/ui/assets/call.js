/* The call: a spoken interview on the page. What is heard lands in the answer's
   field, where it can be corrected; what counts is what is in the field when it is sent. */
window.call = (() => {
  "use strict";

  const { Microphone, BrowserEars, ServerEars, Mouth, Patience, sentences, withoutEcho, wav, LET_ME_THINK, SETTLE } = window.speech;
  const { chosen, remember, why, refusal } = window.voiceDialog;
  const TICK = 50;
  const LATE = 3; // seconds within which words belong to the voice before them
  const TIDIED = 3000; // ms that tidying may take; the words stand as heard after it
  const WRITTEN = 8000; // ms that a sent answer waits for words still on their way
  const GAP = "[…]"; // stands where words are that the server has not written down
  const GUESSED = 1.5; // seconds between two words of one stretch of speech
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const piece = (name) => find(`[data-call="${name}"]`);
  const knob = (name) => find(`[data-call-do="${name}"]`);
  let hooks = null;
  let on = false;
  let phase = "waiting";
  let checking = false;
  let muted = false;
  let pushed = false;
  let tidying = 0;
  let interim = "";
  let lastSaid = ""; // the sentences that may come back as an echo
  let mouthEnded = -Infinity;
  let lastLine = "";
  let turn = null;
  let held = null; // the turn whose answer is on its way
  let parting = null; // ears that hear no more, with words still on their way
  let settling = false;
  let insisted = false; // whether it was said that words are still missing
  let barged = false; // the candidate took the turn before the line was whole
  const patience = new Patience(chosen.patience);
  const microphone = new Microphone();

  const serverUrl = (path, values) => new URL(`${path}?${new URLSearchParams(values)}`, document.baseURI).href;
  const dialog = () => find("dialog.voice");
  const mouth = new Mouth({
    sentence(text) { lastSaid = `${lastSaid} ${text}`.slice(-600); caption("Interviewer", text); show(); },
    stopped() { mouthEnded = performance.now(); },
    done() { mouthEnded = performance.now(); if (phase === "listening") beginTurn(); show(); },
    silent() { notice("This browser has no voice of its own. Read the interviewer's lines; your own voice is heard.", false); },
    failed() { notice("The interviewer's voice cannot be reached; the browser's own speaks, if it has one. Every line stands above.", false); },
  }, () => ({ server: dialog().dataset.mouth === "server" ? (text) => serverUrl("speech/say", { text, speed: chosen.rate }) : null, voice: chosen.voice, rate: chosen.rate }));

  const heardBy = {
    interim(text, since) { interim = heard(text, since); if (interim) { wordsCame(); caption("You", interim); } else if (!text) caption("You", ""); },
    words(text, { heard: raw, since, asks, again } = {}) { const own = heard(text, since); interim = ""; if (own) take(own, { raw, asks, again }); },
    settled() { show(); },
    failed(kind, told) { lost(kind, told); },
  };
  let ears = null;

  /* Nothing that is still on its way may come into what follows; ``late`` may be given it. */
  function forget(late) {
    if (late && parting?.waiting) {
      const words = (text, { since, again } = {}) => { const own = heard(text, since); if (own) late(own, again && GAP); };
      parting.on = { interim() {}, words, settled() {}, failed() { late(GAP, GAP); } };
    } else parting?.drop();
    parting = held = null;
    insisted = barged = false;
  }

  function newTurn() { forget(); turn = { since: null, stretches: [], guessed: [], heard: [], frames: [], voiceAt: null, asks: "" }; patience.reset(); interim = ""; }
  function beginTurn(at = performance.now()) { if (turn && turn.since === null && !mouth.speaking) turn.since = at; }
  const seconds = (at) => Math.max(0, (at - (turn.since ?? at)) / 1000);

  /* What was heard, without the interviewer's own voice. */
  function heard(text, since = performance.now()) {
    const near = mouth.speaking || since - mouthEnded < SETTLE;
    return near ? withoutEcho(text, lastSaid, mouth.speaking || since < mouthEnded) : text.trim();
  }

  function wordsCame() {
    if (!turn || checking) return;
    if (mouth.speaking) bargeIn();
    beginTurn();
    const now = performance.now();
    const heardLast = turn.stretches.at(-1)?.end ?? -Infinity;
    // The meter knows better when the voice ended: words come later than it.
    if (microphone.voice || ears?.waiting !== 0 || seconds(now) - heardLast < LATE) return;
    patience.voice();
    patience.silence(now);
    // The recogniser hears what the level meter does not: about when, its words say.
    const last = turn.guessed.at(-1);
    if (last && seconds(now) - last.end < GUESSED) last.end = seconds(now);
    else turn.guessed.push({ start: Math.max(0, seconds(now) - GUESSED / 2), end: seconds(now) });
  }

  /* The candidate speaks over the interviewer, who stops. */
  function bargeIn() { mouth.stop(); spoken.silenced = barged = true; turn && (turn.since ??= performance.now()); show(); }

  /* Put words at the end of the field, or where a gap was left for them. */
  function insert(words, again) {
    const field = hooks.field();
    const start = field.value.trimEnd();
    if (again && start.includes(GAP)) field.value = start.replace(GAP, () => words);
    else field.value = start ? `${start} ${words}` : words;
    hooks.changed(field);
    if (document.activeElement !== field) field.scrollTop = field.scrollHeight;
  }

  /* Words that were recognised; ``raw`` is given when they are tidied already. */
  async function take(text, { raw, asks, again } = {}) {
    const mine = turn;
    const where = hooks.interview();
    mine.asks = asks ? text : "";
    wordsCame();
    mine.heard.push(raw ?? text);
    if (LET_ME_THINK.test(text)) patience.think();
    const field = hooks.field();
    insert(text, again);
    caption("You", text);
    if (raw === undefined) {
      tidying += 1;
      try {
        const reply = await fetch(serverUrl("speech/tidy", {}), { method: "POST", body: text, signal: AbortSignal.timeout(TIDIED) });
        const found = await reply.json();
        // Put right only what still stands as it was heard: a correction wins.
        if (reply.ok && mine === turn && where === hooks.interview()) {
          if (found.asks) mine.asks = found.text;
          const at = field.value.lastIndexOf(text);
          if (at >= 0 && found.text !== text) {
            field.value = `${field.value.slice(0, at)}${found.text}${field.value.slice(at + text.length)}`.replace(/^\s+/, "");
            hooks.changed(field);
          }
        }
      } catch { /* the words stand as they were heard */ } finally { tidying -= 1; }
    }
    show();
  }

  microphone.guarded = () => mouth.speaking;
  Object.assign(microphone.on, {
    level(level) { for (const bar of all("meter.call-level")) bar.value = Math.min(1, level * 8); },
    frame(frame, now) {
      tryOut.frame(frame, now);
      if (on && listening()) { if (chosen.keep && turn?.since != null) turn.frames.push(frame); ears?.frame?.(frame, now); }
    },
    voice(is, at) {
      tryOut.voice(is, at);
      if (!on || !turn || checking || !listening()) return;
      if (is) {
        if (mouth.speaking) bargeIn();
        turn.since ??= at;
        turn.voiceAt = at;
        patience.voice();
      } else {
        if (turn.voiceAt !== null) turn.stretches.push({ start: seconds(turn.voiceAt), end: seconds(at) });
        turn.voiceAt = null;
        patience.silence(at);
      }
      ears?.voice?.(is, at);
      show();
    },
    lost() { lost("audio-capture"); },
  });

  /* End the voice that is being heard. */
  function hush() { if (microphone.voice) { microphone.voice = false; microphone.on.voice(false, performance.now()); } }

  /* Ears on exactly while somebody may be heard. */
  function listening() { return on && !muted && !checking && !settling && (phase === "listening" || ((mouth.speaking || barged) && phase !== "ended")) && (chosen.mode === "free" || pushed); }

  let harking = false;
  function hark() {
    const now = listening();
    if (now && !harking) microphone.listen();
    harking = now;
    if (!ears) return;
    if (now) ears.start(); else ears.finish();
  }

  /* Hear no more; what was said already still comes. */
  function part() {
    if (!ears) return;
    if (interim && interim !== "…") { const text = interim; interim = ""; ears.drop(); take(text); }
    ears.finish();
    parting = ears.waiting ? ears : null;
    ears = null;
  }

  function lost(kind, told) {
    const server = kind === "server";
    notice(server ? told : why(kind), server || kind !== "none");
    if (server && !hooks.field().value.includes(GAP)) insert(GAP);
    if (!server) { if (turn) part(); ears = null; microphone.stop(); }
    patience.hold();
    show();
  }

  function notice(text, again) {
    if (!piece("notice")) return;
    piece("notice").hidden = !text;
    piece("notice-words").textContent = text || "";
    knob("again").hidden = !again;
  }

  function caption(who, text) {
    const box = piece("captions");
    if (!box) return;
    piece("who").textContent = text ? who : "";
    piece("caption").textContent = text;
    box.hidden = !chosen.captions || !text;
    box.scrollTop = box.scrollHeight;
  }

  function state() {
    if (phase === "ended") return ["ended", "The call is over"];
    if (mouth.speaking) return ["speaking", "The interviewer is speaking"];
    if (settling) return ["thinking", "Writing it down"];
    if (checking) return ["checking", "Check it, then send"];
    if (phase !== "listening") return ["thinking", "Thinking"];
    if (!ears) return ["typing", "Type your answer"];
    if (muted) return ["muted", "Muted"];
    if (chosen.mode === "push" && !pushed && patience.left(performance.now()) === null) return ["waiting", "Hold Space to talk"];
    if (microphone.voice && !patience.held) return ["hearing", "Listening"];
    const left = ready() ? patience.left(performance.now()) : null;
    if (left === null) return ["listening", ready() ? "Listening; send when you are ready" : "Listening"];
    if (patience.thinking) return ["pausing", "Take your time"];
    return ["counting", left > 0 ? `Sending in ${Math.ceil(left)}` : "Sending"];
  }

  /* There are words, and none are still on their way. */
  const ready = () => Boolean(interim || hooks.field().value.trim());
  const settled = () => !tidying && !(ears?.waiting || ears?.speaking);

  let shown = "";
  function show() {
    const box = find(".call");
    if (!box || !hooks) return;
    hark();
    const [name, text] = state();
    const key = `${name} ${text} ${muted} ${chosen.mode} ${on}`;
    if (key === shown) return;
    shown = key;
    box.hidden = !on || phase === "ended";
    box.dataset.state = name;
    document.body.classList.toggle("in-call", on && phase !== "ended");
    piece("state").textContent = text;
    knob("go-on").hidden = name !== "checking";
    knob("hold").hidden = name !== "counting";
    knob("push").hidden = chosen.mode !== "push" || !ears;
    knob("mute").hidden = chosen.mode === "push" || !ears || checking;
    knob("mute").setAttribute("aria-pressed", String(muted));
    knob("mute").textContent = muted ? "Unmute" : "Mute";
    knob("captions").hidden = checking;
    knob("captions").setAttribute("aria-pressed", String(chosen.captions));
    find("[data-do='voice']").hidden = on;
  }

  function tick() {
    if (!on || phase !== "listening" || mouth.speaking || checking || settling || !turn || dialog().open) return;
    const left = patience.left(performance.now());
    if (left !== null && left <= 0 && ready() && !microphone.voice && settled() && !ears?.lost?.length) over();
    else show();
  }

  /* The turn is over: check it, or send it. */
  function over() {
    if (interim) {
      // It counts now; the recogniser, which would settle it too, begins anew.
      const text = interim;
      interim = "";
      ears?.drop();
      take(text);
      return;
    }
    // A request for a hint and the like is no answer: there is nothing to check.
    if (hooks.practice() && chosen.check && hooks.field().value.trim() !== turn.asks) {
      checking = true;
      caption("You", "");
      ears?.finish();
      show();
      hooks.field().focus({ preventScroll: true });
    } else hooks.send();
  }

  /* What page.js tells */

  let spoken = { key: "", said: [], silenced: false };
  function line(key, text, whole) {
    if (!on) { if (whole) lastLine = text; return; }
    if (spoken.key !== key) spoken = { key, said: [], silenced: false };
    if (whole) lastLine = text;
    const parts = sentences(text, whole);
    for (const sentence of parts) {
      if (spoken.said.includes(sentence)) continue;
      spoken.said.push(sentence);
      if (!spoken.silenced) mouth.say(sentence);
    }
    show();
  }

  function told(now) {
    const before = phase;
    phase = now;
    if (now === "ended") { if (ears) ears.drop(); microphone.stop(); }
    else if (on && now === "listening" && before !== "listening") { checking = barged = false; held = null; if (!turn) newTurn(); beginTurn(); show(); talkByKey(); }
    show();
  }

  /* By push-to-talk the key is at hand when it is the candidate's turn. */
  function talkByKey() { if (chosen.mode === "push" && ears && !hooks.field().value) knob("push").focus({ preventScroll: true }); }

  /* Wait, though not for ever, until the words that were said stand in the field. */
  async function settle() {
    const field = hooks.field();
    const where = hooks.interview();
    const lostNow = () => ears?.lost?.length || 0;
    const already = insisted;
    if (on || parting) {
      const waiting = () => tidying || ears?.waiting || parting?.waiting;
      const before = lostNow();
      settling = on;
      if (interim && interim !== "…") { const text = interim; interim = ""; ears?.drop(); take(text); }
      ears?.finish();
      show();
      const until = performance.now() + WRITTEN;
      while (waiting() && performance.now() < until) await new Promise((wake) => setTimeout(wake, TICK));
      settling = false;
      const slow = Boolean(waiting());
      // Once it is said that words are missing, the candidate may insist.
      insisted = slow || lostNow() > before || (lostNow() && field.value.trim() === GAP);
      if (insisted && !already) {
        if (slow) notice("What you said last is still being written down. Wait a moment, or send without it.", false);
        show();
        return false;
      }
      show();
    }
    insisted = false;
    if (where === hooks.interview() && field.value.includes(GAP)) { field.value = field.value.replaceAll(GAP, "").replace(/ {2,}/g, " ").trim(); hooks.changed(field); }
    return true;
  }

  /* The candidate asked for something by a button. What was said stays, unless the question goes. */
  function wanted(leaves) {
    mouth.stop();
    spoken.silenced = true;
    if (leaves) forget();
    if (!on || !turn) return;
    patience.reset();
    if (!leaves) return;
    ears?.drop();
    newTurn();
    caption("You", "");
    const field = hooks.field();
    field.value = "";
    hooks.changed(field);
  }

  /* How the answer that is being sent was spoken; null when it was typed. */
  function sending() {
    mouth.stop();
    forget();
    if (ears) notice("", false);
    if (!on || !turn) return null;
    const mine = turn;
    const now = performance.now();
    if (mine.voiceAt !== null) mine.stretches.push({ start: seconds(mine.voiceAt), end: seconds(now) });
    const text = mine.heard;
    ears?.drop();
    checking = false;
    caption("You", "");
    newTurn();
    phase = "thinking";
    show();
    if (!text.length) return null;
    mine.recording = chosen.keep && mine.frames.length ? newName() : null;
    const known = mine.stretches.length ? mine.stretches : mine.guessed;
    const stretches = known.filter((item) => item.end > item.start).slice(0, 5000);
    held = mine;
    return { transcript: text.join(" "), stretches, recording: mine.recording };
  }

  /* The server has it; what was a request and no answer is not kept. */
  function accepted(interview, isAnswer) {
    if (held?.recording && isAnswer) upload(interview, held);
    held = null;
  }

  /* The answer was refused: the turn goes on with what was said. */
  function refused() { if (held) { turn = held; held = null; } phase = "listening"; patience.hold(); show(); }

  const newName = () => `${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}.wav`;

  function upload(interview, { recording, frames }) {
    fetch(serverUrl(`speech/recordings/${encodeURIComponent(interview)}/${recording}`, {}), { method: "POST", body: wav(frames), headers: { "content-type": "audio/wav" } })
      .then((reply) => { if (!reply.ok) throw new Error(); })
      .catch(() => notice("The recording of your last answer could not be kept. Your words are.", false));
  }

  /* On and off */

  function makeEars(events) {
    if (dialog().dataset.ears === "server") return new ServerEars(events, () => serverUrl("speech/transcribe", { interview: hooks.interview() || "" }));
    return BrowserEars.there ? new BrowserEars(events) : null;
  }

  async function connect() {
    notice("", false);
    try { await microphone.start(); } catch (error) {
      if (on && error.name !== "AbortError") lost(refusal(error));
      return false;
    }
    if (!on) return false;
    ears = makeEars(heardBy);
    if (!ears) lost("none");
    return Boolean(ears);
  }

  async function start() {
    on = true;
    mouth.broken = false;
    checking = muted = pushed = microphone.muted = false;
    newTurn();
    await connect();
    if (phase === "listening") beginTurn();
    show();
  }

  function stop() {
    on = false;
    checking = false;
    muted = microphone.muted = false;
    mouth.stop();
    if (turn) part();
    microphone.stop();
    caption("", "");
    notice("", false);
    shown = "";
    show();
  }

  const tryOut = window.voiceDialog.make({
    microphone, mouth, makeEars,
    inCall: () => on,
    changed() {
      patience.seconds = chosen.patience;
      if (chosen.mode === "push") muted = microphone.muted = false;
      if (!chosen.keep && turn) turn.frames = [];
      shown = "";
      show();
    },
  });

  /* What the call's buttons do */

  const deeds = {
    "go-on"() { checking = false; patience.reset(); show(); },
    hold() { patience.hold(); show(); },
    mute() { if (!muted) { hush(); patience.hold(); } muted = microphone.muted = !muted; show(); },
    replay() { if (!lastLine) return; mouth.stop(); for (const sentence of sentences(lastLine, true)) mouth.say(sentence); },
    captions() { chosen.captions = !chosen.captions; remember(); shown = ""; if (!chosen.captions) piece("captions").hidden = true; show(); },
    settings() { patience.hold(); tryOut.ask(); },
    off() { stop(); hooks.field().focus(); },
    again() { notice("", false); if (ears?.lost?.length) { patience.reset(); patience.silence(performance.now()); ears.again(); } else connect().then(show); },
    dismiss() { notice("", false); },
    // A key or a screen reader presses and does not hold: it switches.
    push(event) { if (event.detail === 0) push(!pushed); },
  };

  function push(is) {
    if (!on || chosen.mode !== "push" || pushed === is || phase === "ended" || !ears) return;
    if (!is) hush();
    pushed = is;
    if (is) { if (mouth.speaking) bargeIn(); checking = false; if (!turn) newTurn(); patience.voice(); hark(); }
    else {
      ears.finish();
      patience.silence(performance.now());
    }
    find(".talk-key")?.classList.toggle("held", is);
    show();
  }

  const typingIn = (node) => node?.closest?.("textarea, input, select, button, a, summary, dialog");

  function bind() {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-call-do]");
      if (button) deeds[button.dataset.callDo]?.(event);
    });
    document.addEventListener("input", (event) => {
      if (on && event.target.id === "answer") { patience.hold(); show(); }
    });
    document.addEventListener("keydown", (event) => {
      if (!on || event.isComposing) return;
      if (event.code === "Space" && chosen.mode === "push" && (!typingIn(event.target) || event.target.closest(".talk-key"))) { event.preventDefault(); if (!event.repeat) push(true); }
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) { if (mouth.speaking) bargeIn(); else deeds.hold(); }
    });
    document.addEventListener("keyup", (event) => { 
      if (event.code !== "Space") return;
      // Some browsers click on the way up.
      if (event.target.closest?.(".talk-key")) event.preventDefault();
      push(false);
    });
    document.addEventListener("pointerdown", (event) => { if (event.target.closest(".talk-key")) push(true); });
    for (const kind of ["pointerup", "pointercancel", "blur"]) addEventListener(kind, () => push(false));
    addEventListener("pagehide", () => { if (on && interim && interim !== "…") insert(interim); mouth.stop(); ears?.drop(); microphone.stop(); });
    setInterval(tick, TICK);
  }

  return {
    attach(given) { hooks = given; bind(); },
    check: () => tryOut.ask(), start, stop, forget, line, told, settle, wanted, sending, accepted, refused,
    get on() { return on; },
  };
})();
