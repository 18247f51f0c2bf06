"""The DynamoDB engine that runs at DYNAMODB_LOCAL_PORT already, in place of DynamoDB Local.

LocalStack's provider `v2` (PROVIDER_OVERRIDE_DYNAMODB=v2) forwards every request to a process that it
would start itself, and translates the ARNs in the answers. The engine is dynoxide, whose ARNs say
`dynoxide` where those of DynamoDB Local say `ddblocal`.
"""

import re
import threading

from localstack.runtime import hooks

NAME = "dynoxide"


@hooks.on_infra_start()
def use_running_engine() -> None:
    from localstack.services.dynamodb import server, utils
    from localstack.services.dynamodbstreams.v2 import provider as streams
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

    def to_engine(self, arn: str) -> str:
        # Not everything that comes here is an ARN.
        try:
            return f"arn:aws:dynamodb:{NAME}:000000000000:{parse_arn(arn)['resource']}"
        except Exception:
            return arn

    streams.DynamoDBStreamsProvider.modify_stream_arn_for_ddb_local = to_engine
