// Certificates for loopback, which nobody believes before he is told to.
import tls from 'node:tls';
import type { CertificateExtension, SubjectAltNameEntry, SubjectAltNameExtension } from 'selfsigned';
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

/** `names`: beside 127.0.0.1; an address needs none. */
type Wanted = { names?: readonly string[]; of?: string; until?: Date };
export type Authority = Certificate & { issue: (wanted?: Wanted) => Promise<Certificate> };

export async function makeAuthority(name = 'authority of a test'): Promise<Authority> {
  const extensions: CertificateExtension[] = [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ];
  const own = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', algorithm: 'sha256', extensions });
  const ca = { key: own.private, cert: own.cert };
  return {
    ...ca,
    async issue({ names = [], of = '127.0.0.1', until } = {}) {
      const altNames: SubjectAltNameEntry[] = [
        ...names.map((value) => ({ type: 2 as const, value })),
        ...(names.length === 0 ? [{ type: 7 as const, ip: '127.0.0.1' }] : []),
      ];
      const made = await generate([{ name: 'commonName', value: of }], {
        keyType: 'ec',
        algorithm: 'sha256',
        ca,
        ...(until && { notBeforeDate: new Date(until.getTime() - 86_400_000), notAfterDate: until }),
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'keyUsage', digitalSignature: true },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          { name: 'subjectAltName', altNames },
        ],
      });
      return { key: made.private, cert: made.cert };
    },
  };
}
