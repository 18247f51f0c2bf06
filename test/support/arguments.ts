/** The arguments of the programs that check: they must not check something else by mistake. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

export function refuse(message: string, help: string): never {
  console.error(`${message}\n\n${help}`);
  process.exit(2);
}

/**
 * Their values. With `--help` the process ends, with exit code 0; if they are wrong too, with 2.
 */
export function argumentsOf<O extends ParseArgsOptionsConfig>(options: O, help: string) {
  try {
    const { values } = parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } } as O,
      strict: true,
    });
    if ((values as { help?: boolean }).help) {
      console.log(help);
      process.exit(0);
    }
    return values;
  } catch (error) {
    return refuse((error as Error).message, help);
  }
}

export function wholeNumber(name: string, text: string, least: number, help: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  return refuse(`--${name} must be a whole number of at least ${least}, not ${text}`, help);
}
