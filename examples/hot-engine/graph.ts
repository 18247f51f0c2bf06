/** Dependency graphs. */

/** The names that each name requires. Every required name is itself in the graph. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** The same graph with its edges reversed: the names that require each name. */
export function reversed(graph: Graph): Graph {
  const dependants = new Map([...graph.keys()].map((name) => [name, new Set<string>()]));
  for (const [name, requires] of graph) for (const required of requires) dependants.get(required)?.add(name);
  return dependants;
}

/** The graph of these names only. */
export function subgraph(graph: Graph, names: ReadonlySet<string>): Graph {
  const among = (all: ReadonlySet<string>) => new Set([...all].filter((name) => names.has(name)));
  return new Map([...graph].filter(([name]) => names.has(name)).map(([name, all]) => [name, among(all)]));
}

/** The names that are not done and require only names that are. */
export const ready = (graph: Graph, done: ReadonlySet<string>): string[] =>
  [...graph]
    .filter(([name, requires]) => !done.has(name) && [...requires].every((one) => done.has(one)))
    .map(([name]) => name);

/** A cycle, with its first name again at the end. Undefined if there is none. */
export function findCycle(graph: Graph): string[] | undefined {
  const done = new Set<string>();
  for (let next = ready(graph, done); next.length > 0; next = ready(graph, done))
    for (const name of next) done.add(name);
  const isStuck = (name: string): boolean => !done.has(name);
  // Each stuck name requires another stuck one: following them leads back to one that was passed.
  const path: string[] = [];
  let name = [...graph.keys()].find(isStuck);
  while (name !== undefined && !path.includes(name)) {
    path.push(name);
    name = [...(graph.get(name) ?? [])].find(isStuck);
  }
  return name === undefined ? undefined : [...path.slice(path.indexOf(name)), name];
}
