import { existsSync, rmSync } from 'node:fs';
import { beforeEach, expect, test, vi } from 'vitest';
import { runDemo } from '../../../demo/session.ts';

let said: string[];
beforeEach(() => {
  said = [];
  for (const name of ['log', 'error'] as const)
    vi.spyOn(console, name).mockImplementation((text) => said.push(text) > 0);
});

test.each([
  ['all of it held', async () => true, 0, []],
  ['not all of it held', async () => false, 1, []],
  ['an error', () => Promise.reject(new Error('no room')), 1, ['demo: no room']],
])('%s: the folder is kept only if it is needed', async (_, result, code, errors) => {
  let folder = '';
  const exitCode = await runDemo((dir) => {
    folder = dir;
    return result();
  });
  expect(exitCode).toBe(code);
  expect(existsSync(folder)).toBe(code === 1);
  rmSync(folder, { recursive: true, force: true });
  expect(said).toEqual([...errors, ...(code === 1 ? [`\nThe logs are in ${folder}`] : [])]);
});

test('an interruption explains what it made fail', async () => {
  const exitCode = await runDemo(async (_, signal) => {
    process.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    throw new Error('something else');
  });
  expect(exitCode).toBe(130);
  expect(said).toEqual(['demo: interrupted by SIGINT']);
});
