/**
 * Scripts of the workload: the requests about one stack, and when each is sent. A seed makes the
 * script.
 */
import type { Random } from '../../simulation/random.ts';
import type { WorkloadRequest } from './observations.ts';
import { type RequestBuilder, requestBuilder } from './request-builder.ts';

/** Requests that are sent together, when those before are answered and the time has come. */
interface Step {
  /** Counted from the beginning of the script. */
  readonly atMs: number;
  readonly requests: readonly WorkloadRequest[];
}

export interface StackScript {
  readonly kind: string;
  readonly steps: readonly Step[];
}

type MakeSteps = (build: RequestBuilder) => Step[];

const abandoned: MakeSteps = ({ timeout, start }) => [{ atMs: 0, requests: [start('op-1', timeout('any'))] }];

const completed: MakeSteps = ({ random, timeout, start, complete, within }) => {
  const seconds = timeout('any');
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    { atMs: within(seconds), requests: [complete('op-1', random.chance(0.8) ? 'COMPLETE' : 'FAILED')] },
  ];
};

const cancelled: MakeSteps = ({ timeout, start, cancel, within }) => {
  const seconds = timeout('any');
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    { atMs: within(seconds), requests: [cancel('op-1')] },
  ];
};

/**
 * Before its deadline it gets more time, once or twice; and then it times out all the same, or is
 * completed.
 */
const extended: MakeSteps = ({ random, timeout, start, extend, complete, within }) => {
  const seconds = timeout('near');
  const first = within(seconds);
  const more = timeout('any');
  const second = first + within(more);
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    { atMs: first, requests: [extend('op-1', more)] },
    ...(random.chance(0.5) ? [{ atMs: second, requests: [extend('op-1', timeout('near'))] }] : []),
    ...(random.chance(0.3) ? [{ atMs: second + 1500, requests: [complete('op-1', 'COMPLETE')] }] : []),
  ];
};

const shortened: MakeSteps = ({ timeout, start, extend, within }) => {
  const seconds = timeout('far');
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    { atMs: within(seconds), requests: [extend('op-1', timeout('soon'))] },
  ];
};

/** The same resources, in another operation. */
const superseded: MakeSteps = ({ random, timeout, start, dispatch, complete, within }) => {
  const seconds = timeout('any');
  const at = within(seconds);
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    { atMs: 200, requests: [dispatch('op-1', 'server')] },
    { atMs: at, requests: [start('op-2', timeout('any'), { supersede: true })] },
    { atMs: at + 200, requests: [dispatch('op-2', 'server')] },
    ...(random.chance(0.5) ? [{ atMs: at + 4000, requests: [complete('op-2', 'COMPLETE')] }] : []),
  ];
};

/** One operation after the other: what comes for an earlier one must not touch a later one. */
const repeated: MakeSteps = ({ timeout, start, complete }) => [
  { atMs: 0, requests: [start('op-1', timeout('near'))] },
  { atMs: 800, requests: [complete('op-1', 'COMPLETE')] },
  { atMs: 1600, requests: [start('op-2', timeout('near'))] },
  { atMs: 2400, requests: [complete('op-2', 'FAILED')] },
  { atMs: 3200, requests: [start('op-3', timeout('any'))] },
];

/** A parent with two children, and a grandchild: it may end long before them. */
const nested: MakeSteps = ({ random, timeout, start, child, dispatch, complete, cancel, within }) => {
  const seconds = timeout('far');
  const end = random.pick([undefined, complete('op-1', 'COMPLETE'), cancel('op-1')]);
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    {
      atMs: 200,
      requests: [child('child-1', timeout('far')).start, child('child-2', timeout('any')).start],
    },
    { atMs: 600, requests: [child('child-1', timeout('far')).grandchild('grandchild')] },
    { atMs: 800, requests: [dispatch('op-1', 'network', {}, 'child-1')] },
    ...(end ? [{ atMs: within(seconds) / 2, requests: [end] }] : []),
  ];
};

const worked: MakeSteps = ({ random, timeout, start, dispatch, complete }) => {
  const seconds = timeout('near') + 8;
  const resources = ['network', 'server-1', 'server-2', 'volume'].slice(0, random.between(2, 4));
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    { atMs: 200, requests: resources.map((resource) => dispatch('op-1', resource)) },
    ...(random.chance(0.5) ? [{ atMs: (seconds - 2) * 1000, requests: [complete('op-1', 'COMPLETE')] }] : []),
  ];
};

/** An attempt after the other fails, and the operation with the last; or goes on without it. */
const failing: MakeSteps = ({ random, timeout, start, dispatch }) => [
  { atMs: 0, requests: [start('op-1', timeout('near') + 10)] },
  {
    atMs: 200,
    requests: [
      dispatch('op-1', 'doomed', {
        input: { seconds: 0.2, failures: 9, retryable: random.chance(0.7) },
        retry: { maxAttempts: 2, intervalSeconds: 1, jitter: 'NONE' },
        onFailure: random.chance(0.7) ? 'FAIL_OPERATION' : 'CONTINUE',
      }),
      dispatch('op-1', 'server'),
    ],
  },
];

/** Everything at once, at the deadline. */
const raced: MakeSteps = ({ random, timeout, start, complete, cancel, extend }) => {
  const seconds = timeout('soon');
  return [
    { atMs: 0, requests: [start('op-1', seconds)] },
    {
      atMs: seconds * 1000 + random.between(-300, 600),
      requests: [complete('op-1', 'COMPLETE'), cancel('op-1'), extend('op-1', timeout('soon'))],
    },
  ];
};

const KINDS: readonly (readonly [kind: string, makeSteps: MakeSteps, weight: number])[] = [
  ['abandoned', abandoned, 5],
  ['completed', completed, 2],
  ['cancelled', cancelled, 1],
  ['extended', extended, 2],
  ['shortened', shortened, 2],
  ['superseded', superseded, 2],
  ['repeated', repeated, 1],
  ['nested', nested, 2],
  ['worked', worked, 3],
  ['failing', failing, 1],
  ['raced', raced, 2],
];
const WEIGHTED = KINDS.flatMap(([kind, makeSteps, weight]) =>
  Array.from({ length: weight }, () => ({ kind, makeSteps })),
);

export function scriptOf(stackId: string, random: Random): StackScript {
  const { kind, makeSteps } = random.pick(WEIGHTED);
  return { kind, steps: makeSteps(requestBuilder(stackId, random)) };
}
