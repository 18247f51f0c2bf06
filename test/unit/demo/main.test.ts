import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { PROJECT } from '../../../local/environment.ts';

const demo = (...args: string[]) => {
  const command = ['--conditions=@stack-timeouts/source', `${PROJECT}demo/main.ts`, ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8', cwd: PROJECT });
};

test('the help is shown, and nothing is started', () => {
  expect(demo('--help')).toMatchObject({ status: 0, stderr: '' });
});

test('a wrong input is a usage error that names the line', () => {
  expect(demo('--input', 'package.json')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^demo: line 1: /),
  });
});
