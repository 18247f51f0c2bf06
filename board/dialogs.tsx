/** Everything that changes something says first what it would do. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { DURATION_HELP, parseDuration } from '../cli/duration.ts';
import type { Item, Report, Source } from '../cli/redrive/report.ts';
import { jsonText, printable } from '../cli/terminal/printable.ts';
import type { Stack } from '../contract/index.ts';
import { post } from './api.ts';
import { announce, clock, Json, Problem, roughly, Text } from './text.tsx';

/** A year. */
const MAX_TIMEOUT_SECONDS = 31_536_000;

/** A modal dialog: Esc closes it, and what had the focus gets it back. */
function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      // Unless the reader is elsewhere already.
      const here = document.activeElement;
      const isFree = here === document.body || dialog?.contains(here);
      if (isFree && opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class="modal" aria-labelledby={title} onClose={props.onClose}>
      <h2 id={title}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** A dialog that sends a request, and stays open with the reason if that is refused. */
function Confirmation(props: {
  title: string;
  confirm: string;
  keep: string;
  /** Whether it can be confirmed. */
  ready?: boolean;
  /** Whether there is nothing to confirm. */
  vain?: boolean;
  send: () => Promise<string>;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<string>();
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setSending(true);
    setProblem(undefined);
    try {
      announce(await props.send());
      props.onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setSending(false);
    }
  }
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form onSubmit={submit}>
        {props.children}
        {problem && <Problem of={problem} />}
        <p class="buttons">
          <button type="button" onClick={props.onClose}>
            {props.vain ? 'Close' : props.keep}
          </button>
          {!props.vain && (
            <button type="submit" class="act" disabled={sending || props.ready === false}>
              {sending ? 'Sending …' : props.confirm}
            </button>
          )}
        </p>
      </form>
    </Dialog>
  );
}

interface OperationProps {
  readonly stack: Stack;
  readonly onClose: () => void;
  /** The service has accepted it. */
  readonly onDone: () => void;
}

const Operation = ({ stack }: { stack: Stack }) => (
  <dl class="facts">
    <dt>Stack</dt>
    <dd>
      <Text of={stack.stackId} />
    </dd>
    <dt>Operation</dt>
    <dd>
      {stack.action} <Text of={stack.operationId} />
    </dd>
  </dl>
);

export function CancelDialog({ stack, onClose, onDone, live }: OperationProps & { live: number }) {
  const [reason, setReason] = useState('');
  const id = useId();
  async function send(): Promise<string> {
    const { stackId, operationId } = stack;
    await post('/api/cancel', { stackId, operationId, ...(reason !== '' && { reason }) });
    onDone();
    return `Cancelled ${stack.action} of ${stackId}.`;
  }
  return (
    <Confirmation
      title={`Cancel ${stack.action}?`}
      confirm="Cancel the operation"
      keep="Let it go on"
      send={send}
      onClose={onClose}
    >
      <Operation stack={stack} />
      <p>
        The operation ends at once as {stack.action}_FAILED, with cause CANCELLED. Its child stacks end too,
        and so do its resource actions in progress ({live}); their engines are told to stop. This cannot be
        undone.
      </p>
      <p>
        <label for={id}>Reason, for whoever reads it later (optional)</label>
        <input
          id={id}
          value={reason}
          maxLength={500}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </p>
    </Confirmation>
  );
}

export function ExtendDialog({ stack, onClose, onDone }: OperationProps) {
  const [text, setText] = useState('1h');
  const id = useId();
  const seconds = parseDuration(text);
  const valid = seconds !== undefined && seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS;
  const deadline = valid ? new Date(Date.now() + seconds * 1000).toISOString() : undefined;
  async function send(): Promise<string> {
    const { stackId, operationId } = stack;
    const answer = await post<{ stack: Stack }>('/api/extend', {
      stackId,
      operationId,
      timeoutSeconds: seconds,
    });
    onDone();
    return `The deadline of ${stackId} is now ${clock(answer.stack.deadline)}.`;
  }
  const earlier = deadline !== undefined && deadline < stack.deadline;
  return (
    <Confirmation
      title={`Move the deadline of ${stack.action}?`}
      confirm="Move the deadline"
      keep="Leave it"
      ready={valid}
      send={send}
      onClose={onClose}
    >
      <Operation stack={stack} />
      <p>
        <label for={id}>Time from now, such as 30m or 1h30m</label>
        <input
          id={id}
          value={text}
          required
          aria-invalid={!valid}
          aria-describedby={`${id}-new`}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </p>
      <p id={`${id}-new`}>
        {deadline === undefined
          ? `It must be ${DURATION_HELP}, of a year at most.`
          : `New deadline: ${clock(deadline)}, instead of ${clock(stack.deadline)}. ${
              earlier
                ? 'That is earlier.'
                : `That is ${roughly(Date.parse(deadline) - Date.parse(stack.deadline))} later.`
            }`}
      </p>
      {stack.parent && (
        <p>
          It cannot be later than the deadline of its parent, <Text of={stack.parent.stackId} />.
        </p>
      )}
    </Confirmation>
  );
}

