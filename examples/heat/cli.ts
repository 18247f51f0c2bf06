/** The command line of the example. */
import { Command, CommanderError } from 'commander';
import { EXIT, type ExitCode } from '../../cli/exit-codes.ts';
import { exitCodeOf, explainFailure, explainRefusal } from '../../cli/failure.ts';
import {
  type Action,
  accepted,
  InvocationError,
  RefusedError,
  type StackTimeoutsClient,
} from '../../client/index.ts';
import { loadTemplate, type Template } from './hot.ts';
import { addOperationOptions, type OperationOptions, walkOf, wholeNumber } from './options.ts';
import { createPlan, deletePlan, type Plan, undoName, updatePlan } from './plan.ts';
import { follow } from './progress.ts';
import { walkDispatch } from './walk.ts';

/** What the command line needs of the environment. */
export interface HeatEnvironment {
  /** @throws Error if there is no such deployment. */
  client(outputsFile: string): Promise<StackTimeoutsClient>;
  /** Works until it is told to stop. */
  runEngine(outputsFile: string, options: { readonly concurrency: number }): Promise<void>;
  /** @throws Error if there is no such file. */
  readFile(path: string): Promise<string>;
  readonly defaultOutputs: string;
  out(line: string): void;
  err(text: string): void;
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  newId(): string;
}

/** What was asked for cannot be done; nothing was started. */
class UsageError extends Error {}

export async function run(args: readonly string[], environment: HeatEnvironment): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const operate = (action: Action, plan: (...templates: string[]) => Promise<Plan>) => {
    // Commander passes the arguments, then the options, then the command itself.
    return async (...all: unknown[]) => {
      const command = all.at(-1) as Command;
      const options = command.optsWithGlobals<OperationOptions & { outputs: string }>();
      code = await start(environment, action, await plan(...(all.slice(0, -2) as string[])), options);
    };
  };
  const load = (file: string) => loadFile(environment, file);
  const program = createProgram(environment);
  const operation = (name: string) => addOperationOptions(program.command(name));
  const rollback = '--rollback';
  operation('create')
    .description('Creates a stack from a HOT file.')
    .argument('<template>', 'the HOT file')
    .option(rollback, 'delete what was created, should a resource fail')
    .action(operate('CREATE', async (file) => createPlan(await load(file as string))));
  operation('update')
    .description('Makes the stack of one HOT file into that of another: creates, updates, then deletes.')
    .argument('<old>', 'the HOT file that the stack was made from')
    .argument('<new>', 'the HOT file that it is to be made into')
    .option(rollback, 'undo what was done, should a resource fail')
    .action(
      operate('UPDATE', async (before, after) =>
        updatePlan(await load(before as string), await load(after as string)),
      ),
    );
  operation('delete')
    .description('Deletes the stack of a HOT file.')
    .argument('<template>', 'the HOT file')
    .action(operate('DELETE', async (file) => deletePlan(await load(file as string))));
  program
    .command('engine')
    .description('Runs an engine: walks graphs and works on resources, until Ctrl-C or SIGTERM. Run several.')
    .option('--concurrency <n>', 'how much it does at once; a walk takes one place', wholeNumber(1), 20)
    .action(({ concurrency }: { concurrency: number }, command: Command) =>
      environment.runEngine(command.optsWithGlobals<{ outputs: string }>().outputs, { concurrency }),
    );
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    return report(environment, error);
  }
  return code;
}

function createProgram({ defaultOutputs, out, err }: HeatEnvironment): Command {
  const line = (write: (text: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  return new Command('npx node examples/heat/main.ts')
    .description('An engine for Heat templates on stack-timeouts, with simulated work.')
    .option('--outputs <file>', 'the outputs of the deployment', defaultOutputs)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: line(out), writeErr: line(err) })
    .showHelpAfterError('Add --help to see what is allowed.')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples ("npm run local" running in another terminal):
  $ npx node examples/heat/main.ts engine
  $ npx node examples/heat/main.ts create examples/heat/web.yaml --stack web --wait
  $ npx node examples/heat/main.ts create examples/heat/web.yaml --stack web --fail database --rollback --wait
  $ npx node examples/heat/main.ts delete examples/heat/web.yaml --stack web --work-seconds 0.5 --wait

Exit codes:
  0  started; with --wait: the operation ended COMPLETE
  1  the service could not be reached
  2  usage: a bad flag, or a file that cannot be loaded
  3  refused by the service
  4  with --wait: the operation ended FAILED`,
    );
}

async function loadFile(environment: HeatEnvironment, file: string): Promise<Template> {
  const text = await environment.readFile(file).catch((error: Error) => {
    throw new UsageError(`cannot read ${file}: ${error.message}`);
  });
  const loaded = loadTemplate(text);
  if (loaded.ok) return loaded.template;
  throw new UsageError(`${file}: ${loaded.problem}: ${loaded.message}`);
}

async function start(
  environment: HeatEnvironment,
  action: Action,
  plan: Plan,
  options: OperationOptions & { readonly outputs: string },
): Promise<ExitCode> {
  assertKnown(plan, options);
  const operation = { stackId: options.stack, operationId: options.operation ?? environment.newId() };
  const dispatch = dispatchOf(operation, action, walkOf(options, plan));
  const client = await environment.client(options.outputs);
  try {
    const { timeout: timeoutSeconds, supersede = false } = options;
    accepted(await client.startOperation({ ...operation, action, timeoutSeconds, supersede }));
    // Should this process die here, the operation has no walk, and times out; repeating the start mends it.
    accepted(await client.dispatchResource(dispatch));
  } catch (error) {
    if (error instanceof InvocationError)
      environment.err(`to repeat this: --operation ${operation.operationId}`);
    throw error;
  }
  environment.out(
    `${action} of ${options.stack}: ${plan.size} resource actions, operation ${operation.operationId}`,
  );
  if (!options.wait) return EXIT.ok;
  const stack = await follow({ ...environment, client }, operation);
  if (stack === undefined) environment.err(`another operation took the place of ${operation.operationId}`);
  return stack?.status === 'COMPLETE' ? EXIT.ok : EXIT.failed;
}

/** A name misspelt would simulate nothing. */
function assertKnown(plan: Plan, { work, fail }: OperationOptions): void {
  const known = [...plan.keys()].flatMap((name) => [name, undoName(name)]);
  const unknown = Object.keys({ ...work, ...fail }).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new UsageError(
    `there is no ${unknown.join(', ')} in the template; there are ${[...plan.keys()].join(', ')}`,
  );
}

function dispatchOf(...walk: Parameters<typeof walkDispatch>): ReturnType<typeof walkDispatch> {
  try {
    return walkDispatch(...walk);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

function report({ err }: HeatEnvironment, error: unknown): ExitCode {
  // Commander has printed the help asked for (exit code 0), or what is wrong with the command line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    err(`error: ${error.message}`);
    return EXIT.usage;
  }
  if (error instanceof RefusedError) {
    err(explainRefusal(error.refusal));
    return exitCodeOf(error.refusal);
  }
  err(explainFailure(error));
  return EXIT.infrastructure;
}
