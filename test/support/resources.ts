import type { Answer, ResourceAction } from '../../contract/index.ts';
import type { TestHarness } from './harness.ts';

/** One resource action of the stack that tests use, and an engine that works on it. */
export function resourceAction(harness: TestHarness, resource = 'server', stackId = 'stack-1') {
  const target = { stackId, operationId: 'op-1', resource };
  const attemptOf = (claimId: string, attempt: number) => ({ ...target, attempt, claimId });
  return {
    dispatch: (fields: object = {}): Promise<Answer> =>
      harness.command({
        command: 'DispatchResource',
        ...target,
        action: 'CREATE',
        startToCloseSeconds: 300,
        ...fields,
      }),
    claim: (claimId = 'claim-1', attempt = 1): Promise<Answer> =>
      harness.command({
        command: 'ClaimResource',
        ...attemptOf(claimId, attempt),
        engineId: `engine-of-${claimId}`,
      }),
    heartbeat: (claimId = 'claim-1', attempt = 1): Promise<Answer> =>
      harness.command({ command: 'Heartbeat', ...attemptOf(claimId, attempt) }),
    complete: (fields: object = {}, claimId = 'claim-1', attempt = 1): Promise<Answer> =>
      harness.command({
        command: 'CompleteResource',
        ...attemptOf(claimId, attempt),
        status: 'COMPLETE',
        ...fields,
      }),
    release: (claimId = 'claim-1', attempt = 1): Promise<Answer> =>
      harness.command({ command: 'ReleaseResource', ...attemptOf(claimId, attempt) }),
    cancel: (fields: object = {}): Promise<Answer> =>
      harness.command({ command: 'CancelResource', ...target, ...fields }),
    get: (): Promise<Answer> => harness.command({ command: 'GetResource', stackId, resource }),
    row: () => harness.table.resourceRows.get(`${stackId}\n${resource}`),
    /** The phases or statuses published of it, in their order. */
    published: (): string[] =>
      harness.bus.published
        .filter(
          (event): event is ResourceAction & typeof event =>
            'resource' in event && event.resource === resource,
        )
        .filter((event) => event.stackId === stackId)
        .map(({ phase, status, cause, attempt }) =>
          [phase ?? status, attempt, ...(cause === undefined ? [] : [cause])].join(' '),
        ),
  };
}
