import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { DEFAULT_STACK_NAME } from '../contract/deployment.ts';
import { addBoard } from './commands/board.ts';
import { addEngines } from './commands/engines.ts';
import { addHistory } from './commands/history.ts';
import { addOperationCommands } from './commands/operation.ts';
import { addReadCommands } from './commands/read.ts';
import { addRearm } from './commands/rearm.ts';
import { addRedrive } from './commands/redrive.ts';
import { addRestore } from './commands/restore.ts';
import { addStart } from './commands/start.ts';
import { addVerify } from './commands/verify.ts';
import type { CliEnvironment } from './environment.ts';
import { EXIT, EXIT_CODES_HELP, type ExitCode } from './exit-codes.ts';
import { createToAction, examples, matching, usageRefusal } from './session.ts';
import { jsonText } from './terminal/printable.ts';

/** Runs one command line, without `node` and the script's name. */
export async function run(args: readonly string[], environment: CliEnvironment): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const json = wantsJson(args);
  const program = createProgram(environment, json);
  const toAction = createToAction(environment, (code) => {
    exitCode = code;
  });
  addStart(program, toAction);
  addOperationCommands(program, toAction);
  addReadCommands(program, toAction);
  addEngines(program, toAction);
  addHistory(program, toAction);
  addBoard(program, toAction);
  addRedrive(program, toAction);
  addRearm(program, toAction);
  addRestore(program, toAction);
  addVerify(program, toAction);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the help (exit code 0) or, without --json, what is wrong with the
    // command line.
    if (error.exitCode === 0) return EXIT.ok;
    if (json) {
      const isHelp = error.code === 'commander.help';
      const message = isHelp ? 'no command: see --help' : error.message.replace(/^error: /, '');
      environment.terminal.out(jsonText(usageRefusal(message)));
    }
    return EXIT.usage;
  }
  return exitCode;
}

/** Commander does not say, if it does not understand the rest. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end === -1 ? undefined : end).includes('--json');
}

function createProgram({ terminal }: CliEnvironment, json: boolean): Command {
  const withoutLastNewline = (text: string): string => text.replace(/\n$/, '');
  return new Command('stack-timeouts')
    .description('Durable timeouts for stack operations: start, end, watch and redrive them.')
    .version(version(), '-V, --version', 'print the version')
    .option('--json', 'print only JSON: the answer or refusal, or with watch a line for each change')
    .addOption(
      new Option('--function <name>', 'the command function (default: $STACK_TIMEOUTS_FUNCTION)')
        .argParser(matching(/^[\w:.$-]{1,170}$/, "a function's name or ARN"))
        .conflicts('local'),
    )
    .addOption(
      new Option(
        '--stack-name <name>',
        `the CloudFormation stack of the deployment (default: $STACK_TIMEOUTS_STACK, else ${DEFAULT_STACK_NAME})`,
      )
        .argParser(
          matching(/^(?:[a-z][a-z0-9-]{0,127}|arn:[\w:/-]{1,400})$/i, "a CloudFormation stack's name or ARN"),
        )
        .conflicts('local'),
    )
    .addOption(
      new Option(
        '--region <region>',
        'the AWS region (default: $AWS_REGION, $AWS_DEFAULT_REGION, or the profile)',
      )
        .argParser(matching(/^[a-z0-9-]{1,63}$/, '1 to 63 of the characters a-z 0-9 -'))
        .conflicts('local'),
    )
    .option('--local', 'use the local cloud that "npm run local" started ($LOCAL_CLOUD_DIR/outputs.json)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.out(withoutLastNewline(text)),
      writeErr: (text) => {
        if (!json) terminal.err(withoutLastNewline(text));
      },
    })
    .showHelpAfterError('Add --help to see what is allowed.')
    .exitOverride()
    .addHelpText(
      'after',
      examples('start web --action CREATE --timeout 30m', 'watch web', 'list --json', 'list --local'),
    )
    .addHelpText('after', EXIT_CODES_HELP);
}

/** The package's version. This file is in a checkout, or compiled in the package's `dist`. */
function version(): string {
  const manifest = ['../package.json', '../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find(existsSync);
  return manifest === undefined ? 'unknown' : JSON.parse(readFileSync(manifest, 'utf8')).version;
}
