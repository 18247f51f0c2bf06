import { expect } from 'vitest';
import { exploreAll } from './explore.ts';
import { type Actor, type Outcome, oneAfterTheOther, race, type Start } from './race.ts';

/** Every two of the actors, and each one twice. */
export const pairsOf = (actors: readonly Actor[]): [Actor, Actor][] =>
  actors.flatMap((one, n) => actors.slice(n).map((other): [Actor, Actor] => [one, other]));

/**
 * Explores every order of the calls of these actors. Each has to come to what they may have come to
 * step by step.
 *
 * @returns how many orders there are.
 */
export async function expectSerializable(start: Start, actors: readonly Actor[]): Promise<number> {
  const known = new Map<string, Outcome[]>();
  return await exploreAll(async (schedule) => {
    await expectAllowed(start, actors, await race(start, actors, schedule), known);
  });
}

/** `known`: what these actors may come to, by how often each had to try. */
export async function expectAllowed(
  start: Start,
  actors: readonly Actor[],
  outcome: Outcome,
  known = new Map<string, Outcome[]>(),
): Promise<void> {
  const tries = JSON.stringify(outcome.tries);
  const allowed = known.get(tries) ?? (await oneAfterTheOther(start, actors, outcome.tries));
  known.set(tries, allowed);
  expectOneOf(allowed, outcome, actors);
}

function expectOneOf(allowed: readonly Outcome[], outcome: Outcome, actors: readonly Actor[]): void {
  if (allowed.some((one) => textOf(one) === textOf(outcome))) return;
  const [text, texts] = [lenient(outcome, actors), allowed.map((one) => lenient(one, actors))];
  if (!texts.includes(text)) expect(text, actors.map(({ name }) => name).join(' against ')).toBe(texts[0]);
}

const textOf = ({ answers, rows }: Pick<Outcome, 'answers' | 'rows'>): string =>
  JSON.stringify({ answers, rows }, undefined, 1);

/**
 * What is left open: which of two rows a refusal comes of, if they are not read at the same moment
 * (that the request was refused, and wrote nothing, is not); and how much time is left to an
 * attempt, if it passes.
 */
function lenient({ answers, rows }: Outcome, actors: readonly Actor[]): string {
  const timed = actors.some(({ movesTime }) => movesTime);
  const ofStep = (actor: number) => (answer: unknown) => {
    const told = answer as { ok?: boolean; remainingSeconds?: number } | undefined;
    if (told?.ok === false && actors[actor]?.readsTwoRows) return 'refused';
    return timed && told?.remainingSeconds !== undefined ? { ...told, remainingSeconds: undefined } : told;
  };
  return textOf({ answers: answers.map((told, actor) => told.map(ofStep(actor))), rows });
}
