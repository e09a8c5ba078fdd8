// The accounts of the simulator, and whose HTTP Basic credentials a request carries.

export type SimulatedMerchant = {
  id: string;
  username: string;
  password: string;
  /** Where seQura reports this merchant's events; null: nowhere. */
  webhookUrl: string | null;
  /** Store refs that exist; without it, any. */
  stores?: readonly string[];
};

const BASIC = /^Basic +([A-Za-z0-9+/=]+) *$/i;

/** The merchants that an `Authorization` header opens: none where it is missing or wrong. Several may share one account. */
export function merchantsOf(header: string | undefined, merchants: readonly SimulatedMerchant[]): SimulatedMerchant[] {
  const encoded = BASIC.exec(header ?? '')?.[1];
  if (encoded === undefined) return [];
  const credentials = Buffer.from(encoded, 'base64').toString('utf8');
  return merchants.filter(({ username, password }) => credentials === `${username}:${password}`);
}
