/**
 * DynamoDB's expressions, as far as the adapters use them: conditions, key conditions, filters, SET
 * and REMOVE.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../lambdas/adapters/dynamodb/keys.ts';

interface Given {
  readonly item: Item;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, AttributeValue>>;
}
type Operand = (given: Given) => AttributeValue | undefined;
type Condition = (given: Given) => boolean;

const TOKEN = /\s*(<=|>=|<>|[=<>(),+]|[#:]?\w+)/gy;

/** Compares two values of the same type; NaN if they are not, or not there. */
function compare(a: AttributeValue | undefined, b: AttributeValue | undefined): number {
  if (a?.N !== undefined && b?.N !== undefined) return Number(a.N) - Number(b.N);
  if (a?.S !== undefined && b?.S !== undefined) return a.S === b.S ? 0 : a.S < b.S ? -1 : 1;
  return Number.NaN;
}

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const FUNCTIONS: Readonly<Record<string, (operands: readonly Operand[]) => Condition>> = {
  attribute_exists:
    ([path]) =>
    (given) =>
      path?.(given) !== undefined,
  attribute_not_exists:
    ([path]) =>
    (given) =>
      path?.(given) === undefined,
  begins_with:
    ([path, start]) =>
    (given) =>
      path?.(given)?.S?.startsWith(start?.(given)?.S ?? '\n') ?? false,
};

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    const tokens: string[] = [];
    TOKEN.lastIndex = 0;
    for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) tokens.push(match[1] as string);
    this.#tokens = tokens;
  }

  condition(): Condition {
    let left = this.#conjunction();
    while (this.#accept('OR')) {
      const [one, other] = [left, this.#conjunction()];
      left = (given) => one(given) || other(given);
    }
    return left;
  }

  /** The new values by the names of the attributes; undefined: removed. */
  assignments(): (readonly [name: string, operand: Operand | undefined])[] {
    this.#expect('SET');
    const found: (readonly [string, Operand | undefined])[] = [];
    do {
      const name = this.#next();
      this.#expect('=');
      found.push([name, this.#sum()]);
    } while (this.#accept(','));
    if (this.#accept('REMOVE'))
      do found.push([this.#next(), undefined]);
      while (this.#accept(','));
    return found;
  }

  #conjunction(): Condition {
    let left = this.#term();
    while (this.#accept('AND')) {
      const [one, other] = [left, this.#term()];
      left = (given) => one(given) && other(given);
    }
    return left;
  }

  #term(): Condition {
    if (this.#accept('(')) {
      const inner = this.condition();
      this.#expect(')');
      return inner;
    }
    const call = FUNCTIONS[this.#tokens[this.#at] ?? ''];
    if (call !== undefined) {
      this.#at++;
      this.#expect('(');
      const operands = [this.#operand()];
      while (this.#accept(',')) operands.push(this.#operand());
      this.#expect(')');
      return call(operands);
    }
    const left = this.#operand();
    if (this.#accept('BETWEEN')) {
      const from = this.#operand();
      this.#expect('AND');
      const to = this.#operand();
      return (given) => {
        if (compare(from(given), to(given)) > 0) throw new Error('BETWEEN from above its upper bound');
        return compare(left(given), from(given)) >= 0 && compare(left(given), to(given)) <= 0;
      };
    }
    const operator = OPERATORS[this.#next()];
    const right = this.#operand();
    if (operator === undefined) throw new Error(`no operator in ${this.#tokens.join(' ')}`);
    return (given) => {
      const order = compare(left(given), right(given));
      return !Number.isNaN(order) && operator(order);
    };
  }

  #sum(): Operand {
    const left = this.#operand();
    if (!this.#accept('+')) return left;
    const right = this.#operand();
    return (given) => ({ N: String(Number(left(given)?.N) + Number(right(given)?.N)) });
  }

  #operand(): Operand {
    const name = this.#next();
    if (name.startsWith(':')) return ({ values }) => values[name];
    return ({ item, names }) => item[name.startsWith('#') ? (names[name] ?? '') : name];
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw new Error(`${token} expected in ${this.#tokens.join(' ')}`);
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? '';
  }
}

/** What a request says with its expressions. */
interface Expressed {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

const givenOf = (
  item: Item,
  { ExpressionAttributeNames = {}, ExpressionAttributeValues = {} }: Expressed,
): Given => ({
  item,
  names: ExpressionAttributeNames,
  values: ExpressionAttributeValues,
});

const conditions = new Map<string, Condition>();
const updates = new Map<string, ReturnType<Parser['assignments']>>();

/** Whether an expression holds of an item; one that is not there holds. */
export function holdsOf(expression: string | undefined, item: Item, expressed: Expressed): boolean {
  if (expression === undefined) return true;
  const condition = conditions.get(expression) ?? new Parser(expression).condition();
  conditions.set(expression, condition);
  return condition(givenOf(item, expressed));
}

/** The item after a SET and a REMOVE. All operands are those from before. */
export function updated(expression: string, item: Item, expressed: Expressed): Item {
  const assignments = updates.get(expression) ?? new Parser(expression).assignments();
  updates.set(expression, assignments);
  const given = givenOf(item, expressed);
  const next = { ...item };
  for (const [placeholder, operand] of assignments) {
    const name = placeholder.startsWith('#') ? (given.names[placeholder] ?? placeholder) : placeholder;
    const value = operand?.(given);
    if (operand === undefined) delete next[name];
    else if (value === undefined) throw new Error(`${name} has no value in ${expression}`);
    else next[name] = value;
  }
  return next;
}
