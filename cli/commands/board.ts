/** Serves the board, a web page, from this machine. */
import { type Command, Option } from 'commander';
import { RefusedError } from '../../client/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explainFailure, explainRefusal } from '../failure.ts';
import { examples, type Session, type ToAction, UsageError, wholeNumber } from '../session.ts';

const DEFAULT_PORT = 7788;

export function addBoard(program: Command, toAction: ToAction): void {
  program
    .command('board')
    .summary('serve a web page that shows what is in progress and what failed')
    .description(
      'Serves a web page on 127.0.0.1, with your own AWS credentials, until Ctrl-C. Open the address that it prints: ' +
        'nobody can use the page without it. It reads the service only while a browser shows the page.',
    )
    .addOption(
      new Option('--port <port>', 'the port to listen on; 0 for any free one')
        .argParser(wholeNumber(0, 65_535))
        .default(DEFAULT_PORT),
    )
    .option('--read-only', 'show everything, and change nothing')
    .addHelpText('after', examples('board', 'board --read-only', 'board --local --port 0'))
    .action(toAction(board));
}

async function board(
  { services, environment, print }: Session,
  { port, readOnly = false }: { port: number; readOnly?: boolean },
): Promise<ExitCode> {
  // Imported only when needed: a web server slows down the start of the other commands.
  const [{ startBoard }, board] = await Promise.all([import('../board/server.ts'), services.board()]);
  const running = await startBoard({ ...board, explain, readOnly, port, now: environment.now }).catch(
    (error) => {
      if (error?.code !== 'EADDRINUSE') throw error;
      throw new UsageError(
        `port ${port} is in use: choose another one with --port, or any free one with --port 0`,
      );
    },
  );
  print({ ok: true, url: running.url }, () => running.url);
  environment.terminal.err('Open it in a browser on this machine. Ctrl-C ends it.');
  await running.stopped;
  return EXIT.ok;
}

const explain = (error: unknown): string =>
  error instanceof RefusedError
    ? explainRefusal(error.refusal)
    : explainFailure(error).replace(/^error: /, '');
