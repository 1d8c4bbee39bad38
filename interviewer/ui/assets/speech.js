/* Ears, a mouth, and whose turn it is. Knows nothing of slots or of the interview:
   page.js tells it what is said, and is told what was heard. */
window.speech = (() => {
  "use strict";

  const RATE = 16000;
  const FRAME = 512; // samples: 32 ms
  const QUIET = 0.006; // root mean square, full scale 1: under it nobody speaks
  const OVER_NOISE = 3;
  const OVER_ECHO = 2.5; // times louder to be heard over the interviewer's own voice
  const PRE_ROLL = 10; // frames kept from before a voice was noticed
  const HANG = 250; // ms of silence that still belong to a voice
  const BARGE = 250; // ms of voice that stop the interviewer
  const SETTLE = 600; // ms after the interviewer's voice in which its echo may come
  const ECHO = 5; // words in a row that are an echo
  const TRANSCRIBED = 60000; // ms that a stretch may take to be written down
  const FIRST_SOUND = 10000; // ms until a server's voice begins
  const NO_VOICE = 1500; // ms without a sound from a browser that lists no voices
  const LONGEST = 15000; // ms of unbroken speech that are written down at once
  const THINKING = 20; // seconds that "let me think" adds
  const LET_ME_THINK = /\b(?:let me (?:just )?(?:think|see)|(?:give me|just) a (?:second|moment|minute|sec)|one (?:second|moment|sec)|hold on|bear with me)(?: about (?:it|that|this))?[\s.,!…]*$/i;

  const words = (text) => text.toLowerCase().replace(/['’]/g, "").match(/[\p{L}\p{N}]+/gu) || [];

  /* Sentences of a line, as soon as each is whole. */
  function sentences(text, whole) {
    const found = [...text.matchAll(/[^.!?…]*(?:[.!?…]+["”’)]*(?=\s|$)|[.!?…]+(?=\S)[^.!?…]*)+/g)].map((match) => match[0]);
    const rest = text.slice(found.join("").length);
    // The last one may go on: "0." of "0.5", unless more came after it.
    if (!whole && !rest && found.length) found.pop();
    if (whole && rest.trim()) found.push(rest);
    return found.map((item) => item.trim()).filter(Boolean);
  }

  /* What was heard without the interviewer's own words at its beginning. A candidate who
     repeats a few words of the question keeps them: an echo is longer, or it is all there is. */
  function withoutEcho(heard, said, speaking) {
    const own = words(said);
    const parts = heard.split(/\s+/).filter(Boolean);
    const spoken = parts.map((part) => words(part).join(""));
    let best = 0;
    for (let start = 0; start < own.length; start += 1) {
      let at = start;
      let same = 0;
      for (let count = 0; count < spoken.length && at < own.length; count += 1) {
        const next = own.slice(at, at + 3).indexOf(spoken[count]);
        if (next >= 0) { same += 1; at += next + 1; } else at += 1;
        const whole = count + 1 === spoken.length && same === spoken.length && (speaking || same >= 3);
        if (whole || (same >= ECHO && same >= 0.8 * (count + 1) && next >= 0)) best = Math.max(best, count + 1);
      }
    }
    return parts.slice(best).join(" ");
  }

  function wav(frames) {
    const length = frames.reduce((sum, frame) => sum + frame.length, 0);
    const view = new DataView(new ArrayBuffer(44 + 2 * length));
    const text = (at, value) => [...value].forEach((letter, n) => view.setUint8(at + n, letter.charCodeAt(0)));
    text(0, "RIFF"); view.setUint32(4, 36 + 2 * length, true); text(8, "WAVEfmt ");
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
    view.setUint32(24, RATE, true); view.setUint32(28, 2 * RATE, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    text(36, "data"); view.setUint32(40, 2 * length, true);
    let at = 44;
    for (const frame of frames) for (const sample of frame) { view.setInt16(at, sample, true); at += 2; }
    return new Blob([view], { type: "audio/wav" });
  }

  /* The microphone: frames of sound, how loud, and when there is a voice in them. */
  class Microphone {
    constructor() { this.on = { level() {}, voice() {}, frame() {} }; this.muted = false; this.guarded = () => false; this.generation = 0; this.starting = null; }

    get open() { return Boolean(this.stream); }

    /* Open it, once however often it is asked; AbortError when it was stopped meanwhile. */
    start() {
      if (this.stream) return Promise.resolve();
      const mine = this.starting ??= this.acquire().finally(() => { if (this.starting === mine) this.starting = null; });
      return mine;
    }

    async acquire() {
      const generation = this.generation;
      if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error("no microphone"), { name: "NotFoundError" });
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } });
      try { await this.connect(stream, () => { if (generation !== this.generation) throw new DOMException("stopped", "AbortError"); }); }
      catch (error) { for (const track of stream.getTracks()) track.stop(); throw error; }
    }

    /* Frames out of a stream; ``wanted`` throws when it was stopped meanwhile. */
    async connect(stream, wanted) {
      wanted();
      const context = new AudioContext({ sampleRate: RATE });
      const code = `registerProcessor("frames", class extends AudioWorkletProcessor {
        constructor() { super(); this.held = new Int16Array(${FRAME}); this.at = 0; }
        process([input]) {
          for (const sample of input[0] || []) {
            this.held[this.at++] = Math.max(-1, Math.min(1, sample)) * 32767;
            if (this.at === ${FRAME}) { this.port.postMessage(this.held.slice()); this.at = 0; }
          }
          return true;
        }
      })`;
      const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      await context.audioWorklet.addModule(url);
      URL.revokeObjectURL(url);
      const node = new AudioWorkletNode(context, "frames", { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => { if (this.node === node) this.take(data); };
      context.createMediaStreamSource(stream).connect(node);
      await context.resume();
      try { wanted(); } catch (error) { context.close(); throw error; }
      Object.assign(this, { stream, context, node, floor: QUIET / OVER_NOISE, loud: 0, voice: false, lastLoud: 0 });
      stream.getAudioTracks()[0].onended = () => { this.stop(); this.on.lost?.(); };
    }

    take(frame) {
      const now = performance.now();
      let sum = 0;
      for (const sample of frame) sum += sample * sample;
      const level = this.muted ? 0 : Math.sqrt(sum / frame.length) / 32768;
      this.on.level(level);
      this.on.frame(this.muted ? new Int16Array(frame.length) : frame, now);
      const guarded = this.guarded();
      const bar = Math.max(QUIET, this.floor * OVER_NOISE) * (guarded ? OVER_ECHO : 1);
      if (level > bar) { this.loud += 1; this.lastLoud = now; } else {
        this.loud = 0;
        this.floor += (level - this.floor) * (level < this.floor ? 0.2 : 0.005);
      }
      const needed = guarded ? Math.ceil(BARGE / 32) : 2;
      if (!this.voice && this.loud >= needed) { this.voice = true; this.on.voice(true, now - 32 * this.loud); }
      else if (this.voice && now - this.lastLoud > HANG) { this.voice = false; this.on.voice(false, this.lastLoud); }
    }

    /* Notice a voice anew that was there already. */
    listen() { this.voice = false; this.loud = 0; }

    stop() {
      this.generation += 1;
      this.starting = null;
      for (const track of this.stream?.getTracks() || []) { track.onended = null; track.stop(); }
      this.context?.close();
      this.stream = this.context = this.node = null;
      this.voice = false;
    }
  }

  /* Ears that are the browser's own: interim words, and a recogniser that stops by itself. */
  class BrowserEars {
    static get there() { return Boolean(window.SpeechRecognition || window.webkitSpeechRecognition); }

    constructor(on) { this.on = on; this.epoch = 0; this.tries = 0; }

    start() {
      if (this.wanted) return;
      this.wanted = true;
      this.tries = 0;
      this.begin();
    }

    begin() {
      const epoch = ++this.epoch;
      const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
      const recogniser = this.recogniser = new Recognition();
      Object.assign(recogniser, { continuous: true, interimResults: true, lang: "en-US", maxAlternatives: 1 });
      let interim = "";
      let failure = "";
      const began = []; // when each result was first heard
      const mine = () => epoch === this.epoch;
      recogniser.onresult = (event) => {
        if (!mine()) return;
        this.tries = 0;
        interim = "";
        for (let at = event.resultIndex; at < event.results.length; at += 1) {
          const text = event.results[at][0].transcript;
          began[at] ??= performance.now();
          if (event.results[at].isFinal) this.on.words(text, { since: began[at] });
          else { if (!interim) this.since = began[at]; interim += text; }
        }
        this.on.interim(interim, this.since);
      };
      recogniser.onerror = (event) => { if (mine()) failure = event.error; };
      recogniser.onend = () => {
        if (!mine()) return;
        // What was heard and not settled counts: nothing is said twice after this.
        if (interim.trim()) { this.on.words(interim, { since: this.since }); this.on.interim(""); }
        interim = "";
        this.recogniser = null;
        if (["not-allowed", "service-not-allowed", "audio-capture", "language-not-supported"].includes(failure)) { this.wanted = false; this.on.failed(failure); return; }
        if (failure && failure !== "no-speech" && ++this.tries > 2) { this.wanted = false; this.on.failed(failure); return; }
        if (this.wanted) setTimeout(() => { if (mine() && this.wanted) this.begin(); }, failure && failure !== "no-speech" ? 400 * this.tries : 0);
        else this.on.stopped?.();
      };
      try { recogniser.start(); } catch { this.wanted = false; this.on.failed("audio-capture"); }
    }

    /* Settle what was heard, and hear no more. */
    finish() {
      if (!this.wanted) return;
      this.wanted = false;
      try { this.recogniser?.stop(); } catch { /* it had stopped */ }
    }

    /* Hear no more, and forget what was not settled. */
    drop() {
      this.wanted = false;
      this.epoch += 1;
      try { this.recogniser?.abort(); } catch { /* it had stopped */ }
      this.recogniser = null;
    }

    get waiting() { return 0; }
  }

  /* Ears that are the server's: each stretch of voice is sent when it ends. */
  class ServerEars {
    constructor(on, url) { Object.assign(this, { on, url, epoch: 0, queue: Promise.resolve(), waiting: 0, held: [], frames: [], lost: [] }); }

    start() {
      if (this.wanted) return;
      this.wanted = true;
      this.held = [];
    }

    voice(is, now) {
      if (!this.wanted) return;
      if (is) { this.speaking = true; this.since = now; this.frames = this.held.slice(); this.on.interim("…"); }
      else if (this.speaking) this.cut();
    }

    frame(frame, now) {
      this.held.push(frame);
      if (this.held.length > PRE_ROLL) this.held.shift();
      if (!this.speaking) return;
      this.frames.push(frame);
      if (now - this.since > LONGEST) { this.cut(); this.speaking = true; this.since = now; }
    }

    cut() {
      const frames = this.frames;
      this.frames = [];
      this.speaking = false;
      if (frames.length) this.send(wav(frames), this.since);
    }

    send(sound, since, again = false) {
      const epoch = this.epoch;
      this.waiting += 1;
      const reply = this.ask(sound);
      // In the order they were said, whichever comes back first.
      this.queue = this.queue.then(async () => {
        try {
          const { text, heard, asks } = await reply;
          if (epoch === this.epoch && text) this.on.words(text, { heard, since, asks, again });
        } catch (error) {
          if (epoch === this.epoch) { this.lost.push([sound, since]); this.on.failed("server", error.message); }
        } finally {
          if (epoch === this.epoch) { this.waiting -= 1; if (!this.waiting && !this.speaking) this.on.interim(""); this.on.settled?.(); }
        }
      });
    }

    async ask(sound) {
      let reply;
      for (let attempt = 0; ; attempt += 1) {
        try {
          reply = await fetch(this.url(), { method: "POST", body: sound, headers: { "content-type": "audio/wav" }, signal: AbortSignal.timeout(TRANSCRIBED) });
          if (reply.status < 500 || attempt) break;
        } catch (error) {
          if (attempt) throw new Error("The server cannot be reached. What you said is kept: try again, or type.", { cause: error });
        }
        await new Promise((wake) => setTimeout(wake, 500));
      }
      const found = await reply.json().catch(() => ({}));
      if (!reply.ok) throw new Error(found.error || "The server could not write that down.");
      return found;
    }

    /* Ask again for what was not written down. */
    again() { const lost = this.lost; this.lost = []; lost.forEach((one) => this.send(...one, true)); }

    finish() { this.wanted = false; if (this.speaking) this.cut(); }

    drop() { Object.assign(this, { wanted: false, speaking: false, epoch: this.epoch + 1, waiting: 0, held: [], frames: [], lost: [] }); this.queue = Promise.resolve(); }
  }

  /* A mouth: sentences in order, the next one made ready while one is spoken. */
  class Mouth {
    constructor(on, settings) { Object.assign(this, { on, settings, queue: [], now: null, token: 0, broken: false, silent: false }); }

    get speaking() { return Boolean(this.now || this.queue.length); }

    say(text) {
      this.queue.push({ text });
      if (this.now && this.queue.length === 1) this.load(this.queue[0]);
      this.next();
    }

    /* Ask the server for a sentence; only the next one is asked for ahead. */
    load(item) {
      const { server } = this.settings();
      if (!server || item.audio || this.broken) return;
      item.audio = Object.assign(new Audio(), { preload: "auto" });
      item.audio.onerror = () => { item.failed = true; };
      item.audio.src = server(item.text);
    }

    next() {
      if (this.now) return;
      const item = this.queue.shift();
      if (!item) { this.on.done(); return; }
      const token = ++this.token;
      this.now = item;
      this.load(item);
      if (this.queue.length) this.load(this.queue[0]);
      this.on.sentence(item.text);
      let over = false;
      const done = () => {
        if (over || token !== this.token) return;
        over = true;
        clearTimeout(item.watchdog);
        this.now = null;
        this.next();
      };
      // Some voices never say that they are done.
      const watch = () => {
        clearTimeout(item.watchdog);
        item.watchdog = setTimeout(() => { this.hush(item); done(); }, 4000 + 700 * item.text.split(/\s+/).length);
      };
      if (!item.audio) { watch(); this.utter(item, done); return; }
      let gone = false;
      const fallBack = () => {
        if (gone || token !== this.token) return;
        gone = this.broken = true;
        this.hush(item);
        item.audio = null;
        this.on.failed();
        watch();
        this.utter(item, done);
      };
      item.watchdog = setTimeout(fallBack, FIRST_SOUND);
      item.audio.onplaying = watch;
      item.audio.onended = done;
      item.audio.onerror = fallBack;
      if (item.failed) fallBack(); else item.audio.play().catch(fallBack);
    }

    utter(item, done) {
      const synthesis = window.speechSynthesis;
      const silent = () => { if (!this.silent) { this.silent = true; this.on.silent(); } done(); };
      if (this.silent || !synthesis || !window.SpeechSynthesisUtterance) { setTimeout(silent, 0); return; }
      const { voice, rate } = this.settings();
      const utterance = new SpeechSynthesisUtterance(item.text);
      utterance.lang = "en-US";
      utterance.rate = rate;
      const chosen = synthesis.getVoices().find((each) => each.name === voice);
      if (chosen) { utterance.voice = chosen; utterance.lang = chosen.lang; }
      // A browser without a voice says neither that it began nor that it failed.
      const mute = setTimeout(() => { if (!synthesis.getVoices().length) silent(); }, NO_VOICE);
      utterance.onstart = () => clearTimeout(mute);
      utterance.onend = utterance.onerror = () => { clearTimeout(mute); done(); };
      item.utterance = utterance; // held, or Chrome forgets to call back
      synthesis.speak(utterance);
    }

    /* A sentence that is not to be heard any more. */
    hush(item) {
      if (!item?.audio) { window.speechSynthesis?.cancel(); return; }
      Object.assign(item.audio, { onerror: null, onplaying: null });
      item.audio.pause();
      item.audio.removeAttribute("src");
    }

    stop() {
      if (this.speaking) this.on.stopped();
      this.token += 1;
      clearTimeout(this.now?.watchdog);
      for (const item of [this.now, ...this.queue]) if (item?.audio) this.hush(item);
      this.queue = [];
      this.now = null;
      window.speechSynthesis?.cancel();
    }
  }

  /* When a turn is over: silence for as long as the candidate wants to be waited for. */
  class Patience {
    constructor(seconds) { this.seconds = seconds; this.reset(); }
    reset() { Object.assign(this, { since: null, extra: 0, held: false }); }
    voice() { Object.assign(this, { since: null, extra: 0, held: false }); }
    silence(at) { this.since ??= at; }
    think() { this.extra = Math.max(this.extra, THINKING); }
    hold() { this.held = true; }
    get thinking() { return this.extra > 0; }
    /* Seconds left; null while nothing runs out. */
    left(now) { return this.held || this.since === null ? null : this.seconds + this.extra - (now - this.since) / 1000; }
  }

  return { Microphone, BrowserEars, ServerEars, Mouth, Patience, sentences, withoutEcho, wav, words, LET_ME_THINK, FRAME, RATE, SETTLE };
})();
