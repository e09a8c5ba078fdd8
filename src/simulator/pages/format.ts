// How pages write money and times.
import type { Html } from '../../admin/html.ts';
import { html } from '../../admin/html.ts';

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

export function money(cents: number, currency: string): string {
  return new Intl.NumberFormat('en-IE', { style: 'currency', currency }).format(cents / 100);
}

export function time(at: string): Html {
  return html`<time datetime="${at}">${TIME.format(new Date(at))} UTC</time>`;
}
