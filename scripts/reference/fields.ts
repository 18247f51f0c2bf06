/** Tables of fields, from the schemas of the contract. */
import type * as z from 'zod/mini';
import type { Description } from './descriptions.ts';
import { code, table } from './markdown.ts';

export type Shape = Readonly<Record<string, z.core.$ZodType>>;

const optional = (schema: z.core.$ZodType): z.core.$ZodType | undefined => {
  const { def } = schema._zod;
  return def.type === 'optional' ? (def as z.core.$ZodOptionalDef).innerType : undefined;
};

const shapeOf = (schema: z.core.$ZodType): Shape | undefined => {
  const { def } = schema._zod;
  return def.type === 'object' ? (def as z.core.$ZodObjectDef).shape : undefined;
};

/** Neither is a valid value of any field, except of one that takes every string. */
const WRONG = ['\ud800', Symbol('wrong')];

/** What a field may hold, in the words in which the service refuses anything else. */
function allowed(schema: z.core.$ZodType): string {
  const inner = optional(schema) ?? schema;
  const { def } = inner._zod;
  if (def.type === 'union') return (def as z.core.$ZodUnionDef).options.map(allowed).join('; or ');
  for (const wrong of WRONG) {
    const result = (inner as z.ZodMiniType).safeParse(wrong);
    const [, words] = /^must be (.*)$/.exec(result.error?.issues[0]?.message ?? '') ?? [];
    if (words !== undefined) return words;
  }
  return { string: 'a string', number: 'a whole number' }[def.type as string] ?? def.type;
}

/** The fields of a request, those of `nested` fields after them. */
export function requestTable(
  shape: Shape,
  descriptions: Readonly<Record<string, Description>>,
  nested: Readonly<Record<string, Readonly<Record<string, Description>>>> = {},
): string {
  const rows = (
    fields: Shape,
    described: Readonly<Record<string, Description>>,
    prefix: string,
  ): string[][] =>
    Object.entries(fields).flatMap(([name, schema]) => {
      if (name === 'command') return [];
      const description = described[name];
      if (description === undefined) throw new Error(`${prefix}${name} has no description`);
      const { text, default: absent } =
        typeof description === 'string' ? { text: description, default: '–' } : description;
      const inner = optional(schema);
      const below = shapeOf(inner ?? schema);
      const own = [code(`${prefix}${name}`), inner ? absent : 'required', text, allowed(schema)];
      const under = nested[name];
      return [own, ...(below && under ? rows(below, under, `${prefix}${name}.`) : [])];
    });
  return table(['field', 'default', 'meaning', 'allowed'], rows(shape, descriptions, ''));
}

/** The fields of an answer or event. */
export function answerTable(shape: Shape, descriptions: Readonly<Record<string, string>>): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const text = descriptions[name];
    if (text === undefined) throw new Error(`${name} has no description`);
    return [code(name), optional(schema) ? 'sometimes' : 'always', text, allowed(schema)];
  });
  return table(['field', 'present', 'meaning', 'value'], rows);
}
