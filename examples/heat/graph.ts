/** Dependency graphs: what must be there before what. */

/** The names that each name requires. Every name required is itself in the graph. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The same graph the other way round: who requires each name. */
export function reversed(graph: Graph): Graph {
  const dependants = new Map([...graph.keys()].map((name) => [name, new Set<string>()]));
  for (const [name, requires] of graph) for (const required of requires) dependants.get(required)?.add(name);
  return dependants;
}

/** The part of a graph that is about these names only. */
export const restricted = (graph: Graph, names: ReadonlySet<string>): Graph =>
  new Map(
    [...graph]
      .filter(([name]) => names.has(name))
      .map(([name, requires]) => [name, new Set([...requires].filter((one) => names.has(one)))]),
  );

/** The names that are not done and whose requirements all are. */
export const ready = (graph: Graph, done: ReadonlySet<string>): string[] =>
  [...graph]
    .filter(([name, requires]) => !done.has(name) && [...requires].every((one) => done.has(one)))
    .map(([name]) => name);

/** A cycle, with its first name again at the end; undefined if there is none. */
export function findCycle(graph: Graph): string[] | undefined {
  const stuck = neverReady(graph);
  const [first] = stuck;
  if (first === undefined) return undefined;
  // Each of them requires another one of them: going on must come back to where it has been.
  const path: string[] = [];
  let name = first;
  while (!path.includes(name)) {
    path.push(name);
    name = [...(graph.get(name) ?? [])].find((required) => stuck.has(required)) ?? first;
  }
  return [...path.slice(path.indexOf(name)), name];
}

/** The names on a cycle, or behind one. */
function neverReady(graph: Graph): Set<string> {
  const dependants = reversed(graph);
  const missing = new Map([...graph].map(([name, requires]) => [name, requires.size]));
  const order = [...missing].filter(([, count]) => count === 0).map(([name]) => name);
  // It grows while it is read.
  for (const name of order) {
    for (const dependant of dependants.get(name) ?? []) {
      const count = (missing.get(dependant) ?? 0) - 1;
      missing.set(dependant, count);
      if (count === 0) order.push(dependant);
    }
  }
  const stuck = new Set(graph.keys());
  for (const name of order) stuck.delete(name);
  return stuck;
}