/** Asks first what would be sent. */
export function RedriveDialog(props: { source: Source; onClose: () => void; onDone: () => void }) {
  const { source, onClose, onDone } = props;
  const [dryRun, setDryRun] = useState<Report>();
  const [problem, setProblem] = useState<string>();
  const [sent, setSent] = useState<Report>();
  useEffect(() => {
    post<Report>('/api/redrive', { source, dryRun: true }).then(setDryRun, (error) =>
      setProblem(String(error.message)),
    );
  }, []);
  const count = dryRun?.sent.length ?? 0;
  const report = sent ?? dryRun;
  async function send(): Promise<string> {
    const report = await post<Report>('/api/redrive', { source, dryRun: false });
    onDone();
    const { sent, failed, error } = report;
    if (error === undefined && failed.length === 0) return `Sent ${sent.length} again.`;
    setSent(report);
    throw new Error(`Not all were sent: ${error ?? failed[0]?.about}`);
  }
  return (
    <Confirmation
      title={sent ? `Redrive ${source}` : `Redrive ${source}: a preview, nothing is sent yet`}
      confirm={dryRun ? `Send ${count} again` : 'Send again'}
      keep="Leave them"
      ready={count > 0 && sent === undefined}
      vain={dryRun !== undefined && count === 0}
      send={send}
      onClose={onClose}
    >
      {problem && <Problem of={problem} />}
      {!dryRun && !problem && <p role="status">Looking what would be sent …</p>}
      {count > 0 && (
        <p>
          Sends what failed for good once more, each at least once. Find and remove the cause first, or it
          fails again.
        </p>
      )}
      {report && <ReportView report={report} done={report === sent} />}
      {dryRun && count === 0 && dryRun.malformed.length === 0 && !dryRun.error && (
        <p>There is nothing to send: what was here is gone, or another redrive has it in hand.</p>
      )}
      {report && report.malformed.length > 0 && (
        <p>
          What is malformed cannot be redriven: it would fail again. Find its sender. To delete it, type this,
          with the same flags as for the board. It sends all others of this queue again, too:{' '}
          <code>npx stack-timeouts redrive --queue {source} --delete-malformed</code>
        </p>
      )}
    </Confirmation>
  );
}

const SHOWN_ITEMS = 20;

function ReportView({ report, done }: { report: Report; done?: boolean }) {
  const { sent, malformed, failed, error } = report;
  const parts = [
    [done ? 'sent' : 'would be sent', sent],
    ['cannot be redriven: malformed', malformed],
    ['failed', failed],
  ] as const;
  return (
    <>
      {parts.map(([what, items]) =>
        items.length === 0 ? null : (
          <section key={what}>
            <h3>
              {items.length} {what}
            </h3>
            <ul class="items">
              {items.slice(0, SHOWN_ITEMS).map((item) => (
                <ItemView key={item.id} item={item} />
              ))}
              {items.length > SHOWN_ITEMS && <li>and {items.length - SHOWN_ITEMS} more</li>}
            </ul>
          </section>
        ),
      )}
      {error && (
        <p class="problem">
          <Text of={error} />
        </p>
      )}
    </>
  );
}

const ItemView = ({ item: { id, about, body } }: { item: Item }) => (
  <li>
    <Text of={about} />
    {body !== undefined && <Json label={`Body of ${id}`} text={bodyText(body)} />}
  </li>
);

/** With a line for each field, if it is JSON. */
function bodyText(body: string): string {
  try {
    return jsonText(JSON.parse(body), 2);
  } catch {
    return printable(body);
  }
}

const KEYS = [
  ['/', 'search by stack id'],
  ['j, k', 'next, previous stack'],
  ['Enter', 'open the stack'],
  ['f', 'what failed'],
  ['h', 'health'],
  ['Esc', 'close what is open, go back'],
  ['?', 'this help'],
] as const;

export const HelpDialog = ({ onClose }: { onClose: () => void }) => (
  <Dialog title="Keys" onClose={onClose}>
    <dl class="facts">
      {KEYS.map(([key, what]) => (
        <>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>
    <p class="buttons">
      <button type="button" onClick={onClose}>
        Close
      </button>
    </p>
  </Dialog>
);
