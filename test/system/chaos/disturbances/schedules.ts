import { DeleteScheduleCommand, ResourceNotFoundException } from '@aws-sdk/client-scheduler';
import { schedulesOf } from '../final-state.ts';
import type { Disturbance } from './disturbance.ts';

/** Behind the system's back: only the sweep is left to those timeouts. */
export const deleteSchedules: Disturbance = async ({ deployment, count }, random) => {
  const { scheduler, output } = deployment;
  let deleted = 0;
  for (const Name of await schedulesOf(deployment)) {
    if (random.chance(0.5)) continue;
    try {
      await scheduler.send(new DeleteScheduleCommand({ GroupName: output('ScheduleGroupName'), Name }));
      deleted++;
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  }
  count('schedules deleted', deleted);
  return { what: `${deleted} schedules are deleted` };
};
