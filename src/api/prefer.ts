// `Prefer: wait=N` (RFC 7240): how long a caller would like to wait for seQura's answer.

const QUOTED = /"((?:[^"\\]|\\.)*)"/g;
const MAX_WAIT_SECONDS = 30;
const MAX_HEADER_CHARACTERS = 1000;

/** The seconds of the first `wait`, where it is 1 to 30: anything else is ignored, as the RFC wants. */
export function preferredWaitSeconds(header: string | undefined): number | null {
  if (header === undefined || header.length > MAX_HEADER_CHARACTERS) return null;
  // Commas and semicolons in quotes separate nothing.
  const plain = header.replaceAll(QUOTED, (_, word: string) => (/^\d+$/.test(word) ? word : 'quoted'));
  for (const preference of plain.split(',')) {
    const [name, value] = (preference.split(';')[0] ?? '').split('=').map((part) => part.trim());
    if (name?.toLowerCase() === 'wait') return waitSeconds(value ?? '');
  }
  return null;
}

function waitSeconds(value: string): number | null {
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return seconds >= 1 && seconds <= MAX_WAIT_SECONDS ? seconds : null;
}
