"""Runs DynamoDB Local for as long as standard input stays open: dynamodb_local.py LIST FOLDER PORT

It is fetched from Maven Central first, unless the folder is there: the files that the list names, each checked
against its SHA-256. Like the emulator, it leads a process group, which goes at once when standard input closes.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import MavenContext

MAIN_CLASS = "software.amazon.dynamodb.services.local.main.ServerRunner"


def end_with_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def fetch(line: str, cache: Path, folder: Path) -> None:
    coordinates, sha256 = line.split()
    group, artifact, version, packaging = coordinates.split(":")
    maven = MavenContext(repo_cache=cache, timeout=60)
    file = maven.project(group, artifact).at_version(version).artifact("", packaging).resolve()
    if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        raise RuntimeError(f"{coordinates}: not the file that is listed")
    file.rename(folder / file.name)


def fetch_all(wanted: Path, folder: Path) -> None:
    lines = [line for line in wanted.read_text().splitlines() if line and not line.startswith("#")]
    # Made beside its place and then renamed: another run at the same time sees all of it or nothing.
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        (draft / "lib").mkdir(parents=True)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda line: fetch(line, draft / "cache", draft / "lib"), lines))
        try:
            (draft / "lib").rename(folder)
        except OSError:
            # Another run was faster by a moment.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def main(wanted: Path, folder: Path, port: str) -> int:
    if shutil.which("java") is None:
        sys.exit("DynamoDB Local needs Java 17 or newer: there is no java on the PATH")
    if not folder.is_dir():
        fetch_all(wanted, folder)
    java = ["java", "-Xmx512m", "-XX:+UseSerialGC", f"-Djava.library.path={folder}", "-cp", f"{folder}/*"]
    return subprocess.run([*java, MAIN_CLASS, "-inMemory", "-disableTelemetry", "-port", port]).returncode


if os.getpgrp() != os.getpid():
    sys.exit("dynamodb_local.py must lead a process group, since it kills its group in the end")
threading.Thread(target=end_with_standard_input, daemon=True).start()
sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
