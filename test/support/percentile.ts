// Percentiles of measured values.

/** The least value that `share` of the values do not exceed; NaN of no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
}
