// `Prefer: wait=N` (RFC 7240): how long a caller would like to wait for seQura's answer.
import { splitUnquoted, unquoted } from './header-values.ts';

const MAX_WAIT_SECONDS = 30;

/** The seconds of the first `wait`, if it is 1 to 30. Any other value is ignored, as the RFC says. */
export function preferredWaitSeconds(header: string | undefined): number | null {
  for (const preference of splitUnquoted(header ?? '', ',')) {
    const [name, value] = splitUnquoted(splitUnquoted(preference, ';')[0] ?? '', '=');
    if (name?.toLowerCase() === 'wait') return waitSeconds(unquoted(value ?? ''));
  }
  return null;
}

function waitSeconds(value: string): number | null {
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return seconds >= 1 && seconds <= MAX_WAIT_SECONDS ? seconds : null;
}
