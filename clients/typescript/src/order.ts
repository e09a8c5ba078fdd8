// The order, and the two questions that a shop asks of it.
import type { components } from './api.ts';

export type Order = components['schemas']['Order'];

/** It is final and no human has to look: nothing more is to come unless somebody cancels it. */
export const hasEnded = ({ closed_at, attention }: Order): boolean => closed_at !== null && attention === null;

/** The customer has signed, and nothing contradicts it. */
export const mayHandOver = ({ status, attention }: Order): boolean => status === 'confirmed' && attention === null;
