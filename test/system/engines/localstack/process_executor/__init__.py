"""Plugins for LocalStack, so that it needs neither Docker nor Java, and two cores are enough.

`executor`: Lambda functions for Node.js as processes (LAMBDA_RUNTIME_EXECUTOR=process).
`dynamodb`: a DynamoDB engine that runs already, in place of DynamoDB Local.
`gateway`: the default HTTP server on one address (GATEWAY_SERVER=loopback).
`invocations`: no metrics and logs of functions for CloudWatch.
`storage`: the folder for S3.
"""
