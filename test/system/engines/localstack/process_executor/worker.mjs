/**
 * Runs one Lambda function: an invocation a line on standard input, its answer a line on the file
 * descriptor that the argument names. Ends when standard input closes.
 */
import { existsSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const answers = Number(process.argv[2]);
function answer(message) {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(answers, rest));
}

/** An error as Lambda's runtime for Node.js reports it. */
const problem = (error) => ({
  errorType: error?.name ?? 'Error',
  errorMessage: error?.message ?? String(error),
  trace: String(error?.stack ?? error).split('\n'),
});

async function load() {
  const [, file, name] = /^(.*)\.([^.]+)$/.exec(process.env._HANDLER);
  const path = ['mjs', 'js', 'cjs']
    .map((extension) => `${process.env.LAMBDA_TASK_ROOT}/${file}.${extension}`)
    .find(existsSync);
  const module = await import(pathToFileURL(path));
  return module[name] ?? module.default[name];
}

let handler;
try {
  handler = await load();
  answer({ ready: true });
} catch (error) {
  answer({ initError: problem(error) });
  process.exit(1);
}

process.on('unhandledRejection', (error) => {
  console.error(error);
  process.exit(1);
});

for await (const line of createInterface({ input: process.stdin })) {
  const { id, arn, payload, deadline } = JSON.parse(line);
  const context = {
    awsRequestId: id,
    invokedFunctionArn: arn,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await handler(JSON.parse(payload), context);
    answer({ id, result: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    answer({ id, error: problem(error) });
  }
}
process.exit();
