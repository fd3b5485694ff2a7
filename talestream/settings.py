"""Every setting of Talestream, in one place. Each is an environment variable: ``TALESTREAM_`` and the path of the
field, with two underscores between the parts (``TALESTREAM_KAFKA__BOOTSTRAP``).
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from talestream.cloud_video_settings import CloudVideoSettings
from talestream.diffusion_settings import AnimationModelSettings, ImageModelSettings
from talestream.model_settings import (
    ModelSettings,
    MusicModelSettings,
    SpeechModelSettings,
    StoryModelSettings,
)
from talestream.simulation_settings import SimulationSettings
from talestream.video_settings import VideoSettings
from talestream.worker_settings import DeadLetterSettings, RetrySettings, WorkerSettings

ALL_STAGES = "*"
"""In a choice of providers: every stage that is not named."""
PROVIDER_ALIASES = {"LLM_PROVIDER": "story", "IMAGE_PROVIDER": "image", "TTS_PROVIDER": "speech"}
DEVELOPMENT_SECRET = "only-for-development-never-in-production"  # noqa: S105


class KafkaSettings(BaseModel):
    """The broker."""

    bootstrap: str = "127.0.0.1:9092"
    partitions: int = Field(8, ge=1, description="Partitions of a topic that Talestream creates")
    replication: int = Field(1, ge=1)
    idempotent_producer: bool = Field(True, description="Off for a broker without producer ids, as the embedded one")
    fetch_max_wait_ms: int = Field(
        500, ge=10, description="How long a fetch waits for a message, on a broker that wakes it when one comes"
    )
    doorbells: Path | None = Field(
        None,
        description="For a broker that does not, with all processes on one machine, as in the embedded stack: "
        "a folder by which whoever publishes finds whom to tell",
    )
    session_timeout_s: float = Field(10, ge=1)
    heartbeat_s: float = Field(3, gt=0)
    incarnation_check_s: float = Field(3, gt=0, description="How often it is checked that the broker is still the same")


class MongoSettings(BaseModel):
    """The database of task documents."""

    uri: SecretStr = SecretStr("mongodb://127.0.0.1:27017")
    database: str = "talestream"


class ObjectSettings(BaseModel):
    """The S3-compatible object store."""

    endpoint: str = Field("127.0.0.1:9000", description="host:port, without a scheme")
    access_key: SecretStr = SecretStr("talestream")
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    bucket: str = "talestream"
    secure: bool = False


class AuthSettings(BaseModel):
    """Tokens and passwords."""

    secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), description="Signs tokens; at least 32 characters")
    access_token_s: int = Field(15 * 60, ge=60)
    refresh_token_s: int = Field(14 * 24 * 3600, ge=3600)
    login_failures: int = Field(10, ge=1, description="Wrong passwords a name may have in login_window_s")
    login_failures_per_address: int = Field(50, ge=1, description="The same for an address: many people may share one")
    login_window_s: int = Field(300, ge=1)
    secure_cookie: bool = Field(True, description="Off only where the API is served without TLS, as on one machine")


class ApiSettings(BaseModel):
    """The API service."""

    host: str = "127.0.0.1"
    port: int = 8000
    dialects: tuple[Literal["storyagent"], ...] = ("storyagent",)
    max_body_bytes: int = Field(1 << 20, ge=1024)
    max_picture_bytes: int = Field(20 << 20, ge=1024, description="Of a picture that a user gives for a page")
    drain_s: int = Field(
        20, ge=1, description="How long SIGTERM waits for requests under way; streams are ended at once"
    )
    idempotency_s: int = Field(24 * 3600, ge=60, description="How long an Idempotency-Key is remembered")
    notifier_url: str | None = Field(
        "http://127.0.0.1:8001",
        description="Where /ws and streams are passed on to; None behind an ingress that does it",
    )


class AdmissionSettings(BaseModel):
    """How many tasks are under way at once; the others wait for their turn."""

    running_tasks: int = Field(200, ge=1, description="Tasks under way at once, of all users")
    running_tasks_per_user: int | None = Field(None, ge=1, description="The same of one user; None: as many")
    ageing_s: float = Field(600, gt=0, description="After how long a task that waits counts as of the next priority")


class QuotaSettings(BaseModel):
    """What one user may ask for; more is answered with 429."""

    tasks_at_once: int = Field(1000, ge=1, description="Tasks of a user that wait or run")
    requests_per_minute: int = Field(
        1200, ge=1, description="Calls of a user to the API; counted in Redis if there is one, else by each process"
    )


class EventSettings(BaseModel):
    """The durable log of events, from which streams are resumed."""

    keep_days: float = Field(30, gt=0, description="How old an event becomes before it is forgotten")
    keep_events: int = Field(100_000, ge=1000, description="How many events are kept of one owner")


class NotifierSettings(BaseModel):
    """The notifier service."""

    host: str = "127.0.0.1"
    port: int = 8001
    heartbeat_s: float = Field(15, gt=0)
    queue_size: int = Field(1000, ge=10, description="Messages waiting for one slow client before it is dropped")


class _Environment(EnvSettingsSource):
    """The environment, where a bare word says the providers of all stages."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        if field_name == "providers":
            return provider_choice(value)
        return super().decode_complex_value(field_name, field, value)


