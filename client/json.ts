/** JSON without its silent changes: NaN to null, a Map to {}, a function to nothing. */

/**
 * As JSON.stringify, but refuses a value that would be read back as something else. Refused are
 * numbers that are not finite, bigints, functions, symbols, `undefined` in a list, and objects
 * that JSON cannot see into, such as a Map or an Error. A field that is `undefined` counts as
 * absent, as in JavaScript; an object with toJSON, such as a Date or a URL, says itself how it is
 * written.
 *
 * @throws TypeError that says where the value is, such as `JSON cannot hold NaN, at
 * servers[0].cpu`.
 */
export function toJson(value: unknown): string | undefined {
  const paths = new Map<unknown, string>();
  return JSON.stringify(value, function (this: unknown, key: string, written: unknown) {
    const holder = paths.get(this);
    // JSON.stringify puts the value itself into an object with an empty key.
    const path = holder === undefined ? '' : holder + step(this, key);
    const original = (this as Record<string, unknown>)[key];
    const unfit = unfitFor(written, original, Array.isArray(this));
    if (unfit !== undefined)
      throw new TypeError(`JSON cannot hold ${unfit}${path && `, at ${path.replace(/^\./, '')}`}`);
    if (typeof written === 'object' && written !== null) paths.set(written, path);
    return written;
  });
}

const step = (holder: unknown, key: string): string => {
  if (Array.isArray(holder)) return `[${key}]`;
  return /^[\w$-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
};

/** What a value is that JSON cannot hold. */
function unfitFor(written: unknown, original: unknown, inList: boolean): string | undefined {
  switch (typeof written) {
    case 'number':
      return Number.isFinite(written) ? undefined : String(written);
    case 'undefined':
      return inList ? 'undefined' : undefined;
    case 'bigint':
    case 'function':
    case 'symbol':
      return `a ${typeof written}`;
    case 'object': {
      if (original instanceof Date && written === null) return 'an invalid Date';
      const kind = Object.prototype.toString.call(written).slice('[object '.length, -1);
      return ['Object', 'Array', 'Null'].includes(kind) ? undefined : `an object of class ${kind}`;
    }
    default:
      return undefined;
  }
}
