/** The process that made the call is dead: nothing of it runs on. */
export class Death extends Error {
  override name = 'Death';
}

type Method<T> = { [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? K : never }[keyof T];

/**
 * A port whose `method` dies on the given calls (counted from 1): `before` it took effect, or
 * `after`, when the caller can no longer learn of it.
 */
export function dying<T extends object>(
  port: T,
  method: Method<T>,
  when: 'before' | 'after',
  calls: (call: number) => boolean = (call) => call === 1,
): T {
  let count = 0;
  return new Proxy(port, {
    get(target, property) {
      const original = Reflect.get(target, property);
      if (typeof original !== 'function') return original;
      if (property !== method) return original.bind(target);
      return async (...args: unknown[]) => {
        count++;
        if (!calls(count)) return original.apply(target, args);
        if (when === 'after') await original.apply(target, args);
        throw new Death(`${String(method)}, call ${count}, ${when}`);
      };
    },
  });
}
