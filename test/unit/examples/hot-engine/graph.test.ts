import { expect, test } from 'vitest';
import { findCycle, type Graph, ready, reversed, subgraph } from '../../../../examples/hot-engine/graph.ts';

const graph = (edges: Record<string, string[]>): Graph =>
  new Map(Object.entries(edges).map(([name, requires]) => [name, new Set(requires)]));

const plain = (graph: Graph) => Object.fromEntries([...graph].map(([name, all]) => [name, [...all].sort()]));

const DIAMOND = { net: [], web: ['net'], db: ['net'], lb: ['web', 'db'] };

test('ready: what is not done and requires only what is done', () => {
  expect(ready(graph(DIAMOND), new Set())).toEqual(['net']);
  expect(ready(graph(DIAMOND), new Set(['net']))).toEqual(['web', 'db']);
  expect(ready(graph(DIAMOND), new Set(['net', 'web']))).toEqual(['db']);
  expect(ready(graph(DIAMOND), new Set(['net', 'web', 'db', 'lb']))).toEqual([]);
});

test('reversed and subgraph', () => {
  expect(plain(reversed(graph(DIAMOND)))).toEqual({ net: ['db', 'web'], web: ['lb'], db: ['lb'], lb: [] });
  expect(plain(subgraph(graph(DIAMOND), new Set(['net', 'lb', 'web'])))).toEqual({
    net: [],
    lb: ['web'],
    web: ['net'],
  });
});

test.each<[string, Record<string, string[]>, string[] | undefined]>([
  ['nothing', {}, undefined],
  ['a diamond', DIAMOND, undefined],
  ['itself', { a: ['a'] }, ['a', 'a']],
  ['two', { a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
  ['a way into it', { z: ['y'], y: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c', 'a']],
  ['a way out of it', { a: ['x', 'b'], b: ['x', 'a'], x: [] }, ['a', 'b', 'a']],
])('cycle: %s', (_, edges, cycle) => {
  expect(findCycle(graph(edges))).toEqual(cycle);
});
