import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ShuttingDown, stopOnSignals } from '../../../../client/index.ts';

describe('stopOnSignals', () => {
  test.each(['SIGTERM', 'SIGINT'])('%s stops', (name) => {
    const emitter = new EventEmitter();
    const signal = stopOnSignals(emitter);
    expect(signal.aborted).toBe(false);
    emitter.emit(name);
    expect(signal.reason).toBeInstanceOf(ShuttingDown);
    expect(signal.reason.message).toContain(name);
  });

  test('a second SIGINT is left to the system, SIGTERM never', () => {
    const emitter = new EventEmitter();
    stopOnSignals(emitter);
    for (const name of ['SIGINT', 'SIGTERM']) emitter.emit(name);
    expect(emitter.listenerCount('SIGINT')).toBe(0);
    expect(emitter.listenerCount('SIGTERM')).toBe(1);
  });
});
