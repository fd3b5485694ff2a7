"""Music: one background track for a whole film, in the moods of its pages."""

from datetime import timedelta

from schemas import MusicRequested, Track
from services.music.providers import Musician
from talestream.made_by import made_by
from talestream.stage import StageContext, stage


@stage("music", consumes=MusicRequested, attempts=3, timeout=timedelta(minutes=20))
async def score(request: MusicRequested, ctx: StageContext) -> Track:
    """Make a loop-free track for the passages and store it as 44.1 kHz stereo WAV."""
    musician = ctx.provider(Musician)  # type: ignore[type-abstract]
    wav = ctx.workdir / "track.wav"
    duration_s = await ctx.in_thread(musician.play, request.passages, request.seed, wav, ctx.progress)
    audio = await ctx.put(
        "music/track.wav",
        wav,
        role="music",
        mime="audio/wav",
        seed=request.seed,
        **made_by(
            musician.name, musician, moods=", ".join(dict.fromkeys(passage.mood for passage in request.passages))
        ),
    )
    return Track(audio=audio, duration_s=duration_s)
