/**
 * Parses a HOT file (Heat Orchestration Template): its resources, and which of them require which
 * others.
 */
import { parseDocument } from 'yaml';
import { findCycle, type Graph } from './graph.ts';

export interface Template {
  /** The type of each resource, in the order of the file. */
  readonly types: ReadonlyMap<string, string>;
  readonly requires: Graph;
}

/** The file cannot be used. The message says why. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Heat's `max_template_size`. */
const MAX_CHARACTERS = 524_288;
/** Heat allows 255. The rest is left for suffixes such as `/rollback`. */
const MAX_NAME = 240;

/**
 * Parameters are not known here, so every resource with a `condition` counts as present.
 *
 * @throws TemplateError
 */
export function parseTemplate(text: string): Template {
  const file = asMapping(parseYaml(text), 'a HOT file');
  if (asName(file.heat_template_version) === undefined)
    throw new TemplateError(
      `a HOT file has a heat_template_version; this file's sections: ${show(Object.keys(file))}`,
    );
  const types = new Map<string, string>();
  const requires = new Map<string, ReadonlySet<string>>();
  for (const [name, value] of Object.entries(asMapping(file.resources, 'resources'))) {
    const resource = asMapping(value, `resource ${name}`);
    types.set(name, typeOf(name, resource));
    requires.set(name, requirementsOf(name, resource));
  }
  for (const [name, required] of requires)
    for (const one of required)
      if (!requires.has(one))
        throw new TemplateError(`resource ${name} requires ${one}, which the file does not define`);
  const cycle = findCycle(requires);
  if (cycle) throw new TemplateError(`resources require each other: ${cycle.join(' → ')}`);
  return { types, requires };
}

function parseYaml(text: string): unknown {
  if (text.length > MAX_CHARACTERS)
    throw new TemplateError(
      `the file has ${text.length} characters; as in Heat, ${MAX_CHARACTERS} are allowed`,
    );
  try {
    // As in Heat, the last of two equal keys counts. Aliases share one object, so any number of
    // them is safe.
    const document = parseDocument(text, { uniqueKeys: false, merge: true, logLevel: 'error' });
    if (document.errors[0]) throw document.errors[0];
    return document.toJS({ maxAliasCount: -1 });
  } catch (error) {
    // Also a RangeError: nesting that is too deep for the parser's call stack.
    const [reason] = (error as Error).message.split('\n');
    const hint = /\{[%#]/.test(text) ? '; render a Jinja2 template first' : '';
    throw new TemplateError(`not YAML: ${reason}${hint}`);
  }
}

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A section that may be absent or empty. */
function asMapping(value: unknown, what: string): Mapping {
  if (isMapping(value)) return value;
  if (value === undefined || value === null) return {};
  throw new TemplateError(`${what} must be a mapping, not ${show(value)}`);
}

/** YAML reads a name that looks like a number as a number. */
const asName = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

function typeOf(name: string, { type }: Mapping): string {
  // Heat forbids the slash, the service the other characters.
  if (!/^[A-Za-z0-9._:@-]+$/.test(name) || name.length > MAX_NAME)
    throw new TemplateError(
      `resource ${show(name)}: its name must be 1 to ${MAX_NAME} of the characters A-Z a-z 0-9 . _ : @ -`,
    );
  if (typeof type === 'string' && type !== '') return type;
  throw new TemplateError(`resource ${name} has no type`);
}

/**
 * As in Heat: what `depends_on`, `properties` and `metadata` name. An external resource exists
 * already.
 */
function requirementsOf(name: string, resource: Mapping): ReadonlySet<string> {
  if (resource.external_id !== undefined && resource.external_id !== null) return new Set();
  const { depends_on, properties, metadata } = resource;
  return new Set([...references(name, [properties, metadata]), ...dependsOn(name, depends_on)]);
}

/**
 * The resources that `get_resource` and `get_attr` name, at any depth within other functions
 * (`str_replace`, `if`, `repeat`, `yaql` …). Both branches of an `if` count: one dependency too
 * many makes a stack slower, one too few breaks it.
 */
function references(resource: string, value: unknown): Set<string> {
  const found = new Set<string>();
  // All uses of an anchor share one object, which may even contain itself.
  const seen = new Set<unknown>();
  const pending = [value];
  while (pending.length > 0) {
    const one = pending.pop();
    if (typeof one !== 'object' || one === null || seen.has(one)) continue;
    seen.add(one);
    const entries = Object.entries(one);
    const [key, argument] = entries[0] ?? [];
    // As in Heat, a mapping is a function if it has exactly one key.
    if (entries.length === 1 && (key === 'get_resource' || key === 'get_attr')) {
      const target = key === 'get_attr' && Array.isArray(argument) ? argument[0] : argument;
      const name = asName(target);
      if (name === undefined)
        throw new TemplateError(`resource ${resource}: ${key} does not name a resource: ${show(target)}`);
      found.add(name);
    }
    for (const [, inner] of entries) pending.push(inner);
  }
  return found;
}

/** `depends_on` is a name, a list of names, or an `if` of these. */
function dependsOn(resource: string, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const name = asName(value);
  if (name !== undefined) return [name];
  if (Array.isArray(value)) return value.flatMap((one) => dependsOn(resource, one));
  if (isMapping(value) && Array.isArray(value.if))
    return value.if.slice(1).flatMap((branch) => dependsOn(resource, branch));
  throw new TemplateError(`resource ${resource}: depends_on cannot be ${show(value)}`);
}

/** A value in a message: at most 80 characters of it. */
function show(value: unknown): string {
  try {
    return JSON.stringify(value)?.slice(0, 80) ?? 'nothing';
  } catch {
    return 'a value that contains itself';
  }
}
