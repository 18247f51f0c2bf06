/** The work that is simulated: how long each step takes, and how it fails. */

/** The input of a resource action. */
export interface SimulatedWork {
  readonly seconds: number;
  /** The first so many attempts fail; FOR_GOOD: the first one does, and there is no other. */
  readonly fails?: number | 'FOR_GOOD';
}

export interface Simulation {
  readonly seconds: number;
  /** By the name of a step, instead of `seconds`. */
  readonly secondsOf: Readonly<Record<string, number>>;
  readonly fails: Readonly<Record<string, number | 'FOR_GOOD'>>;
}

export function workOf(name: string, { seconds, secondsOf, fails }: Simulation): SimulatedWork {
  // Names come from files of others: one of them may be that of a method of every object.
  const own = <T>(of: Readonly<Record<string, T>>) => (Object.hasOwn(of, name) ? of[name] : undefined);
  const failing = own(fails);
  return { seconds: own(secondsOf) ?? seconds, ...(failing !== undefined && { fails: failing }) };
}
