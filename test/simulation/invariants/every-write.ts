import { generationOf } from '../../../lambdas/domain/row.ts';
import { IGNORED_TRANSITIONS } from '../../../lambdas/domain/stream-filters.ts';
import { described, isOfResource, keyOf, type Row, short, type Write } from '../row.ts';
import { holds } from './violation.ts';

/** The moments at which something is to happen to a row. */
function deadlines(row: Row & { status: 'IN_PROGRESS' }): number[] {
  if (!isOfResource(row)) return [row.deadline];
  const names = [
    'queueAt',
    'offerAt',
    'startDeadline',
    'attemptDeadline',
    'heartbeatDeadline',
    'retryAt',
    'finalDeadline',
  ];
  const values = row as unknown as Readonly<Record<string, number | undefined>>;
  return names.flatMap((name) => values[name] ?? []);
}

/** What the wake function was invoked with. */
interface WakeMessage {
  readonly body: string;
}

export function checkEveryWrite(write: Write): void {
  const { before, after, writer } = write;
  const tell = () => `${writer.process.name} wrote ${described(after)} over ${described(before)}`;
  holds('P4', after.version === (before?.version ?? 0) + 1, () => `the version does not follow: ${tell()}`);
  const again = before?.operationId === after.operationId;
  const expired = before !== undefined && 'expiresAt' in before && before.expiresAt <= writer.decidedAt;
  holds(
    'P3',
    before?.status === 'IN_PROGRESS' || !again || expired,
    () => `what had ended was changed: ${tell()}`,
  );
  checkTimer(write, tell);
  if (after.status !== 'IN_PROGRESS') {
    holds('P4', again, () => `an operation ended that was not the current one: ${tell()}`);
  }
  if (writer.process.kind === 'wake') checkWakeUp(write, tell);
  for (const [name, value] of Object.entries(after))
    holds('storable', value !== undefined, () => `${name} is undefined, which DynamoDB refuses: ${tell()}`);
}

function checkTimer({ before, after, writer }: Write, tell: () => string): void {
  const generation = generationOf(after);
  if (before !== undefined)
    holds('P5', generation >= generationOf(before), () => `the generation goes back: ${tell()}`);
  if (after.status !== 'IN_PROGRESS') return;
  const { timer } = after;
  for (const deadline of deadlines(after))
    holds('P2', timer.dueAt <= deadline, () => `the timer is due after ${short(deadline)}: ${tell()}`);
  const old =
    before?.status === 'IN_PROGRESS' && before.operationId === after.operationId ? before.timer : undefined;
  if (timer.generation === old?.generation) {
    holds('P5', timer.dueAt === old.dueAt, () => `another timer with the same generation: ${tell()}`);
    return;
  }
  // The stream's filter drops these before arm sees the new timer.
  const unseen = IGNORED_TRANSITIONS.arm.some((transition) => transition === after.change);
  holds('P2', before === undefined || !unseen, () => `arm never sees the timer: ${tell()}`);
  const last = before === undefined ? 0 : generationOf(before);
  holds('P5', timer.generation === last + 1, () => `the generation does not follow: ${tell()}`);
  holds('P2', timer.setAt === writer.decidedAt, () => `the timer was set at another moment: ${tell()}`);
}

/** Wake writes only what one of its messages names, and the timer is that of the row. */
function checkWakeUp({ before, after, writer }: Write, tell: () => string): void {
  const messages = writer.process.about as readonly WakeMessage[];
  const matches = messages.some(({ body }) => {
    const wakeUp = JSON.parse(body);
    return (
      keyOf(wakeUp) === keyOf(after) &&
      wakeUp.operationId === before?.operationId &&
      before?.status === 'IN_PROGRESS' &&
      wakeUp.generation === before.timer.generation
    );
  });
  holds('P5', matches, () => `no wake-up of that batch is for this timer: ${tell()}`);
}
