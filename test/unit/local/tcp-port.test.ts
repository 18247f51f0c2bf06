import { expect, test } from 'vitest';
import { freePort } from '../../../local/tcp-port.ts';

test('no port is found twice, though none is used yet', async () => {
  const ports: number[] = [];
  for (let n = 0; n < 1000; n++) ports.push(await freePort());
  expect(new Set(ports).size).toBe(1000);
});
