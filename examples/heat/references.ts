/** Finds the resources that a piece of a HOT file refers to. */

export interface References {
  /** The names of resources, from `get_resource` and `get_attr`. */
  readonly resources: ReadonlySet<string>;
  /** What cannot be read, a sentence each. */
  readonly problems: readonly string[];
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** YAML reads a name that looks like a number as one. */
export const nameOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

/**
 * Looks into every nested value, so that references inside of other functions (`str_replace`, `list_join`, `if`,
 * `repeat`, `yaql` …) are found without knowing these. As in Heat, a mapping is a function if it has just one key.
 *
 * An `if` refers to what either of its branches does: which of them counts depends on parameters, which are not known
 * here. One dependency too many makes a stack slower, one too few breaks it.
 */
export function references(value: unknown): References {
  const resources = new Set<string>();
  const problems: string[] = [];
  // An anchor's value is one object however often its alias is used, and may even hold itself.
  const seen = new Set<object>();
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const one = pending.pop();
    if (typeof one !== 'object' || one === null || seen.has(one)) continue;
    seen.add(one);
    if (isMapping(one)) read(one, resources, problems);
    for (const inner of Object.values(one)) pending.push(inner);
  }
  return { resources, problems };
}

function read(mapping: Record<string, unknown>, resources: Set<string>, problems: string[]): void {
  const [entry, ...others] = Object.entries(mapping);
  if (entry === undefined || others.length > 0) return;
  const [name, argument] = entry;
  if (name !== 'get_resource' && name !== 'get_attr') return;
  const target = name === 'get_attr' && Array.isArray(argument) ? argument[0] : argument;
  const resource = nameOf(target);
  if (resource !== undefined) resources.add(resource);
  else problems.push(`${name} does not name a resource: ${shown(target)}`);
}

/** A value in a message: short, and whatever it holds. */
export function shown(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 80) ?? 'nothing';
  } catch {
    return 'a value that holds itself';
  }
}
