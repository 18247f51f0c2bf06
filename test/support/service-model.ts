/**
 * Checks requests against the services' own published models (they ship in PyPI's botocore, which
 * the local cloud's emulator needs anyway): required and known members, lengths, ranges, patterns,
 * enums. The emulator checks little of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** @param data botocore's folder of models. */
export function loadModel(data: string, service: string): Model {
  const version = readdirSync(join(data, service)).sort().at(-1) ?? '';
  return JSON.parse(gunzipSync(readFileSync(join(data, service, version, 'service-2.json.gz'))).toString());
}

/** What is wrong with the input of an operation, a line each. */
export function violations(model: Model, operation: string, input: unknown): string[] {
  const shape = model.operations[operation]?.input?.shape;
  if (shape === undefined) return [`there is no operation ${operation}`];
  return check(model, shape, input, operation);
}

function check(model: Model, name: string, value: unknown, path: string): string[] {
  const shape = model.shapes[name];
  if (shape === undefined) return [`${path}: there is no shape ${name}`];
  switch (shape.type) {
    case 'structure':
      return checkStructure(model, shape, value as Record<string, unknown>, path);
    case 'list': {
      const items = value as unknown[];
      const { shape: item = '' } = shape.member ?? {};
      return [
        ...size(shape, items.length, path),
        ...items.flatMap((one, n) => check(model, item, one, `${path}[${n}]`)),
      ];
    }
    case 'map':
      return Object.entries(value as object).flatMap(([key, one]) => [
        ...check(model, shape.key?.shape ?? '', key, `${path}{key}`),
        ...check(model, shape.value?.shape ?? '', one, `${path}.${key}`),
      ]);
    case 'string':
      return checkString(shape, value, path);
    case 'integer':
    case 'long':
      return Number.isInteger(value) ? size(shape, value as number, path) : [`${path} is not a whole number`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} is not a boolean`];
    case 'timestamp':
      return value instanceof Date ? [] : [`${path} is not a time`];
    default:
      return [];
  }
}

function checkStructure(model: Model, shape: Shape, value: Record<string, unknown>, path: string): string[] {
  const given = Object.entries(value).filter(([, one]) => one !== undefined);
  const missing = (shape.required ?? []).filter((name) => value[name] === undefined);
  return [
    ...missing.map((name) => `${path}.${name} is missing`),
    ...given.flatMap(([name, one]) => {
      const member = shape.members?.[name];
      return member ? check(model, member.shape, one, `${path}.${name}`) : [`${path}.${name} is not known`];
    }),
  ];
}

function checkString(shape: Shape, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path} is not a string`];
  const found = size(shape, value.length, path);
  if (shape.enum && !shape.enum.includes(value)) found.push(`${path} is ${value}, not one of ${shape.enum}`);
  if (shape.pattern && !new RegExp(shape.pattern).test(value)) {
    found.push(`${path} is ${value}, which does not match ${shape.pattern}`);
  }
  return found;
}

function size({ min, max }: Shape, value: number, path: string): string[] {
  if (min !== undefined && value < min) return [`${path} is or has ${value}, less than ${min}`];
  if (max !== undefined && value > max) return [`${path} is or has ${value}, more than ${max}`];
  return [];
}
