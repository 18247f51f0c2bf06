import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { PROJECT } from '../../../../local/environment.ts';

const demo = (...args: string[]) =>
  spawnSync(process.execPath, [`${PROJECT}demo/heat/main.ts`, ...args], { encoding: 'utf8', cwd: PROJECT });

test('the help is shown, and nothing is started', () => {
  expect(demo('--help')).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Usage: npm run demo:heat /),
    stderr: '',
  });
});

test.each([
  ['--watch', 'long'],
  ['--watch', '-1'],
  ['--wach', '1'],
])('%s %s is a usage error', (...args) => {
  expect(demo(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(args[0]) });
});
