/** Heat's message broker: its notifications, and its own messages to its engines. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { allSettledWithin, systemSleep } from '../../client/engine/waiting.ts';
import { cancelUpdate, checkResource, type RpcMessage } from '../domain/rpc.ts';
import type { HeatRpc, Log } from '../ports.ts';
import { within } from './within.ts';

const QUEUE = 'stack-timeouts-heat-bridge';
/** Nobody reads it: the broker deletes it. The bridge finds by itself what was in it. */
const EXPIRES_MS = 3_600_000;
const RETRY_MS = 1000;
const HEARTBEAT_SECONDS = 10;
const MAX_UNACKNOWLEDGED = 16;

export interface Broker extends HeatRpc {
  /** Whether notifications arrive at present. */
  isConnected(): boolean;
  /** Consumes until the signal fires; connects again whenever the connection is lost. */
  run(signal: AbortSignal): Promise<void>;
}

export interface BrokerOptions {
  readonly url: string;
  /** Heat's `control_exchange`. */
  readonly exchange: string;
  /** Heat's notification topics: `topics` of `[oslo_messaging_notifications]`. */
  readonly topics: readonly string[];
  readonly log: Log;
  /** If it rejects, the notification comes again. */
  readonly onNotification: (body: string) => Promise<void>;
  /** Notifications may have been lost before. */
  readonly onConnected: () => void;
}

export function amqpBroker({
  url,
  exchange,
  topics,
  log,
  onNotification,
  onConnected,
}: BrokerOptions): Broker {
  let model: ChannelModel | undefined;
  let channel: ConfirmChannel | undefined;
  let consuming = false;

  const consume = async (lost: AbortController, signal: AbortSignal) => {
    model = await connect(`${url}${url.includes('?') ? '&' : '?'}heartbeat=${HEARTBEAT_SECONDS}`, {
      timeout: 10_000,
    });
    model.on('error', (error) => log('warn', 'the broker reports an error', { error: error.message }));
    model.on('close', () => lost.abort());
    channel = await model.createConfirmChannel();
    channel.on('error', (error) => log('warn', 'the broker refuses', { error: error.message }));
    channel.on('close', () => lost.abort());
    // Heat declares it, durable or not: gone after the broker's restart until an engine is back.
    await channel.checkExchange(exchange);
    await channel.assertQueue(QUEUE, { durable: true, expires: EXPIRES_MS });
    for (const topic of topics) await channel.bindQueue(QUEUE, exchange, `${topic}.*`);
    await channel.prefetch(MAX_UNACKNOWLEDGED);
    const current = channel;
    await current.consume(QUEUE, (message) => {
      if (message === null) return lost.abort();
      onNotification(message.content.toString()).then(
        () => lost.signal.aborted || current.ack(message),
        async (error) => {
          log('warn', 'a notification comes again', { error: error.message });
          await systemSleep(RETRY_MS);
          if (!lost.signal.aborted) current.nack(message);
        },
      );
    });
    consuming = true;
    log('info', 'connected to the broker');
    onConnected();
    const ended = AbortSignal.any([lost.signal, signal]);
    if (!ended.aborted) await once(ended, 'abort');
  };

  const publish = async ({ routingKey, body, expirationMs }: RpcMessage): Promise<void> => {
    if (channel === undefined || !consuming) throw new Error('no connection to the broker');
    const messageId = randomUUID();
    const current = channel;
    let returned = false;
    const onReturn = ({ properties }: { properties: { messageId?: string } }) => {
      if (properties.messageId === messageId) returned = true;
    };
    current.on('return', onReturn);
    try {
      const confirmed = new Promise<void>((resolve, reject) => {
        const properties = {
          messageId,
          contentType: 'application/json',
          contentEncoding: 'utf-8',
          persistent: true,
          // Without a queue it comes back instead of vanishing.
          mandatory: true,
          ...(expirationMs !== undefined && { expiration: expirationMs }),
        };
        current.publish(exchange, routingKey, Buffer.from(body), properties, (error) =>
          error ? reject(error) : resolve(),
        );
      });
      // A broker without memory or disk confirms nothing.
      await within(confirmed);
    } finally {
      current.off('return', onReturn);
    }
    if (returned) throw new Error(`no engine has ever listened to ${routingKey}`);
  };

  return {
    isConnected: () => consuming,
    async run(signal) {
      while (!signal.aborted) {
        const lost = new AbortController();
        try {
          await consume(lost, signal);
        } catch (error) {
          log('warn', 'no connection to the broker', { error: (error as Error).message });
        }
        consuming = false;
        lost.abort();
        await close(model);
        model = undefined;
        if (!signal.aborted) await systemSleep(RETRY_MS, signal);
      }
    },
    poke: (stack, poke) => publish(checkResource(stack, poke, randomUUID())),
    cancel: (stack, withRollback) => publish(cancelUpdate(stack, withRollback, randomUUID())),
    async waitingSteps() {
      if (model === undefined || !consuming) throw new Error('no connection to the broker');
      // A channel of its own: the broker closes it if there is no such queue.
      const probe = await within(model.createChannel());
      try {
        probe.on('error', () => {});
        return (await within(probe.checkQueue('engine_worker'))).messageCount;
      } finally {
        await probe.close().catch(() => {});
      }
    },
  };
}

/** Waits for the acknowledgements to leave; a connection that is lost may never say that it closed. */
async function close(model: ChannelModel | undefined): Promise<void> {
  const closed = async () => model?.close();
  await allSettledWithin(RETRY_MS, [closed()], systemSleep);
}
