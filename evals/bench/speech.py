"""How fast a call turns: ``python evals/bench/speech.py [TURNS]``.

A real server, a real Chromium and a scripted audio server; the microphone is a tone
that is switched on and off. Printed are, over all turns: the time from the moment a
line of the interviewer stands on the page to the moment the audio server is asked for
its first sentence, and the time from the end of the candidate's voice to "thinking",
beyond the patience that was set.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402 - the tests' server lies in the checkout

from tests.audio_server import AudioServer, Heard  # noqa: E402
from tests.ui.serving import Server, chromium  # noqa: E402

PATIENCE = 1.5
ANSWER = "A model that is too simple underfits, and one that is too complex learns the noise."
WATCH = """
window.noted = { lines: [], thinking: [], quiet: [] };
const epoch = () => performance.timeOrigin + performance.now();
addEventListener('DOMContentLoaded', () => {
  let lines = 0;
  let state = '';
  new MutationObserver(() => {
    const now = document.querySelectorAll('.turn.interviewer:not(.waiting)').length;
    if (now > lines) noted.lines.push(epoch());
    lines = now;
    const call = document.querySelector('.call')?.dataset.state || '';
    if (call === 'thinking' && state !== 'thinking') noted.thinking.push(epoch());
    state = call;
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'],
  });
});
"""


def main(turns: int) -> None:
    """Hold turns and print the figures."""
    asked: list[float] = []
    ended: list[float] = []
    stand_ins = (ROOT / "tests/ui/stand_ins.js").read_text(encoding="utf-8")
    chosen = json.dumps({"patience": PATIENCE, "check": False})
    with (
        tempfile.TemporaryDirectory() as scratch,
        AudioServer() as audio,
        Server(
            Path(scratch),
            INTERVIEWER_TRANSCRIBER="whisper-1",
            INTERVIEWER_SPEAKER="kokoro",
            INTERVIEWER_SPEECH_BASE_URL=audio.url,
            INTERVIEWER_SPEECH_API_KEY="none",
        ) as server,
        chromium() as browser,
    ):
        context = browser.new_context()
        context.add_init_script(stand_ins + WATCH)
        context.add_init_script(f"localStorage.setItem('interviewer.voice', '{chosen}')")
        page = context.new_page()
        page.set_default_timeout(60_000)
        offset = time.time() - time.perf_counter()
        page.goto(server.url)
        page.wait_for_selector(".begin:visible")
        page.check('input[name="mode"][value="mock"]')
        page.check('input[name="manner"][value="spoken"]')
        page.click(".begin")
        page.click('[data-voice="yes"]')
        for _ in range(turns):
            page.wait_for_selector('.call[data-state="listening"]')
            ended.append(_turn(page, audio))
            page.wait_for_selector('.call[data-state="speaking"], .after-end:visible')
            line = page.evaluate("noted.lines.at(-1)") / 1000
            first = min(s.arrived for s in audio.spoken if s.arrived + offset > line - 0.05)
            asked.append(1000 * (first + offset - line))
            audio.spoken.clear()
    _print("line on the page to its first sentence asked for", asked, 300)
    _print(f"end of voice to thinking, beyond {PATIENCE:g} s of patience", ended, 150)


def _turn(page: Page, audio: AudioServer) -> float:
    """Speak an answer; milliseconds from its end to thinking, beyond the patience."""
    audio.transcripts = [Heard(ANSWER)]
    count = page.evaluate("noted.thinking.length")
    page.evaluate("stage.loud(true)")
    page.wait_for_timeout(800)
    quiet: float = page.evaluate("(stage.loud(false), performance.timeOrigin + performance.now())")
    page.wait_for_function("count => noted.thinking.length > count", arg=count)
    thinking: float = page.evaluate("count => noted.thinking[count]", count)
    return thinking - quiet - 1000 * PATIENCE


def _print(what: str, values: list[float], bar: int) -> None:
    median, most = statistics.median(values), max(values)
    print(f"{what}: median {median:.0f} ms, most {most:.0f} ms of {len(values)} (bar {bar} ms)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
