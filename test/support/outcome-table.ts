/**
 * A table of outcomes as text: a line for each state, a column for each request, apart by blanks.
 */
export function outcomeTable(text: string): {
  readonly columns: string[];
  readonly states: string[];
  readonly cases: (readonly [state: string, request: string, outcome: string])[];
} {
  const [header = [], ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/));
  const columns = header.slice(1);
  return {
    columns,
    states: lines.map(([state = '']) => state),
    cases: lines.flatMap(([state = '', ...outcomes]) =>
      outcomes.map((outcome, column) => [state, columns[column] ?? '', outcome] as const),
    ),
  };
}
