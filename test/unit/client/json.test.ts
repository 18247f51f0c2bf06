/** What JSON would change without a word is refused, with the place of the value. */
import { describe, expect, test } from 'vitest';
import { toJson } from '../../../client/json.ts';
import { clientOverMemory } from './fake-transport.ts';

const circular: { self?: unknown } = {};
circular.self = circular;

describe('refused', () => {
  test.each<[string, unknown, string]>([
    ['NaN', { price: Number.NaN }, 'JSON cannot hold NaN, at price'],
    [
      'a number that was too large',
      JSON.parse('{"a":[{"b":1e400}]}'),
      'JSON cannot hold Infinity, at a[0].b',
    ],
    ['minus infinity', -Infinity, 'JSON cannot hold -Infinity'],
    ['a boxed NaN', { n: Object(Number.NaN) }, 'JSON cannot hold an object of class Number, at n'],
    ['a bigint', { n: { of: 1n } }, 'JSON cannot hold a bigint, at n.of'],
    ['a function', { on: () => 1 }, 'JSON cannot hold a function, at on'],
    ['a symbol', [Symbol('a')], 'JSON cannot hold a symbol, at [0]'],
    ['undefined in a list', { a: [1, undefined] }, 'JSON cannot hold undefined, at a[1]'],
    ['a hole in a list', { a: new Array(1) }, 'JSON cannot hold undefined, at a[0]'],
    ['a date that is none', { at: new Date('soon') }, 'JSON cannot hold an invalid Date, at at'],
    ['a Map', { byName: new Map([['a', 1]]) }, 'JSON cannot hold an object of class Map, at byName'],
    ['a Set', new Set([1]), 'JSON cannot hold an object of class Set'],
    ['an Error', { error: new Error('lost') }, 'JSON cannot hold an object of class Error, at error'],
    ['bytes', { image: new Uint8Array(2) }, 'JSON cannot hold an object of class Uint8Array, at image'],
    ['a promise', { later: Promise.resolve(1) }, 'JSON cannot hold an object of class Promise, at later'],
    ['a pattern', { pattern: /x/ }, 'JSON cannot hold an object of class RegExp, at pattern'],
    ['a name that is no word', { 'my server': { 'a.b': Number.NaN } }, 'at ["my server"]["a.b"]'],
    ['what its own toJSON makes of it', { a: { toJSON: () => Number.NaN } }, 'JSON cannot hold NaN, at a'],
    ['a circle', circular, 'circular'],
  ])('%s', (_, value, message) => {
    expect(() => toJson(value)).toThrow(TypeError);
    expect(() => toJson(value)).toThrow(message);
  });
});

describe('written as JSON has it', () => {
  const shared = { a: 1 };
  class Server {
    readonly id = 7;
  }
  test.each<[string, unknown, string | undefined]>([
    ['plain values', { a: [1, 'x', null, true, { b: 1.5 }] }, '{"a":[1,"x",null,true,{"b":1.5}]}'],
    ['a field that is undefined, as if it were absent', { a: undefined, b: 1 }, '{"b":1}'],
    ['undefined, as nothing', undefined, undefined],
    ['a date, which says itself how it is written', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['an address', { url: new URL('http://a/') }, '{"url":"http://a/"}'],
    ['an object of a class', new Server(), '{"id":7}'],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['one object twice', [shared, shared], '[{"a":1},{"a":1}]'],
    ['minus zero, which equals zero', -0, '0'],
  ])('%s', (_, value, json) => {
    expect(toJson(value)).toBe(json);
  });
});

test('a request that JSON would change is not sent', async () => {
  const { client, service } = clientOverMemory();
  const dispatch = { stackId: 'web', operationId: 'op-1', resource: 'server', action: 'CREATE' } as const;
  await expect(
    client.dispatchResource({ ...dispatch, startToCloseSeconds: 60, input: { size: 0 / 0 } }),
  ).rejects.toThrow(new TypeError('JSON cannot hold NaN, at input.size'));
  await expect(client.dispatchResource({ ...dispatch, startToCloseSeconds: Infinity })).rejects.toThrow(
    'JSON cannot hold Infinity, at startToCloseSeconds',
  );
  await expect(
    client.startOperation({ ...dispatch, timeoutSeconds: 60, metadata: { n: [Number.NaN] } } as never),
  ).rejects.toThrow('JSON cannot hold NaN, at metadata.n[0]');
  expect(service.requests).toEqual([]);
});
