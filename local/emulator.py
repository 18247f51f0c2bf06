"""Runs ministack in its own process group while standard input stays open.

The process that started it holds the other end of that pipe. When that process ends, for whatever
reason, the pipe closes and this program kills its group: the emulator and its Lambda workers.
"""

import os
import signal
import sys
import threading

from ministack.app import main
from ministack.services.cloudformation import provisioners


def kill_group_when_input_closes() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


# It does not know this type, and refuses a template that has it. It enforces no policies either.
provisioners._RESOURCE_HANDLERS["AWS::Events::EventBusPolicy"] = {
    "create": lambda logical_id, props, stack_name: (logical_id, {}),
    "update": lambda physical_id, old, new, stack_name: (physical_id, {}),
    "delete": lambda physical_id, props: None,
}

if os.getpgrp() != os.getpid():
    sys.exit("emulator.py must lead a process group, since it kills its group at the end")
threading.Thread(target=kill_group_when_input_closes, daemon=True).start()
main()
