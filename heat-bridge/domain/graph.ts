/** The graph of an operation's steps, as Heat stores it in JSON. */
import { nodeKey } from './heat.ts';

/** The key of a step that has reported: `tuple:(3, True, 'resource')`. */
const KEY = /^tuple:\((\d+), (True|False)\b/;

type Step = [resourceId: number, isUpdate: boolean];

/**
 * Which steps have reported: the `input_data` of a row of `sync_point`, parsed. Deletions of
 * snapshots are steps, too, but none that can be resumed.
 */
export const reportedOf = (data: { readonly input_data?: object }): string[] =>
  Object.keys(data.input_data ?? {}).flatMap((key) => {
    const [, id, isUpdate] = KEY.exec(key) ?? [];
    return id === undefined ? [] : [nodeKey(Number(id), isUpdate === 'True')];
  });

/** Which step waits for which: `current_deps` of a row of `stack`. Null before Heat has stored it. */
export function edgesOf(currentDeps: string | null): [waiting: string, on: string][] {
  const edges: [Step, Step | null][] = JSON.parse(currentDeps ?? '{}')?.edges ?? [];
  return edges.flatMap(([waiting, on]) => (on ? [[nodeKey(...waiting), nodeKey(...on)]] : []));
}

/**
 * Parses JSON that is to be sent on: `JSON.stringify` writes each number as it was. Python tells 1.0
 * from 1, and keeps all digits of a large number.
 */
export const parseToSendOn = (text: string): unknown => JSON.parse(text, exact as Reviver);

type Reviver = Parameters<typeof JSON.parse>[1];

function exact(_: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  // In Node.js from version 21 on, but not in TypeScript's library.
  return (JSON as unknown as { rawJSON(text: string): object }).rawJSON(source);
}
