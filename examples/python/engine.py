"""An engine in Python: takes work from the work queue, claims it, keeps it alive, reports what came of it.

    COMMAND_FUNCTION=…  WORK_QUEUE_URL=…  python3 engine.py

Both are outputs of the deployment (CommandFunctionName, WorkQueueUrl). ENGINE_ID names the engine; AWS_ENDPOINT_URL
and AWS_DEFAULT_REGION are boto3's own. The work is simulated: the input {"seconds": 20} takes so long, {"fail": "why"}
fails. It does one piece at a time; on SIGTERM it gives that back, so that another engine has it at once.
"""
import functools, json, os, signal, socket, threading, time, uuid
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

FUNCTION, QUEUE = os.environ["COMMAND_FUNCTION"], os.environ["WORK_QUEUE_URL"]
ENGINE = os.environ.get("ENGINE_ID") or f"{socket.gethostname()}:{os.getpid()}"
HEARTBEAT_SECONDS = float(os.environ.get("HEARTBEAT_SECONDS", "2"))  # Well below any heartbeatSeconds.
SETTLED = {"StaleAttempt", "OperationEnded", "StaleOperation", "ResourceNotFound", "StackNotFound"}
# A call that hangs is given up soon, and command() makes it again.
functions = boto3.client("lambda", config=Config(read_timeout=30, retries={"total_max_attempts": 1}))
sqs, stopping = boto3.client("sqs"), threading.Event()
log = functools.partial(print, ENGINE, flush=True)


def command(until, name, **fields):
    """The answer, be it a refusal. Without one the same is sent again, which is harmless; None: no answer in time."""
    delay = 0.2
    while True:
        try:
            answer = functions.invoke(FunctionName=FUNCTION, Payload=json.dumps({"command": name, **fields}))
            payload = answer["Payload"].read()
            if "FunctionError" not in answer:
                return json.loads(payload)
            log(name, "failed:", payload)
        except (BotoCoreError, ClientError) as error:
            log(name, "failed:", error)
        if time.monotonic() + delay > until:
            return None
        time.sleep(delay)
        delay = min(10, 2 * delay)


def work(claim, own):
    """What to report; None: not finished, because the engine stops or the attempt is not its own any more."""
    try:
        job = claim.get("input") or {}
        done_at, next_beat = time.monotonic() + job.get("seconds", 1), 0
    except (AttributeError, TypeError) as error:
        return {"status": "FAILED", "reason": f"bad input: {error}", "retryable": False}
    # Where none are wanted too: they tell that the operation was extended (a claim's time ends with it), or has ended.
    every = HEARTBEAT_SECONDS if "heartbeatDeadline" in claim["resource"] else 10
    while (now := time.monotonic()) < done_at:
        if stopping.is_set() or now >= claim["endsAt"]:
            return None
        if now >= next_beat:
            next_beat = now + every
            answer = command(claim["endsAt"], "Heartbeat", **own)
            if not answer or not answer["ok"] or answer["remainingSeconds"] == 0:
                return log(own["resource"], "is lost:", answer)
            claim["endsAt"] = max(claim["endsAt"], now + answer["remainingSeconds"] - 1)  # The last may be a fraction.
        time.sleep(0.1)
    failed = "fail" in job and {"status": "FAILED", "reason": str(job["fail"])[:250]}
    return failed or {"status": "COMPLETE", "output": {"doneBy": ENGINE}}


def is_settled(error):
    """Whether someone else has the attempt, or it has ended: then its message says nothing new to anyone."""
    taken = error["code"] == "NotClaimable" and error.get("current", {}).get("phase") != "QUEUED"
    return taken or error["code"] in SETTLED


def handle(message):
    offered = json.loads(message["Body"])["detail"]
    # A claimId for each message: a claim whose answer was lost is repeated with the same one.
    own = {name: offered[name] for name in ("stackId", "operationId", "resource", "attempt")}
    own |= {"claimId": str(uuid.uuid4())}
    sent_at = time.monotonic()
    claim = command(sent_at + 60, "ClaimResource", engineId=ENGINE, **own)
    if claim and (claim["ok"] or is_settled(claim["error"])):
        try:  # Where the message is not deleted, it comes again, and the claim is refused.
            sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
        except (BotoCoreError, ClientError) as error:
            log("message not deleted:", error)
    if not claim or not claim["ok"]:
        return log(own["resource"], "is not claimed:", claim)
    log(own["resource"], "is claimed, attempt", own["attempt"])
    claim["endsAt"] = sent_at + claim["remainingSeconds"]  # By its own clock: the service's may show another time.
    if report := work(claim, own):
        log(own["resource"], report["status"], command(claim["endsAt"], "CompleteResource", **own, **report))
    elif stopping.is_set():
        log(own["resource"], "released:", command(time.monotonic() + 5, "ReleaseResource", **own))


for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: stopping.set())
log("is ready")
while not stopping.is_set():
    try:
        for received in sqs.receive_message(QueueUrl=QUEUE, WaitTimeSeconds=5).get("Messages", []):
            handle(received)
    except (BotoCoreError, ClientError, ValueError, KeyError, TypeError) as error:
        log("a message is left:", error)
        stopping.wait(1)
