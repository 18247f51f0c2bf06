"""The DynamoDB engine that runs at DYNAMODB_LOCAL_PORT already, in place of DynamoDB Local.

LocalStack's provider `v2` (PROVIDER_OVERRIDE_DYNAMODB=v2) forwards every request to a process that it
would start itself, and translates the ARNs in the answers. The engine is dynoxide, whose ARNs say
`dynoxide` where those of DynamoDB Local say `ddblocal`.

Functions, and the pollers of streams, call the engine itself: LocalStack would only pass their calls
on, and read and write each record of a stream again on the way.
"""

import re
import threading

import boto3
from localstack import config
from localstack.runtime import hooks

NAME = "dynoxide"
ENDPOINT = f"http://127.0.0.1:{config.DYNAMODB_LOCAL_PORT}"


@hooks.on_infra_start()
def use_running_engine() -> None:
    from localstack.services.dynamodb import server, utils
    from localstack.services.dynamodbstreams.v2 import provider as streams
    from localstack.services.lambda_.event_source_mapping import esm_worker_factory
    from localstack.utils.aws.arns import parse_arn
    from localstack.utils.threads import FuncThread

    def do_start_thread(self) -> FuncThread:
        stopped = threading.Event()
        thread = FuncThread(lambda *_: stopped.wait(), on_stop=lambda *_: stopped.set(), name=NAME)
        thread.start()
        return thread

    server.DynamodbServer.do_start_thread = do_start_thread

    for name in ("_ddb_local_arn_pattern", "_ddb_local_region_pattern", "_ddb_local_exception_arn_pattern"):
        pattern = getattr(utils, name)
        setattr(utils, name, re.compile(pattern.pattern.replace("ddblocal", NAME), pattern.flags))

    def to_engine(arn: str) -> str:
        # Not everything that comes here is an ARN.
        try:
            return f"arn:aws:dynamodb:{NAME}:000000000000:{parse_arn(arn)['resource']}"
        except Exception:
            return arn

    streams.DynamoDBStreamsProvider.modify_stream_arn_for_ddb_local = lambda self, arn: to_engine(arn)

    def with_engine_arns(params: dict, **kwargs) -> None:
        if "StreamArn" in params:
            params["StreamArn"] = to_engine(params["StreamArn"])

    get_internal_client = esm_worker_factory.get_internal_client

    def client_of_poller(arn: str, client_config=None, **kwargs):
        source = parse_arn(arn)
        if source["service"] != "dynamodb":
            return get_internal_client(arn=arn, client_config=client_config, **kwargs)
        client = boto3.client(
            "dynamodbstreams",
            endpoint_url=ENDPOINT,
            region_name=source["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=client_config,
        )
        client.meta.events.register("provide-client-params.dynamodbstreams", with_engine_arns)
        return client

    esm_worker_factory.get_internal_client = client_of_poller
