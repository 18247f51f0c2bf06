/** Reads a HOT file (Heat Orchestration Template): its resources, and which of them need which others. */
import { parseDocument } from 'yaml';
import { findCycle, type Graph } from './graph.ts';
import { nameOf, references, shown } from './references.ts';

export interface Template {
  /** The type of each resource, in the order of the file. A file with outputs only has none. */
  readonly types: ReadonlyMap<string, string>;
  readonly requires: Graph;
}

/** Why a file cannot be loaded. */
export type Problem =
  | 'Jinja2 template'
  | 'not YAML'
  | 'no HOT file'
  | 'wrong structure'
  | 'unreadable reference'
  | 'missing resource'
  | 'cycle'
  | 'too large';

export type Loaded =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problem: Problem; readonly message: string };

/** Thrown within this file only. */
class Refused extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, message: string) {
    super(message);
    this.problem = problem;
  }
}

/** Heat's `max_template_size`. */
const MAX_CHARACTERS = 524_288;
/** Heat allows 255; a suffix such as `/rollback` needs some of it. */
const MAX_NAME = 240;

/**
 * Parses the text of a HOT file. Everything with a `condition` is taken as there: conditions depend on parameters,
 * which are not known here.
 */
export function loadTemplate(text: string): Loaded {
  try {
    return { ok: true, template: readTemplate(parseYaml(text)) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { ok: false, problem: error.problem, message: error.message };
  }
}

function parseYaml(text: string): unknown {
  if (text.length > MAX_CHARACTERS)
    throw new Refused(
      'too large',
      `${text.length} characters; at most ${MAX_CHARACTERS} are read, as by Heat`,
    );
  try {
    // As in Heat, the last of two equal keys counts. Aliases are objects shared, so many of them cost nothing.
    const document = parseDocument(text, { uniqueKeys: false, merge: true, logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS({ maxAliasCount: -1 });
  } catch (error) {
    // Any error counts, also a RangeError of nesting that is too deep for the parser's stack.
    const why = (error as Error).message.split('\n')[0];
    if (/\{[%#]/.test(text)) throw new Refused('Jinja2 template', `it must be rendered first (${why})`);
    throw new Refused('not YAML', why ?? '');
  }
}

type Mapping = Readonly<Record<string, unknown>>;

/** A section that may be absent or empty. */
function mapping(value: unknown, what: string): Mapping {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Mapping;
  throw new Refused('wrong structure', `${what} must be a mapping, not ${shown(value)}`);
}

function readTemplate(value: unknown): Template {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refused('no HOT file', `a HOT file is a mapping, not ${shown(value)}`);
  const file = value as Mapping;
  if (nameOf(file.heat_template_version) === undefined) throw new Refused('no HOT file', whatElse(file));
  const types = new Map<string, string>();
  const requires = new Map<string, ReadonlySet<string>>();
  for (const [name, resource] of Object.entries(mapping(file.resources, 'resources'))) {
    types.set(name, readType(name, resource));
    requires.set(name, readRequirements(name, resource as Mapping));
  }
  check(requires);
  return { types, requires };
}

function whatElse(file: Mapping): string {
  const without = 'there is no heat_template_version';
  if ('AWSTemplateFormatVersion' in file || 'HeatTemplateFormatVersion' in file)
    return `${without}: it is a template in CloudFormation's format`;
  if (['resource_registry', 'parameter_defaults', 'parameters'].some((section) => section in file))
    return `${without}: it may be an environment file`;
  return `${without}; its sections are ${shown(Object.keys(file))}`;
}

function readType(name: string, resource: unknown): string {
  // Heat forbids the slash. The others are those that stack-timeouts cannot name a resource action by.
  if (!/^[A-Za-z0-9._:@-]+$/.test(name) || name.length > MAX_NAME)
    throw new Refused(
      'wrong structure',
      `resource ${shown(name)}: its name must be 1 to ${MAX_NAME} of the characters A-Z a-z 0-9 . _ : @ -`,
    );
  const { type } = mapping(resource, `resource ${name}`);
  if (typeof type === 'string' && type !== '') return type;
  throw new Refused('wrong structure', `resource ${name} has no type`);
}

/** As in Heat: what `depends_on`, `properties` and `metadata` name. An external resource is there already. */
function readRequirements(name: string, resource: Mapping): ReadonlySet<string> {
  if (resource.external_id !== undefined && resource.external_id !== null) return new Set();
  const found = references([resource.properties, resource.metadata]);
  if (found.problems.length > 0)
    throw new Refused('unreadable reference', `resource ${name}: ${found.problems.join('; ')}`);
  return new Set([...found.resources, ...dependsOn(name, resource.depends_on)]);
}

/** A name, a list of names, or an `if` of these. */
function dependsOn(resource: string, value: unknown): Set<string> {
  if (value === undefined || value === null) return new Set();
  const name = nameOf(value);
  if (name !== undefined) return new Set([name]);
  const items = Array.isArray(value) ? value : branches(value);
  if (items === undefined)
    throw new Refused('unreadable reference', `resource ${resource}: depends_on cannot be ${shown(value)}`);
  return new Set(items.flatMap((item) => [...dependsOn(resource, item)]));
}

function branches(value: unknown): unknown[] | undefined {
  const { if: choice, ...others } = value as Mapping;
  return Array.isArray(choice) && Object.keys(others).length === 0 ? choice.slice(1) : undefined;
}

function check(requires: Graph): void {
  for (const [name, required] of requires) {
    const missing = [...required].filter((one) => !requires.has(one));
    if (missing.length > 0)
      throw new Refused(
        'missing resource',
        `resource ${name} needs ${missing.join(', ')}, which is not there`,
      );
  }
  const cycle = findCycle(requires);
  if (cycle !== undefined) throw new Refused('cycle', `resources need each other: ${cycle.join(' → ')}`);
}
