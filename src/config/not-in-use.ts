// Settings that are read and checked, and that nothing acts on yet. A process that is given one says so at its start.

export const NOT_IN_USE = ['sms_per_phone_per_day'] as const;

export function isNotInUse(name: string): boolean {
  return NOT_IN_USE.some((unused) => unused === name);
}
