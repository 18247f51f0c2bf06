import type { CliEnvironment } from '../../cli/environment.ts';
import { run } from '../../cli/program.ts';
import { fenced, page } from './markdown.ts';

const INTRODUCTION = `\
\`npx stack-timeouts\` in a checkout; \`stack-timeouts\` where the package is installed globally. With \`--local\`
it talks to the local cloud that \`npm run local\` started.`;

/** What the CLI prints for these arguments. */
async function printed(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const write = (text: string): void => {
    lines.push(text);
  };
  const terminal = { out: write, err: write, paint: (_: string, text: string) => text };
  const environment = { terminal } as unknown as CliEnvironment;
  // Commander wraps at the width of the terminal, if there is one: the page is the same everywhere.
  const { isTTY } = process.stdout;
  process.stdout.isTTY = false;
  try {
    await run(args, environment);
  } finally {
    process.stdout.isTTY = isTTY;
  }
  return lines.join('\n').trim();
}

/** The page of the CLI: its own help. */
export async function cliPage(): Promise<string> {
  const help = await printed('--help');
  const [, list = ''] = help.split('\nCommands:\n');
  const commands = [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name);
  const sections: string[] = [];
  for (const name of commands.filter((command) => command !== 'help')) {
    const [text = ''] = [(await printed(name, '--help')).replace(/\nGlobal Options:\n(?: .*\n)*/, '')];
    sections.push(`## ${name}`, fenced('text', text));
  }
  return page('the help of cli/', '# CLI', INTRODUCTION, fenced('text', help), ...sections);
}
