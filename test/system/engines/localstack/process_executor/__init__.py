"""Two plugins for LocalStack, so that it needs neither Docker nor Java.

`executor`: Lambda functions for Node.js as processes (LAMBDA_RUNTIME_EXECUTOR=process).
`dynamodb`: a DynamoDB engine that runs already, in place of DynamoDB Local.
"""
