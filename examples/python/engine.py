"""An engine in Python: takes work from the work queue, claims it, sends heartbeats, reports the result.

The work is simulated: the input {"seconds": 20} takes 20 seconds, {"fail": "why"} fails. The engine
does one piece of work at a time. On SIGTERM it gives that back, and another engine gets it at once.
"""
import functools, json, os, random, signal, socket, threading, time, uuid
import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

FUNCTION, QUEUE = os.environ["COMMAND_FUNCTION"], os.environ["WORK_QUEUE_URL"]
ENGINE = os.environ.get("ENGINE_ID") or f"{socket.gethostname()}:{os.getpid()}"
HEARTBEAT_SECONDS = float(os.environ.get("HEARTBEAT_SECONDS", "2"))  # Below any heartbeatSeconds.
FINAL_CODES = {"StaleAttempt", "OperationEnded", "StaleOperation", "ResourceNotFound", "StackNotFound"}
# A call that hangs ends after 30 s, and command() repeats it.
functions = boto3.client("lambda", config=Config(read_timeout=30, retries={"total_max_attempts": 1}))
sqs, stopping = boto3.client("sqs"), threading.Event()
log = functools.partial(print, ENGINE, flush=True)


def command(until, name, **fields):
    """Returns the answer, also a refusal, or None if none came in time. Repeats the call: that is safe."""
    delay = 0.2
    while True:
        try:
            answer = functions.invoke(FunctionName=FUNCTION, Payload=json.dumps({"command": name, **fields}))
            payload = answer["Payload"].read()
            if "FunctionError" not in answer:
                return json.loads(payload)
        except (BotoCoreError, ClientError) as error:
            payload = error
        log(name, "failed:", payload)
        if time.monotonic() + delay > until:
            return None
        time.sleep(random.uniform(delay / 2, delay))
        delay = min(10, 2 * delay)


def work(claim, attempt):
    """Returns what to report, or None if the engine stops or loses the attempt before the end."""
    try:
        job = claim.get("input") or {}
        done_at, next_heartbeat = time.monotonic() + job.get("seconds", 1), 0
    except (AttributeError, TypeError) as error:
        return {"status": "FAILED", "reason": f"bad input: {error}", "retryable": False}
    # Without a heartbeat timeout, heartbeats still tell if the operation was extended or has ended.
    interval = HEARTBEAT_SECONDS if "heartbeatDeadline" in claim["resource"] else 10
    while (now := time.monotonic()) < done_at:
        if stopping.is_set() or now >= claim["endsAt"]:
            return None
        if now >= next_heartbeat:
            next_heartbeat = now + interval
            answer = command(claim["endsAt"], "Heartbeat", **attempt)
            if not answer or not answer["ok"] or answer["remainingSeconds"] == 0:
                return log(attempt["resource"], "is lost:", answer)
            claim["endsAt"] = max(claim["endsAt"], now + answer["remainingSeconds"] - 1)  # 1 may mean less.
        time.sleep(0.1)
    failure = "fail" in job and {"status": "FAILED", "reason": str(job["fail"])[:250]}
    return failure or {"status": "COMPLETE", "output": {"doneBy": ENGINE}}


def is_final(error):
    """Whether the attempt has ended or another engine has it. Then the message is of no more use."""
    taken = error["code"] == "NotClaimable" and error.get("current", {}).get("phase") != "QUEUED"
    return taken or error["code"] in FINAL_CODES


def handle(message):
    offered = json.loads(message["Body"])["detail"]
    attempt = {name: offered[name] for name in ("stackId", "operationId", "resource", "attempt")}
    attempt["claimId"] = str(uuid.uuid4())  # Repeating a claim with the same claimId is harmless.
    sent_at = time.monotonic()
    claim = command(sent_at + 60, "ClaimResource", engineId=ENGINE, **attempt)
    if claim and (claim["ok"] or is_final(claim["error"])):
        try:  # If this fails, the message comes again, and the claim is refused.
            sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
        except (BotoCoreError, ClientError) as error:
            log("message not deleted:", error)
    if not claim or not claim["ok"]:
        return log(attempt["resource"], "is not claimed:", claim)
    log(attempt["resource"], "is claimed, attempt", attempt["attempt"])
    claim["endsAt"] = sent_at + claim["remainingSeconds"]  # By this engine's clock.
    if report := work(claim, attempt):
        answer = command(claim["endsAt"], "CompleteResource", **attempt, **report)
        log(attempt["resource"], report["status"], answer)
    elif stopping.is_set():
        log(attempt["resource"], "is released:", command(time.monotonic() + 5, "ReleaseResource", **attempt))


for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda *_: stopping.set())
log("is ready")
while not stopping.is_set():
    try:
        for received in sqs.receive_message(QueueUrl=QUEUE, WaitTimeSeconds=5).get("Messages", []):
            handle(received)
    except (BotoCoreError, ClientError, ValueError, KeyError, TypeError) as error:
        log("message not handled:", error)
        stopping.wait(1)
