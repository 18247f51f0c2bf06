import { expect, test } from 'vitest';
import { commandLine } from '../../../../cli/terminal/command-line.ts';

test.each([
  [['get', 'web/db'], {}, 'get web/db'],
  [['resource', 'web', 'server'], { local: true }, 'resource web server --local'],
  [
    ['get', 'web'],
    { stackName: 'Mine', region: 'eu-north-1' },
    'get web --stack-name Mine --region eu-north-1',
  ],
  // A shell would read $LATEST as a variable.
  [['get', 'web'], { function: 'command:$LATEST' }, "get web --function 'command:$LATEST'"],
  [['get', '--json'], { local: true }, 'get --local -- --json'],
])('%j of %j', (words, deployment, line) => {
  expect(commandLine(words, deployment)).toBe(`stack-timeouts ${line}`);
});
