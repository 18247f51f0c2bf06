"""Lambda functions for Node.js as processes, one for each execution environment.

As on AWS, an environment handles one invocation at a time and stays warm between them. An invocation
that takes longer than the function's timeout, and one whose process ends, is an error; the next one
gets a new process.
"""

import json
import os
import select
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from process_executor.dynamodb import ENDPOINT

WORKER = str(Path(__file__).with_name("worker.mjs"))
START_TIMEOUT_SECONDS = 60
READ_BYTES = 65536


class Exited(Exception):
    """The process has ended."""


class Worker:
    """A process that runs worker.mjs: it reads invocations from standard input, a JSON line each, and
    writes answers to a pipe of its own, so that standard output is the function's alone."""

    def __init__(self, folder: str, env: dict[str, str], log_file: str):
        self.answers, write = os.pipe()
        self.unread = b""
        try:
            with open(log_file, "ab") as log:
                self.process = subprocess.Popen(
                    ["node", WORKER, str(write)],
                    cwd=folder,
                    env=env,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    pass_fds=[write],
                )
        finally:
            os.close(write)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def send(self, message: dict) -> None:
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise Exited from error

    def answer(self, seconds: float) -> dict:
        """The next answer. Raises TimeoutError, or Exited if the process ends without one."""
        end_by = time.monotonic() + seconds
        while b"\n" not in self.unread:
            readable, _, _ = select.select([self.answers], [], [], max(0.0, end_by - time.monotonic()))
            if not readable:
                raise TimeoutError
            read = os.read(self.answers, READ_BYTES)
            if not read:
                raise Exited
            self.unread += read
        line, self.unread = self.unread.split(b"\n", 1)
        return json.loads(line)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class ProcessExecutor(RuntimeExecutor):
    """LocalStack's interface for an execution environment."""

    def __init__(self, id: str, function_version) -> None:
        super().__init__(id=id, function_version=function_version)
        self.one_at_a_time = threading.Lock()
        self.worker: Worker | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        self.folder = str(self.function_version.config.code.get_unzipped_code_location())
        self.env = {name: str(value) for name, value in env_vars.items()}
        self.env |= {
            "PATH": os.environ["PATH"],
            "HOME": tempfile.gettempdir(),
            "LAMBDA_TASK_ROOT": self.folder,
            "AWS_ENDPOINT_URL_DYNAMODB": ENDPOINT,
        }
        name = self.function_version.id.function_name
        with tempfile.NamedTemporaryFile(prefix=f"lambda-{name}-", suffix=".log", delete=False) as log:
            self.log_file = log.name
        self._start_worker()

    def _start_worker(self) -> None:
        self.worker = Worker(self.folder, self.env, self.log_file)
        try:
            error = self.worker.answer(START_TIMEOUT_SECONDS).get("initError")
        except (Exited, TimeoutError):
            error = problem("Runtime.ExitError", "the process ended before it was ready")
        if error is not None:
            self.worker.kill()
            raise StatusErrorException("Environment startup failed", payload=json.dumps(error).encode())

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.kill()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        with self.one_at_a_time:
            if self.worker is None or not self.worker.alive:
                self._start_worker()
            request_id = payload["invoke-id"]
            logged = os.path.getsize(self.log_file)
            is_error, result = self._run(self.worker, request_id, payload)
            return InvocationResult(request_id, result.encode(), is_error, self._logs(logged, request_id))

    def _run(self, worker: Worker, request_id: str, payload: dict[str, str]) -> tuple[bool, str]:
        timeout = self.function_version.config.timeout
        try:
            worker.send(
                {
                    "id": request_id,
                    "arn": payload["invoked-function-arn"],
                    "payload": payload["payload"],
                    "deadline": int((time.time() + timeout) * 1000),
                }
            )
            answer = worker.answer(timeout)
        except TimeoutError:
            worker.kill()
            text = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            return True, json.dumps(problem("Sandbox.Timedout", text))
        except Exited:
            worker.kill()
            text = f"RequestId: {request_id} Error: Runtime exited"
            return True, json.dumps(problem("Runtime.ExitError", text))
        if "error" in answer:
            return True, json.dumps(answer["error"])
        return False, answer["result"]

    def _logs(self, offset: int, request_id: str) -> str:
        printed = self._printed_since(offset)
        return (
            f"START RequestId: {request_id} Version: $LATEST\n{printed}"
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}\n"
        )

    def _printed_since(self, offset: int) -> str:
        with open(self.log_file, encoding="utf-8", errors="replace") as log:
            log.seek(offset)
            return log.read()

    def get_logs(self) -> str:
        return "" if self.worker is None else self._printed_since(0)

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        # Only for the environment variable of that name: the process calls nobody back.
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/"

    @classmethod
    def prepare_version(cls, function_version) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version) -> None:
        """There is nothing to clean up: the code is LocalStack's."""


def problem(kind: str, message: str) -> dict[str, str]:
    """An error as Lambda answers it."""
    return {"errorType": kind, "errorMessage": message}
