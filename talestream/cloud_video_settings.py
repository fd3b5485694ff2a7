"""The settings of services that make moving pictures for money (``TALESTREAM_CLOUD_VIDEO__…``)."""

from pydantic import BaseModel, Field, HttpUrl, SecretStr, model_validator

SHORTEST_SECRET = 32


class CloudVideoService(BaseModel):
    """One service. Without a key it is off."""

    api_key: SecretStr | None = None
    base_url: str
    model: str
    cost_per_s: float = Field(ge=0, description="List price of a second of video, for estimates")


class RunwaySettings(CloudVideoService):
    """Runway."""

    base_url: str = "https://api.dev.runwayml.com"
    model: str = Field("gen4_turbo", description="A model of its image_to_video that makes 5 or 10 s")
    cost_per_s: float = Field(0.05, ge=0, description="List price of a second of video, for estimates")


class PikaSettings(CloudVideoService):
    """Pika, as fal serves it. The key is fal's."""

    base_url: str = "https://queue.fal.run"
    model: str = Field("fal-ai/pika/v2.2/image-to-video", description="fal's id of the model")
    resolution: str = Field("720p", pattern="^(720p|1080p)$")
    cost_per_s: float = Field(0.04, ge=0, description="List price of a second of video, for estimates")


class CloudVideoSettings(BaseModel):
    """All of them, and what holds for each."""

    runway: RunwaySettings = RunwaySettings()
    pika: PikaSettings = PikaSettings()
    order: tuple[str, ...] = Field(
        ("runway", "pika"), description="Whom the provider 'cloud' asks, one after the other"
    )
    poll_s: float = Field(5, gt=0, description="How often a job is asked for; Runway wants no more than this")
    call_s: float = Field(30, gt=0, description="Limit of one call")
    calls: int = Field(5, ge=1, description="How often a call is made that finds the service busy or down")
    first_retry_s: float = Field(1, ge=0, description="Wait before the second of them; doubles with each more")
    longest_retry_s: float = Field(30, ge=0, description="Longest of these waits, whatever the service asks for")
    job_s: float = Field(1200, gt=0, description="Age at which a job is given up")
    max_bytes: int = Field(200 << 20, ge=1024, description="Largest video that is taken")
    callback_url: HttpUrl | None = Field(
        None, description="Where services reach the API from outside, for callbacks; None: jobs are only asked for"
    )
    callback_secret: SecretStr | None = Field(None, description="Proves a callback; at least 32 characters")

    @model_validator(mode="after")
    def _check_secret(self) -> "CloudVideoSettings":
        secret = self.callback_secret
        if self.callback_url is not None and (secret is None or len(secret.get_secret_value()) < SHORTEST_SECRET):
            raise ValueError("callbacks need TALESTREAM_CLOUD_VIDEO__CALLBACK_SECRET, of at least 32 random characters")
        return self
