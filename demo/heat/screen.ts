/** What the demo prints: sentences, and below them a table that is redrawn if there is a terminal. */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { type Room, UNLIMITED } from '../../cli/terminal/width.ts';
import { inSeconds } from '../view.ts';

export interface Screen {
  readonly room: Room;
  /** A heading, or another text without a time. */
  print(text: string): void;
  /** A sentence, with the seconds since the start. */
  say(text: string): void;
  /** Shows the table below the sentences; without a terminal, only if some time has passed. */
  show(table: string): void;
}

const WITHOUT_TERMINAL_MS = 15_000;

export function createScreen(stdout: NodeJS.WriteStream, startedAt = Date.now()): Screen {
  let shown = '';
  let shownAt = 0;
  const erase = () => {
    if (shown === '') return;
    cursorTo(stdout, 0);
    moveCursor(stdout, 0, -shown.split('\n').length);
    clearScreenDown(stdout);
  };
  const draw = (table: string) => {
    shown = table;
    if (table !== '') stdout.write(`${table}\n`);
  };
  const print = (text: string) => {
    const table = shown;
    erase();
    stdout.write(`${text}\n`);
    draw(table);
  };
  return {
    // A line that wraps could not be erased.
    get room() {
      return stdout.isTTY && stdout.columns > 0 ? { ...UNLIMITED, columns: stdout.columns } : UNLIMITED;
    },
    print,
    say: (text) => print(`${inSeconds(Date.now() - startedAt).padStart(8)}  ${text}`),
    show(table) {
      if (stdout.isTTY) {
        erase();
        draw(table === '' ? '' : `\n${table}`);
      } else if (table !== '' && Date.now() - shownAt >= WITHOUT_TERMINAL_MS) {
        shownAt = Date.now();
        stdout.write(`\n${table}\n\n`);
      }
    },
  };
}
