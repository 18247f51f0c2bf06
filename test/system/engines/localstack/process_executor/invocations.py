"""What LocalStack does around each invocation of a function, and no test looks at, is left out.

All of LocalStack shares one interpreter. An invocation cost it three more requests to itself and three
threads: metrics and logs for CloudWatch, and a timer that ends an idle environment after ten minutes.
"""

from localstack.runtime import hooks


@hooks.on_infra_start()
def only_invoke() -> None:
    from localstack.services.lambda_.invocation import execution_environment, version_manager
    from localstack.services.lambda_.invocation.logs import LogHandler

    def nothing(*args, **kwargs) -> None:
        pass

    version_manager.record_cw_metric_invocation = nothing
    version_manager.record_cw_metric_error = nothing
    LogHandler.start_subscriber = nothing
    LogHandler.add_logs = nothing
    execution_environment.Timer = NeverTimer


class NeverTimer:
    """A timer that never fires: environments stay warm, and the executor bounds their start."""

    def __init__(self, *args) -> None:
        pass

    def start(self) -> None:
        pass

    def cancel(self) -> None:
        pass