class _Aliases(PydanticBaseSettingsSource):
    """The names by which other systems choose a provider. What ``TALESTREAM_PROVIDERS`` says of a stage comes first."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """See the base class; here :meth:`__call__` gives all."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        chosen = {stage: os.environ.get(name, "").strip() for name, stage in PROVIDER_ALIASES.items()}
        return {"providers": {stage: provider for stage, provider in chosen.items() if provider}}


class Price(BaseModel):
    """What a provider's work costs, in the operator's currency."""

    per_second: float = Field(0, ge=0, description="Of work")
    per_unit: float = Field(0, ge=0)


class ResultSettings(BaseModel):
    """Results that equal work of the same owner takes over instead of being done again."""

    keep_s: int = Field(
        30 * 24 * 3600, ge=0, description="How long a result may be taken over, while its task is there; 0: never"
    )


class Settings(BaseSettings):
    """All settings. Nested fields are joined by two underscores."""

    model_config = SettingsConfigDict(env_prefix="TALESTREAM_", env_nested_delimiter="__", extra="ignore")

    mode: Literal["embedded", "production"] = Field("production", description="Production refuses default secrets")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    kafka: KafkaSettings = KafkaSettings()
    mongo: MongoSettings = MongoSettings()
    objects: ObjectSettings = ObjectSettings()
    auth: AuthSettings = AuthSettings()
    api: ApiSettings = ApiSettings()
    admission: AdmissionSettings = AdmissionSettings()
    quotas: QuotaSettings = QuotaSettings()
    events: EventSettings = EventSettings()
    notifier: NotifierSettings = NotifierSettings()
    worker: WorkerSettings = WorkerSettings()
    results: ResultSettings = ResultSettings()
    retries: RetrySettings = RetrySettings()
    simulation: SimulationSettings = SimulationSettings()
    prices: dict[str, dict[str, Price]] = Field(
        default_factory=dict, description='By stage and provider: {"image": {"diffusers": {"per_second": 0.0004}}}'
    )
    models: ModelSettings = ModelSettings()
    story_model: StoryModelSettings = StoryModelSettings()
    image_model: ImageModelSettings = ImageModelSettings()
    animation_model: AnimationModelSettings = AnimationModelSettings()
    speech_model: SpeechModelSettings = SpeechModelSettings()
    music_model: MusicModelSettings = MusicModelSettings()
    cloud_video: CloudVideoSettings = CloudVideoSettings()
    video: VideoSettings = VideoSettings()
    img2vid: str | None = Field(
        None, description="Who sets pictures in motion: a provider of the stage animation; None: nobody"
    )
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    redis_url: SecretStr | None = Field(None, description="When set, notifications also go to the channel user:<id>")
    workflows: Path | None = Field(None, description="A TOML file of further workflows")
    assets: Path = Field(Path("var/assets"), description="Pictures, voices and sounds brought by 'talestream setup'")
    providers: dict[str, str] = Field(
        default_factory=dict,
        description='One for all stages, or by stage: simulated, or {"image": "diffusers,embedded"}, where the second '
        "does what the first cannot",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Environment(settings_cls), dotenv_settings, file_secret_settings, _Aliases(settings_cls)

    @property
    def lease_s(self) -> float:
        """How long a silent worker keeps its unit. Its partitions are given to another after a session time-out; the
        lease ends soon after that, so that whoever has the message then need not wait.
        """
        return self.worker.lease_s or self.kafka.session_timeout_s + 2

    @model_validator(mode="after")
    def _choose_animator(self) -> "Settings":
        if self.img2vid is not None:
            self.providers.setdefault("animation", self.img2vid)
        return self

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> "Settings":
        if self.mode == "production":
            for name, secret in (
                ("TALESTREAM_AUTH__SECRET", self.auth.secret),
                ("TALESTREAM_OBJECTS__SECRET_KEY", self.objects.secret_key),
            ):
                if secret.get_secret_value() == DEVELOPMENT_SECRET:
                    raise ValueError(f"{name} is not set: production does not start on a default secret")
            if len(self.auth.secret.get_secret_value()) < 32:
                raise ValueError("TALESTREAM_AUTH__SECRET is too short: give it at least 32 random characters")
        return self


def provider_choice(text: str) -> dict[str, str]:
    """The chosen providers, as they are written: a bare word for all stages, else a JSON object by stage."""
    word = text.strip()
    if word.startswith("{"):
        chosen: dict[str, str] = json.loads(word)
        return chosen
    return {ALL_STAGES: word} if word else {}


@cache
def settings() -> Settings:
    """The settings of this process, read once from the environment."""
    return Settings()
