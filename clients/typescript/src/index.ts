// What the package offers.
import type { components } from './api.ts';

export { connect } from './client.ts';
export type { Client, Options, Placed } from './client.ts';
export { ProblemError, UnansweredError } from './errors.ts';
export { verifyNotification } from './notification.ts';
export type { Notification } from './notification.ts';
export { hasEnded, mayHandOver } from './order.ts';
export type { Order } from './order.ts';

export type NewOrder = components['schemas']['PlaceOrderBody'];
export type Problem = components['schemas']['Problem'];
