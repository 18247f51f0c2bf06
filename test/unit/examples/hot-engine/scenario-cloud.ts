/** The resources that exist, as the work on stacks left them, and the mistakes in their order. */
import type { ResourceAction } from '../../../../client/index.ts';
import type { Template } from '../../../../examples/hot-engine/hot.ts';

interface Physical {
  readonly name: string;
  readonly type: string;
  readonly requires: ReadonlySet<string>;
}

/** The templates before and after an operation. */
export interface Transition {
  readonly before: Template;
  readonly after: Template;
}

export const EMPTY: Template = { types: new Map(), requires: new Map() };

export class ScenarioCloud {
  readonly #resources = new Map<string, Physical>();
  /** Resources that were created before what they require, or deleted before what requires them. */
  readonly wrong: string[] = [];

  get size(): number {
    return this.#resources.size;
  }

  /** `name type < required, …` of each resource, sorted. */
  get content(): string[] {
    return [...this.#resources.values()].map(shown).sort();
  }

  /**
   * CREATE and UPDATE both bring a resource to what a template says. Repeating them changes
   * nothing.
   */
  work({ resource, resourceType = '', action }: ResourceAction, { before, after }: Transition): void {
    const [name = ''] = resource.split('/');
    const template = resource.endsWith('/rollback') ? before : after;
    const requires = template.requires.get(name) ?? new Set();
    const key = `${name} ${resourceType}`;
    if (action === 'DELETE') {
      this.#resources.delete(key);
      for (const one of this.#resources.values()) this.#check(one, `${resource} was deleted`);
    } else {
      const physical = { name, type: resourceType, requires };
      this.#resources.set(key, physical);
      this.#check(physical, `${resource} was made`);
    }
  }

  #check(one: Physical, when: string): void {
    const names = new Set([...this.#resources.values()].map(({ name }) => name));
    for (const required of one.requires)
      if (!names.has(required)) this.wrong.push(`${when}: ${one.name} is without ${required}`);
  }
}

const shown = ({ name, type, requires }: Physical): string =>
  `${name} ${type} < ${[...requires].sort().join(', ')}`;

/** The content of a cloud that matches a template. */
export const contentOf = ({ types, requires }: Template): string[] =>
  [...types].map(([name, type]) => shown({ name, type, requires: requires.get(name) ?? new Set() })).sort();
