// Writes an answer in forms that are legal and rare (RFC 9110, RFC 9112).
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { SequraAnswer } from './answers.ts';

export const CODING_NAMES = ['gzip', 'x-gzip', 'deflate', 'br'] as const;
type Coding = (typeof CODING_NAMES)[number];

const ENCODE: Record<Coding, (body: string) => Buffer> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

/** Before anything else of the answer. */
export function writeInterim(res: ServerResponse, statuses: readonly number[]): void {
  for (const status of statuses) res.socket?.write(`HTTP/1.1 ${status} Interim\r\n\r\n`);
}

export function writeEncoded(res: ServerResponse, answer: SequraAnswer, coding: Coding): void {
  const body = ENCODE[coding](answer.body);
  res.writeHead(answer.status, { ...headersOf(answer), 'content-encoding': coding, 'content-length': body.length });
  res.end(body);
}

/** Without Node's own writer, which has neither extensions nor HTTP/1.0. Ends the connection. */
export function writeChunked(res: ServerResponse, answer: SequraAnswer): void {
  const size = Buffer.byteLength(answer.body).toString(16);
  const lines = { ...headersOf(answer), 'transfer-encoding': 'chunked', trailer: 'x-sum', connection: 'close' };
  const chunks = `${size};note="a, b"\r\n${answer.body}\r\n0;last\r\nx-sum: 1\r\n\r\n`;
  res.socket?.end(`HTTP/1.1 ${answer.status} Simulated\r\n${headerLines(lines)}\r\n${chunks}`);
}

export function writeOldFashioned(res: ServerResponse, answer: SequraAnswer): void {
  res.socket?.end(`HTTP/1.0 ${answer.status} Simulated\r\n${headerLines(headersOf(answer))}\r\n${answer.body}`);
}

function headersOf({ type, headers = {} }: SequraAnswer): Record<string, string> {
  return { 'content-type': type, ...headers };
}

function headerLines(headers: Record<string, string>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
