/* The dialog of a call: a check of the microphone, and the settings, which are kept
   in the browser. */
window.voiceDialog = (() => {
  "use strict";

  const { RATE, FRAME, wav } = window.speech;
  const PREFERENCES = "interviewer.voice";
  const PLAYABLE = 30; // frames that are worth playing back
  const LONGEST = 10; // seconds of a sample
  const WHY = {
    "not-allowed": "The browser may not use the microphone. Allow it beside the address, then try again; or type.",
    "service-not-allowed": "This browser does not let pages recognise speech. Type, or use a browser that does.",
    "audio-capture": "No microphone was found. Connect one and try again, or type.",
    "language-not-supported": "This browser's recogniser does not know English. Type, or use another browser.",
    aborted: "Something else, such as another tab, keeps taking the browser's recogniser. What you said is in the field: go on typing, or try again.",
    network: "The browser's recogniser cannot reach its service. What you said is in the field: go on typing, or try again.",
    none: "This browser cannot recognise speech. Type your answer; the interviewer still speaks.",
  };

  const find = (selector, within = box()) => within.querySelector(selector);
  const box = () => document.querySelector("dialog.voice");
  const chosen = { mode: "free", patience: 2.5, voice: "", rate: 1, captions: true, check: true, keep: false };
  try { Object.assign(chosen, JSON.parse(localStorage.getItem(PREFERENCES) || "{}")); } catch { /* forbidden, or not ours */ }
  const remember = () => { try { localStorage.setItem(PREFERENCES, JSON.stringify(chosen)); } catch { /* forbidden */ } };
  const why = (kind) => WHY[kind] || WHY["audio-capture"];
  /* What kind of failure a refused microphone is. */
  const refusal = (error) => (error.name === "NotAllowedError" || error.name === "SecurityError" ? "not-allowed" : "audio-capture");

  /* Tools: the call's microphone and mouth, what makes ears, whether a call is on, and
     whom to tell when a setting changed or the dialog is closed. */
  function make({ microphone, mouth, makeEars, inCall, changed }) {
    let sample = null;
    let answered = null;
    let greeted = false;

    const put = (name, text) => { find(`[data-voice="${name}"]`).textContent = text; };
    const hide = (name, is) => { find(`[data-voice="${name}"]`).hidden = is; };
    const knob = (name) => find(`[data-voice-do="${name}"]`);
    const problem = (text) => { put("problem", text); hide("problem", !text); };
    const labels = () => { put("patience", `${chosen.patience} s`); put("rate", `${chosen.rate}×`); };

    /* Open it; true when the person wants to be heard. */
    function ask() {
      for (const field of box().querySelectorAll("[name]")) {
        if (field.type === "radio") field.checked = field.value === chosen[field.name];
        else if (field.type === "checkbox") field.checked = chosen[field.name];
        else field.value = chosen[field.name];
      }
      labels();
      listVoices();
      put("heard", "");
      problem("");
      hide("sample", !microphone.open);
      knob("open").hidden = microphone.open;
      knob("playback").disabled = true;
      put("yes", inCall() ? "Done" : "Use my voice");
      hide("no", inCall());
      box().returnValue = "no";
      box().showModal();
      if (microphone.open && !inCall()) listen();
      return new Promise((resolve) => { answered = resolve; });
    }

    function listVoices() {
      if (!box()) return;
      const voices = box().dataset.mouth === "server" ? [] : (window.speechSynthesis?.getVoices() || []).filter((voice) => voice.lang.startsWith("en"));
      hide("voices", !voices.length);
      find('[data-voice="voices"] select').replaceChildren(new Option("The browser's choice", ""), ...voices.map((voice) => new Option(voice.name, voice.name, false, voice.name === chosen.voice)));
    }

    /* Hear a sentence, to show it and to play it back. */
    function listen() {
      const frames = [];
      const said = [];
      const ears = makeEars({
        // What the microphone hears of the interviewer's own voice is no sample.
        interim(text) { if (!mouth.speaking) put("heard", [...said, text].join(" ")); },
        words(text) { if (!mouth.speaking) { said.push(text); put("heard", said.join(" ")); } },
        failed(kind, told) { problem(told || why(kind)); },
      });
      if (!ears) problem(WHY.none);
      ears?.start();
      sample = { frames, ears };
    }

    async function openMicrophone() {
      problem("");
      try { await microphone.start(); } catch (error) { if (error.name !== "AbortError") problem(why(refusal(error))); return; }
      if (!box().open) return;
      hide("sample", false);
      knob("open").hidden = true;
      listen();
    }

    function play() {
      const audio = new Audio(URL.createObjectURL(wav(sample.frames)));
      audio.onended = () => URL.revokeObjectURL(audio.src);
      audio.play();
    }

    function closed() {
      sample?.ears?.drop();
      sample = null;
      if (greeted) mouth.stop();
      greeted = false;
      const yes = box().returnValue === "yes";
      if (!yes && !inCall()) microphone.stop();
      answered?.(yes);
      answered = null;
      changed();
    }

    const deeds = {
      open: openMicrophone,
      playback() { if (sample) play(); },
      hear() { greeted = true; mouth.say("Hello. I am glad you are here. Take the time you need."); },
    };

    document.addEventListener("click", (event) => deeds[event.target.closest("[data-voice-do]")?.dataset.voiceDo]?.());
    document.addEventListener("input", ({ target: field }) => {
      if (!field.closest?.("dialog.voice")) return;
      chosen[field.name] = field.type === "checkbox" ? field.checked : field.type === "range" ? Number(field.value) : field.value;
      labels();
      remember();
      changed();
    });
    document.addEventListener("close", (event) => { if (event.target.matches?.("dialog.voice")) closed(); }, true);
    window.speechSynthesis?.addEventListener?.("voiceschanged", listVoices);

    return {
      ask,
      frame(frame, now) {
        if (!sample) return;
        if (sample.frames.length < LONGEST * RATE / FRAME) sample.frames.push(frame);
        sample.ears?.frame?.(frame, now);
        if (sample.frames.length === PLAYABLE) knob("playback").disabled = false;
      },
      voice(is, at) { sample?.ears?.voice?.(is, at); },
    };
  }

  return { chosen, remember, why, refusal, make };
})();
