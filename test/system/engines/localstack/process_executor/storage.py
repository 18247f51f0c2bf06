"""What S3 stores is kept in LocalStack's own temporary folder, and goes with it.

By default it is in one folder of /tmp that all users and all runs share, and stays.
"""

import os
import tempfile

from localstack.runtime import hooks


@hooks.on_infra_start()
def use_own_folder() -> None:
    from localstack.services.s3 import provider

    provider.DEFAULT_S3_TMP_DIR = os.path.join(tempfile.gettempdir(), "s3")
