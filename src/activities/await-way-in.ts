// Waits, by being retried, until webhooks can come in.
import { ApplicationFailure } from '@temporalio/common';
import type { OrderActivities } from '../contract/activities.ts';
import type { WayInWatch } from './way-in.ts';

export function awaitWayInActivity({ look }: WayInWatch): OrderActivities['awaitWayIn'] {
  return async () => {
    if ((await look()) !== 'closed') return;
    throw ApplicationFailure.create({ message: 'webhooks cannot come in', type: 'WebhooksUnreachable' });
  };
}
