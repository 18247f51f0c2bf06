import {
  COMMANDS,
  type CommandName,
  ERROR_CODES,
  historyEntrySchema,
  requests,
  resourceActionSchema,
  stackSchema,
} from '../../contract/index.ts';
import {
  COMMAND_DESCRIPTIONS,
  ENTRY_DESCRIPTIONS,
  ERROR_DESCRIPTIONS,
  RESOURCE_DESCRIPTIONS,
  RETRY_DESCRIPTIONS,
  STACK_DESCRIPTIONS,
} from './descriptions.ts';
import { answerTable, requestTable } from './fields.ts';
import { code, json, page, table } from './markdown.ts';

const INTRODUCTION = `\
A command is one invocation of the command function with a JSON object. The deployment's output
\`CommandFunctionName\` names the function. Its alias \`worker\` (output \`WorkerFunctionName\`) permits ClaimResource,
Heartbeat, CompleteResource, ReleaseResource, GetStack and GetHistory; it refuses the others with [NotPermitted](#errors). The
answer is JSON too:

- \`{"ok": true, …}\`: the request took effect, now or before.
- \`{"ok": false, "error": {"code", "message", "current"?}}\`: the request was refused, and nothing was
  written. \`current\` is the [\`stack\`](#stack) or [\`resource\`](#resource) that the request met.

A Lambda error (\`FunctionError\` in the response) means "try again": the service gave no answer. You may
repeat every command.

Times are ISO 8601 in UTC with milliseconds. Durations are whole seconds. Unknown fields are refused.
The same contract as a JSON Schema: [contract.schema.json](../contract.schema.json).`;

const refusal = {
  ok: false,
  error: {
    code: 'OperationInProgress',
    message:
      'operation 7f3c of stack web is in progress until 2026-01-31T12:30:00.000Z; complete or cancel it, or start with "supersede": true',
    current: {
      stackId: 'web',
      operationId: '7f3c',
      action: 'CREATE',
      status: 'IN_PROGRESS',
      statusReason: 'Stack CREATE started',
      startedAt: '2026-01-31T12:00:00.000Z',
      deadline: '2026-01-31T12:30:00.000Z',
      version: 1,
    },
  },
};

const anchor = (heading: string): string => `#${heading.toLowerCase()}`;

function section<N extends CommandName>(command: N): string[] {
  const { does, fields, answer, repeated, refusals, example } = COMMAND_DESCRIPTIONS[command];
  const codes = ['ValidationError', ...refusals].map((name) => `[${name}](#errors)`).join(', ');
  return [
    `## ${command}`,
    does,
    requestTable(requests[command].shape, fields, { retry: RETRY_DESCRIPTIONS }),
    json(example),
    [
      `- **Answer:** ${answer}`,
      ...(repeated === undefined ? [] : [`- **Repeated:** ${repeated}`]),
      `- **Refused with:** ${codes}`,
    ].join('\n'),
  ];
}

export function commandsPage(): string {
  return page(
    'contract/ and scripts/reference/descriptions.ts',
    '# Commands',
    INTRODUCTION,
    table(
      ['command', 'does'],
      COMMANDS.map((name) => [`[${name}](${anchor(name)})`, COMMAND_DESCRIPTIONS[name].does]),
    ),
    ...COMMANDS.flatMap((name) => section(name)),
    '## stack',
    'A stack with its current or last operation, as every answer and event shows it.',
    answerTable(stackSchema.shape, STACK_DESCRIPTIONS),
    '## resource',
    'A resource action, as every answer and event shows it. A deadline is present as long as it can come.',
    answerTable(resourceActionSchema.shape, RESOURCE_DESCRIPTIONS),
    '## entry',
    'An entry of the history: a status change, as it was published.',
    answerTable(historyEntrySchema.shape, ENTRY_DESCRIPTIONS),
    '## Errors',
    table(
      ['code', 'meaning'],
      ERROR_CODES.map((name) => [code(name), ERROR_DESCRIPTIONS[name]]),
    ),
    json(refusal),
  );
}
