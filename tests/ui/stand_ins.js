/* Stand-ins for what headless Chromium lacks: a recogniser that behaves like Chrome's, a
   synthesiser, and a microphone whose loudness a test sets. Driven through window.stage. */
(() => {
  const stage = (window.stage = { recognisers: [], uttered: [], marks: [], denied: false, fail: null, mic: null, slow: 60, autoEnd: true });

  class Recogniser {
    constructor() { stage.recognisers.push(this); this.running = false; this.results = []; }
    start() {
      if (this.running) throw new DOMException("already started", "InvalidStateError");
      this.running = true;
      setTimeout(() => {
        if (!this.running) return;
        if (stage.fail) { this.error(stage.fail); return; }
        this.onstart?.({});
      }, 5);
    }
    stop() {
      if (!this.running) return;
      // Chrome settles what it heard, then ends.
      setTimeout(() => { this.settle(); this.end(); }, 30);
    }
    abort() { this.interim = null; setTimeout(() => { if (this.running) { this.onerror?.({ error: "aborted" }); this.end(); } }, 5); }
    error(kind) { this.onerror?.({ error: kind, message: "" }); this.end(); }
    end() { if (!this.running) return; this.running = false; this.onend?.({}); }
    settle() { if (this.interim) this.hear(this.interim, true); }
    /* Interim results replace each other at one index; a final one takes it. */
    hear(text, final = false) {
      if (!this.running) return false;
      const index = this.results.length - (this.results.at(-1)?.isFinal === false ? 1 : 0);
      const result = Object.assign([{ transcript: text, confidence: final ? 0.9 : 0 }], { isFinal: final });
      this.results[index] = result;
      this.interim = final ? null : text;
      const results = Object.assign([...this.results], { item: (n) => this.results[n] });
      this.onresult?.({ resultIndex: index, results });
      return true;
    }
  }
  stage.listening = () => stage.recognisers.findLast((one) => one.running) || null;
  stage.hear = (text, final = false) => Boolean(stage.listening()?.hear(text, final));
  if (!window.stageWithoutRecogniser) window.SpeechRecognition = window.webkitSpeechRecognition = Recogniser;
  else { delete window.SpeechRecognition; delete window.webkitSpeechRecognition; }

  class Utterance { constructor(text) { this.text = text; this.rate = 1; } }
  const queue = [];
  const speakNext = () => {
    const next = queue[0];
    if (!next || next.begun) return;
    next.begun = true;
    stage.uttered.push({ text: next.text, rate: next.rate, at: performance.now() });
    next.onstart?.({});
    next.timer = setTimeout(() => { queue.shift(); next.onend?.({}); speakNext(); }, stage.slow);
  };
  const synthesis = {
    speak(utterance) { if (window.stageWithoutVoice) return; queue.push(utterance); speakNext(); },
    cancel() { for (const one of queue.splice(0)) { clearTimeout(one.timer); one.onerror?.({ error: "canceled" }); } },
    getVoices: () => window.stageWithoutVoice ? [] : [{ name: "Ada", lang: "en-GB" }, { name: "Grace", lang: "en-US" }, { name: "Jean", lang: "fr-FR" }],
    addEventListener() {}, pause() {}, resume() {},
    get speaking() { return queue.length > 0; },
  };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis, configurable: true });
  window.SpeechSynthesisUtterance = Utterance;

  if (!window.stageRealMicrophone) {
    navigator.mediaDevices.getUserMedia = async () => {
      if (window.stageAsks) await new Promise((allow) => { stage.allow = allow; });
      if (stage.denied) throw new DOMException("Permission denied", stage.denied);
      const context = new AudioContext();
      await context.resume();
      const voice = new OscillatorNode(context, { type: "sawtooth", frequency: 140 });
      const gain = new GainNode(context, { gain: 0 });
      const target = new MediaStreamAudioDestinationNode(context);
      voice.connect(gain).connect(target);
      voice.start();
      (stage.streams ??= []).push(target.stream);
      stage.mic = { loud: (is) => gain.gain.setValueAtTime(is ? 0.2 : 0, context.currentTime), stream: target.stream };
      return target.stream;
    };
  }
  stage.loud = (is) => stage.mic?.loud(is);
})();
