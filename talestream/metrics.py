"""Every metric of Talestream, with what it counts. Names follow Prometheus: base units, ``_total`` for counters."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200)

UNITS_FINISHED = Counter(
    "talestream_units_finished_total",
    "Attempts that ended, by outcome: completed, reused, retried, failed, superseded, cancelled, handed_back, withheld",
    ["stage", "outcome"],
)
UNIT_SECONDS = Histogram(
    "talestream_unit_seconds", "Time from a claim to its completed result", ["stage"], buckets=_SECONDS
)
UNITS_RUNNING = Gauge("talestream_units_running", "Units that this process runs at the moment", ["stage"])
MODEL_BATCH_SIZE = Histogram(
    "talestream_model_batch_size", "Units that a model worked on together", ["stage"], buckets=(1, 2, 4, 8, 16, 32, 64)
)
FALLBACKS = Counter(
    "talestream_fallbacks_total",
    "Units that a provider could not do and the next of its chain was given, by the error's code",
    ["stage", "provider", "code"],
)
PAID_JOBS = Counter("talestream_paid_jobs_total", "Jobs submitted to paid providers", ["provider"])
PAID_COST = Counter("talestream_paid_cost_total", "What those jobs cost, as estimated at submission", ["provider"])
DEAD_LETTERS = Counter("talestream_dead_letters_total", "Messages set aside, by topic", ["topic"])
CONSUMPTION_STOPPED = Gauge(
    "talestream_consumption_stopped", "1 while the limit of the dead letters keeps this worker from work", ["stage"]
)
MESSAGES_PUBLISHED = Counter("talestream_messages_published_total", "Messages that the relay published", ["topic"])
RELAY_SECONDS = Histogram(
    "talestream_relay_seconds", "Time from a state change to its messages being published", buckets=_SECONDS
)
RELAY_FAILURES = Counter(
    "talestream_relay_failures_total", "Outboxes that could not be published and will be tried again"
)
BROKER_INCARNATIONS = Counter(
    "talestream_broker_incarnations_total",
    "Times that the broker was found new and everything under way was republished",
)
TASK_WRITE_CONFLICTS = Counter(
    "talestream_task_write_conflicts_total", "Compare-and-set writes that were repeated because another was faster"
)
TASKS_WAITING = Gauge("talestream_tasks_waiting", "Tasks that wait for their turn, as this process saw it last")
TASKS_RUNNING = Gauge("talestream_tasks_running", "Tasks that hold a place, as this process saw it last")
ADMISSION_SECONDS = Histogram(
    "talestream_admission_seconds", "Time that a task waited for its turn", ["priority"], buckets=(*_SECONDS, 3600)
)
REFUSED_BY_QUOTA = Counter("talestream_refused_by_quota_total", "Calls refused with 429, by quota", ["quota"])
EVENTS_FANNED_OUT = Counter("talestream_events_fanned_out_total", "Events passed on to clients", ["transport"])
STREAM_CLIENTS = Gauge("talestream_stream_clients", "Clients connected to a stream", ["transport"])
STREAM_CLIENTS_DROPPED = Counter(
    "talestream_stream_clients_dropped_total", "Clients dropped for being too slow", ["transport"]
)
for _transport in ("websocket", "sse"):  # seen as none before the first
    STREAM_CLIENTS.labels(_transport)
    STREAM_CLIENTS_DROPPED.labels(_transport)
EVENTS_RECOVERED = Counter(
    "talestream_events_recovered_total",
    "Events that streams took from the durable log, before or instead of from Kafka",
)
EVENTS_FORGOTTEN = Counter("talestream_events_forgotten_total", "Events that the log no longer keeps")
LIVE_FEED_UP = Gauge("talestream_live_feed_up", "1 while the notifier follows the events topic, else 0")
REQUEST_SECONDS = Histogram(
    "talestream_http_request_seconds",
    "Time to answer an HTTP request, by route and status",
    ["method", "route", "status"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
MODEL_LOAD_SECONDS = Histogram(
    "talestream_model_load_seconds",
    "Time to load a model; their count is how often",
    ["stage", "model"],
    buckets=_SECONDS,
)
MODEL_LOAD_FAILURES = Counter(
    "talestream_model_load_failures_total", "Models that could not be loaded, by the error's code", ["stage", "code"]
)
MODEL_BYTES = Gauge("talestream_model_bytes", "What a model's weights take while it is loaded", ["stage", "model"])
MODELS_UNLOADED = Counter(
    "talestream_models_unloaded_total", "Idle models that made room for others", ["stage", "model"]
)
