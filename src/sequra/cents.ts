// seQura writes an order's total as decimal text, and its items in integer cents (sequra.md): compared without floats.

const DECIMAL = /^(\d{1,18})(?:\.(\d{1,2})0*)?$/;

/**
 * Integer cents of a decimal amount such as "250.00", "250.5" or 250; null where it is not an exact, unsigned number of cents.
 * A JSON number is taken as the shortest decimal text that means it, which is what was written up to 15 digits.
 */
export function decimalToCents(amount: unknown): bigint | null {
  if (typeof amount !== 'string' && typeof amount !== 'number') return null;
  const [, whole, fraction = ''] = DECIMAL.exec(String(amount)) ?? [];
  return whole === undefined ? null : BigInt(whole + fraction.padEnd(2, '0'));
}
