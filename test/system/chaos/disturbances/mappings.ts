import { ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import type { Disturbance } from './disturbance.ts';

const TRIGGERED = ['Arm', 'Effects', 'Wake'] as const;

/** A function is not triggered for a while. */
export const switchMappingOff: Disturbance = async ({ deployment, count }, random) => {
  const { lambda, output } = deployment;
  const name = random.pick(TRIGGERED);
  const FunctionName = output(`${name}FunctionName`);
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  const enable = async (Enabled: boolean) => {
    for (const { UUID } of EventSourceMappings)
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  };
  await enable(false);
  count(`event source mapping of ${name.toLowerCase()} off and on`);
  return {
    what: `the mapping of ${name.toLowerCase()} is off`,
    lastsMs: random.between(3000, 12_000),
    undo: () => enable(true),
  };
};
