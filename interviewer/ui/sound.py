"""Sound between browser and server: plain HTTP beside gradio's events.

Only this page may ask: a request that a browser sends for another site is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from interviewer.errors import InterviewerError, SpeechError, StoreError
from interviewer.interview.intents import recognise
from interviewer.interview.session import question_of
from interviewer.interview.state import Intent
from interviewer.speech.service import Transcript, tidy, write_down
from interviewer.speech.sound import MAX_BYTES, check

if TYPE_CHECKING:
    from interviewer.wiring import Parts

MAX_SAID: Final = 1_000
"""Characters that are spoken at once: a sentence or two."""
MAX_TIDIED: Final = 50_000
SPEEDS: Final = (0.5, 2.0)
ASKING: Final = frozenset({Intent.REPEAT, Intent.REPHRASE, Intent.CLARIFY, Intent.HINT})
"""What can be asked for with nothing to lose: it is sent without a check."""

log = logging.getLogger(__name__)

_Endpoint = Callable[[Request], Awaitable[Response]]


def routes(parts: Parts) -> list[Route]:
    """The routes of the page's sound.

    Args:
        parts: Transcriber, speaker, normaliser and recordings; looked up when needed.
    """
    sound = _Sound(parts)
    return [
        Route("/speech/transcribe", _guarded(sound.transcribe), methods=["POST"]),
        Route("/speech/tidy", _guarded(sound.tidy), methods=["POST"]),
        Route("/speech/say", _guarded(sound.say), methods=["GET"]),
        Route("/speech/recordings/{interview}/{name}", _guarded(sound.keep), methods=["POST"]),
        Route("/speech/recordings/{interview}/{name}", _guarded(sound.play), methods=["GET"]),
        Route("/speech/recordings/{interview}/{name}", _guarded(sound.drop), methods=["DELETE"]),
    ]


def _guarded(endpoint: _Endpoint) -> _Endpoint:
    """Refuse other sites; an error becomes a message, never a traceback."""

    async def guarded(request: Request) -> Response:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return _refused("Only this page may ask for that.", 403)
        try:
            return await endpoint(request)
        except SpeechError as error:
            return _refused(str(error), 502)
        except InterviewerError as error:
            return _refused(str(error), 400)
        except Exception:
            log.exception("The page's sound failed at %s.", request.url.path)
            return _refused("Something went wrong on our side; typing still works.", 500)

    return guarded


def _refused(message: str, status: int) -> Response:
    return JSONResponse({"error": message}, status_code=status)


class _Sound:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def transcribe(self, request: Request) -> Response:
        """Write a stretch of speech down."""
        sound = await _body(request, MAX_BYTES)
        if sound is None:
            return _refused("That is too much sound at once. Speak in shorter parts.", 413)
        transcriber = self._parts.transcriber
        if transcriber is None:
            return _refused("The server does not transcribe; the browser does.", 404)

        def work() -> Response:
            hint = self._hint(request.query_params.get("interview"))
            return _reply(write_down(sound, transcriber, self._parts.normaliser, hint=hint))

        return await run_in_threadpool(work)

    async def tidy(self, request: Request) -> Response:
        """The words of the browser's recogniser, as they were meant."""
        body = await _body(request, MAX_TIDIED * 4)
        text = (body or b"").decode("utf-8", "replace")
        if body is None or len(text) > MAX_TIDIED:
            return _refused("That is too much text at once.", 413)
        return await run_in_threadpool(lambda: _reply(tidy(text, self._parts.normaliser)))

    async def say(self, request: Request) -> Response:
        """A sentence as MP3, its first piece as soon as it is there."""
        speaker = self._parts.speaker
        text = request.query_params.get("text", "").strip()
        if speaker is None:
            return _refused("The server does not speak; the browser does.", 404)
        if not text or len(text) > MAX_SAID:
            return _refused(f"Give 1 to {MAX_SAID} characters to speak.", 400)
        speed = _speed(request.query_params.get("speed", ""))

        def begin() -> tuple[str, Iterator[bytes]]:
            pieces = speaker.speak(text, speed=speed)
            first = next(pieces, b"")
            if not first:
                raise SpeechError(f"{speaker.name} sent no sound.")
            # Some servers send WAV whatever is asked for.
            kind = "audio/wav" if first.startswith(b"RIFF") else "audio/mpeg"
            return kind, chain([first], _until_broken(pieces))

        kind, pieces = await run_in_threadpool(begin)
        return StreamingResponse(pieces, media_type=kind, headers={"cache-control": "no-store"})

    async def keep(self, request: Request) -> Response:
        """Keep the recording of an answer."""
        sound = await _body(request, MAX_BYTES)
        if sound is None:
            return _refused("The recording is too long to be kept.", 413)
        interview, name = request.path_params["interview"], request.path_params["name"]

        def work() -> Response:
            self._parts.runner.load(interview)
            check(sound)
            self._parts.recordings.keep(interview, name, sound)
            return Response(status_code=201)

        return await run_in_threadpool(work)

    async def play(self, request: Request) -> Response:
        """A recording."""
        path = await run_in_threadpool(self._parts.recordings.find, **request.path_params)
        if path is None:
            return _refused("There is no such recording.", 404)
        return FileResponse(path, media_type="audio/wav", headers={"cache-control": "no-store"})

    async def drop(self, request: Request) -> Response:
        """Delete a recording."""
        await run_in_threadpool(self._parts.recordings.delete, **request.path_params)
        return Response(status_code=204)

    def _hint(self, interview: str | None) -> str:
        """Terms that are likely to be said now; none when it is not known what is asked."""
        try:
            session = self._parts.runner.load(interview or "")
        except StoreError:
            return ""
        if session.place is None:
            return ""
        question = question_of(session, session.place.round, self._parts.bank)
        return self._parts.normaliser.hint(question) if question else ""


def _reply(made: Transcript) -> Response:
    asks = recognise(made.text) in ASKING
    return JSONResponse({"text": made.text, "heard": made.heard, "asks": asks})


def _until_broken(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The rest of a sentence; when it breaks off the page goes on with what came."""
    try:
        yield from pieces
    except SpeechError as error:
        log.warning("A sentence was not spoken to its end: %s", error)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        return 1.0
    return min(max(speed, SPEEDS[0]), SPEEDS[1]) if speed == speed else 1.0  # noqa: PLR0124 - NaN


async def _body(request: Request, most: int) -> bytes | None:
    """The body; None when it is longer than ``most`` bytes."""
    held = bytearray()
    async for piece in request.stream():
        held += piece
        if len(held) > most:
            return None
    return bytes(held)
