// Certificates for loopback, which nobody believes before he is told to.
import tls from 'node:tls';
import type { SubjectAltNameExtension } from 'selfsigned';
import { generate } from 'selfsigned';

export type Certificate = { key: string; cert: string };

export async function makeCertificate(): Promise<Certificate> {
  const names: SubjectAltNameExtension = { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] };
  const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], { keySize: 2048, extensions: [names] });
  return { key: made.private, cert: made.cert };
}

/** From now on, in this process. Of several for one name, only the first. */
export function believe({ cert }: Certificate): void {
  tls.setDefaultCACertificates([...tls.getCACertificates(), cert]);
}
