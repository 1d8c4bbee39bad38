/* The call: a spoken interview on the page. What is heard lands in the answer's
   field, where it can be corrected; what counts is what is in the field when it is sent. */
window.call = (() => {
  "use strict";

  const { Microphone, BrowserEars, ServerEars, Mouth, Patience, sentences, withoutEcho, wav, LET_ME_THINK, SETTLE } = window.speech;
  const { chosen, remember, why, refusal } = window.voiceDialog;
  const TICK = 50;
  const LATE = 3; // seconds within which words belong to the voice before them
  const GUESSED = 1.5; // seconds between two words of one stretch of speech
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const part = (name) => find(`[data-call="${name}"]`);
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
  const patience = new Patience(chosen.patience);
  const microphone = new Microphone();

  const serverUrl = (path, values) => new URL(`${path}?${new URLSearchParams(values)}`, document.baseURI).href;
  const dialog = () => find("dialog.voice");
  const mouth = new Mouth({
    sentence(text) { lastSaid = `${lastSaid} ${text}`.slice(-600); caption("Interviewer", text); show(); },
    done() { mouthEnded = performance.now(); beginTurn(); lastSaid = lastSaid.slice(-300); show(); },
    silent() { notice("This browser has no voice of its own. Read the interviewer's lines; your own voice is heard.", false); },
    failed() { notice("The interviewer's voice cannot be reached; the browser's own speaks, if it has one. Every line stands above.", false); },
  }, () => ({ server: dialog().dataset.mouth === "server" ? (text) => serverUrl("speech/say", { text, speed: chosen.rate }) : null, voice: chosen.voice, rate: chosen.rate }));

  const heardBy = {
    interim(text) { interim = heard(text); if (interim) { wordsCame(); caption("You", interim); } else if (!text) caption("You", ""); },
    words(text, { heard: raw, since, asks } = {}) { const own = heard(text, since); interim = ""; if (own) take(own, raw, asks); },
    settled() { show(); },
    failed(kind, told) { lost(kind, told); },
  };
  let ears = null;

  function newTurn() { turn = { since: null, stretches: [], guessed: [], heard: [], frames: [], voiceAt: null, asks: "" }; patience.reset(); interim = ""; }
  function beginTurn(at = performance.now()) { if (turn && turn.since === null && !mouth.speaking) turn.since = at; }
  const seconds = (at) => Math.max(0, (at - (turn.since ?? at)) / 1000);

  /* What was heard, without the interviewer's own voice. */
  function heard(text, since = performance.now()) {
    const near = mouth.speaking || since - mouthEnded < SETTLE;
    return near ? withoutEcho(text, lastSaid, mouth.speaking) : text.trim();
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
  function bargeIn() { mouth.stop(); mouthEnded = performance.now(); turn && (turn.since ??= performance.now()); show(); }

  /* Words that were recognised; ``raw`` is given when they are tidied already. */
  async function take(text, raw, asks) {
    const mine = turn;
    mine.asks = asks ? text : "";
    wordsCame();
    mine.heard.push(raw ?? text);
    if (LET_ME_THINK.test(text)) patience.think();
    const field = hooks.field();
    const start = field.value.trimEnd();
    const insert = (words) => { field.value = start ? `${start} ${words}` : words; hooks.changed(field); };
    insert(text);
    caption("You", text);
    if (raw === undefined) {
      tidying += 1;
      try {
        const reply = await fetch(serverUrl("speech/tidy", {}), { method: "POST", body: text });
        const found = await reply.json();
        // Put right only what still stands as it was heard: a correction wins.
        if (reply.ok && mine === turn) {
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
  function listening() { return on && !muted && !checking && (phase === "listening" || (mouth.speaking && phase !== "ended")) && (chosen.mode === "free" || pushed); }

  function hark() {
    if (!ears) return;
    if (listening()) ears.start(); else ears.finish();
  }

  function lost(kind, told) {
    const server = kind === "server";
    notice(server ? told : why(kind), server || kind !== "none");
    if (!server) { ears?.drop(); ears = null; microphone.stop(); }
    patience.hold();
    show();
  }

  function notice(text, again) {
    part("notice").hidden = !text;
    part("notice-words").textContent = text || "";
    knob("again").hidden = !again;
  }

  function caption(who, text) {
    const box = part("captions");
    if (!box) return;
    part("who").textContent = text ? who : "";
    part("caption").textContent = text;
    box.hidden = !chosen.captions || !text;
  }

  function state() {
    if (phase === "ended") return ["ended", "The call is over"];
    if (mouth.speaking) return ["speaking", "The interviewer is speaking"];
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
    part("state").textContent = text;
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
    if (!on || phase !== "listening" || mouth.speaking || checking || !turn) return;
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

  let spoken = { key: "", said: [] };
  function line(key, text, whole) {
    if (!on) { if (whole) lastLine = text; return; }
    if (spoken.key !== key) spoken = { key, said: [] };
    if (whole) lastLine = text;
    const parts = sentences(text, whole);
    for (const sentence of parts) {
      if (spoken.said.includes(sentence)) continue;
      spoken.said.push(sentence);
      mouth.say(sentence);
    }
    show();
  }

  function told(now) {
    const before = phase;
    phase = now;
    if (now === "ended") { if (ears) ears.drop(); microphone.stop(); }
    else if (on && now === "listening" && before !== "listening") { checking = false; held = null; if (!turn) newTurn(); beginTurn(); }
    show();
  }

  /* How the answer that is being sent was spoken; null when it was typed. */
  function sending(interview) {
    if (!on || !turn) return null;
    const mine = turn;
    const now = performance.now();
    if (mine.voiceAt !== null) mine.stretches.push({ start: seconds(mine.voiceAt), end: seconds(now) });
    const text = interim ? [...mine.heard, interim] : mine.heard;
    ears?.drop();
    checking = false;
    caption("You", "");
    newTurn();
    phase = "thinking";
    show();
    if (!text.length) return null;
    const recording = mine.frames.length ? upload(interview, mine.frames) : null;
    const known = mine.stretches.length ? mine.stretches : mine.guessed;
    const stretches = known.filter((item) => item.end > item.start).slice(0, 5000);
    held = mine;
    return { transcript: text.join(" "), stretches, recording };
  }

  /* The answer was refused: the turn goes on with what was said. */
  function refused() { if (held) { turn = held; held = null; } phase = "listening"; patience.hold(); show(); }

  function upload(interview, frames) {
    const name = `${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}.wav`;
    fetch(serverUrl(`speech/recordings/${encodeURIComponent(interview)}/${name}`, {}), { method: "POST", body: wav(frames), headers: { "content-type": "audio/wav" } })
      .then((reply) => { if (!reply.ok) throw new Error(); })
      .catch(() => notice("The recording of your last answer could not be kept. Your words are.", false));
    return name;
  }

  /* On and off */

  function makeEars(events) {
    if (dialog().dataset.ears === "server") return new ServerEars(events, () => serverUrl("speech/transcribe", { interview: hooks.interview() || "" }));
    return BrowserEars.there ? new BrowserEars(events) : null;
  }

  async function connect() {
    notice("", false);
    try { await microphone.start(); } catch (error) {
      lost(refusal(error));
      return false;
    }
    ears = makeEars(heardBy);
    if (!ears) lost("none");
    return Boolean(ears);
  }

  async function start() {
    on = true;
    mouth.broken = false;
    checking = muted = pushed = false;
    newTurn();
    await connect();
    beginTurn();
    show();
  }

  function stop() {
    on = false;
    checking = false;
    mouth.stop();
    ears?.drop();
    ears = null;
    microphone.stop();
    caption("", "");
    notice("", false);
    shown = "";
    show();
  }

  const tryOut = window.voiceDialog.make({
    microphone, mouth, makeEars,
    inCall: () => on,
    changed() { patience.seconds = chosen.patience; shown = ""; show(); },
  });

  /* What the call's buttons do */

  const deeds = {
    "go-on"() { checking = false; patience.reset(); show(); },
    hold() { patience.hold(); show(); },
    mute() { if (!muted) hush(); muted = microphone.muted = !muted; show(); },
    replay() { if (!lastLine) return; mouth.stop(); for (const sentence of sentences(lastLine, true)) mouth.say(sentence); },
    captions() { chosen.captions = !chosen.captions; remember(); shown = ""; if (!chosen.captions) part("captions").hidden = true; show(); },
    settings() { tryOut.ask(); },
    off() { stop(); hooks.field().focus(); },
    again() { notice("", false); if (ears?.lost?.length) { patience.reset(); patience.silence(performance.now()); ears.again(); } else connect().then(show); },
    dismiss() { notice("", false); },
    push() {},
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
      if (button) deeds[button.dataset.callDo]?.();
    });
    document.addEventListener("input", (event) => {
      if (on && event.target.id === "answer") { patience.hold(); show(); }
    });
    document.addEventListener("keydown", (event) => {
      if (!on || event.isComposing) return;
      if (event.code === "Space" && chosen.mode === "push" && (!typingIn(event.target) || event.target.closest(".talk-key"))) { event.preventDefault(); if (!event.repeat) push(true); }
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) { if (mouth.speaking) bargeIn(); else deeds.hold(); }
    });
    document.addEventListener("keyup", (event) => { if (event.code === "Space") push(false); });
    document.addEventListener("pointerdown", (event) => { if (event.target.closest(".talk-key")) push(true); });
    for (const kind of ["pointerup", "pointercancel", "blur"]) addEventListener(kind, () => push(false));
    addEventListener("pagehide", () => { mouth.stop(); ears?.drop(); microphone.stop(); });
    setInterval(tick, TICK);
  }

  return {
    attach(given) { hooks = given; bind(); },
    check: () => tryOut.ask(), start, stop, line, told, sending, refused,
    get on() { return on; },
  };
})();
