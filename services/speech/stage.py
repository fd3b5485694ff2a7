"""Speech: the segments of a page become narration, with the time of every word."""

from datetime import timedelta

from schemas import Clip, Narration, SpeechRequested, WordTimes
from services.speech.providers import Narrator
from services.speech.recording import Speech
from talestream.made_by import MadeBy, made_by
from talestream.stage import StageContext, stage


@stage("speech", consumes=SpeechRequested, attempts=3, timeout=timedelta(minutes=20), slots=2)
async def narrate(request: SpeechRequested, ctx: StageContext) -> Narration:
    """Speak each segment into a WAV of its own, beside a JSON document with its words' times.

    ``seed`` steers what a voice draws at random, if anything; it does not change words or timing.
    """
    narrator = ctx.provider(Narrator)  # type: ignore[type-abstract]
    voice = await ctx.in_thread(narrator.voice_for, request.voice, request.language)
    clips = []
    sample_rate_hz = 0
    spoken = narrator.speak_page(request, voice)
    for number, text in enumerate(request.segments, 1):
        speech = await ctx.in_thread(next, spoken)
        sample_rate_hz = speech.sample_rate_hz
        by = made_by(narrator.name, speech, language=request.language, voice=voice, speed=request.speed)
        clips.append(await _stored(speech, text, f"speech/s{request.page}_{number}", by, request.seed, ctx))
        ctx.progress(number / len(request.segments), f"{number} of {len(request.segments)} segments spoken")
    return Narration(page=request.page, clips=tuple(clips), sample_rate_hz=sample_rate_hz, voice=voice)


async def _stored(speech: Speech, text: str, path: str, by: MadeBy, seed: int, ctx: StageContext) -> Clip:
    audio = await ctx.put(
        f"{path}.wav",
        speech.wav(),
        role="narration",
        mime="audio/wav",
        seed=seed,
        **by,
    )
    words = await ctx.put(
        f"{path}.words.json",
        WordTimes(words=speech.words).model_dump_json().encode(),
        role="words",
        mime="application/json",
        seed=seed,
        **by,
    )
    first_word_s, last_word_s = speech.heard
    return Clip(
        text=text,
        audio=audio,
        words=words,
        duration_s=speech.duration_s,
        first_word_s=first_word_s,
        last_word_s=last_word_s,
    )
