// A date of birth: a real day of the calendar, of somebody who is of age today (UTC).
import type { FieldMistake } from '../http/validation.ts';

const DATE = /^(?:19|[2-9]\d)\d{2}-\d{2}-\d{2}$/;
const ADULT_YEARS = 18;

export function birthDateMistake(date: string, today: Date): FieldMistake | null {
  const time = DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // `Date` reads 31 April as 1 May, so we compare the text that comes back.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) return { code: 'invalid_date' };
  return date <= latestAdultBirth(today) ? null : { code: 'not_adult' };
}

/** Compared as texts: a person born on 29 February comes of age on 1 March. */
function latestAdultBirth(today: Date): string {
  return `${today.getUTCFullYear() - ADULT_YEARS}${today.toISOString().slice(4, 10)}`;
}
