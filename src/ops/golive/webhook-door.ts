// The address for seQura's webhooks, called as seQura calls it.
import { ProblemError } from 'part-payment-orders-client';
import { ask, isAnswered } from './http.ts';
import { NotPassed } from './step.ts';
import { problem } from './till.ts';

const isOurs = (headers: Headers) => headers.get('content-type')?.startsWith('application/problem+json') === true;

/** Answers with the status. `webhooks`: the address, without its token. */
export async function postWebhook(webhooks: string, token: string, fields: Record<string, string>): Promise<number> {
  const answer = await ask(webhooks + token, { method: 'POST', body: new URLSearchParams(fields) });
  const address = `${webhooks}…`;
  if (!isAnswered(answer))
    throw new NotPassed(
      `${address} cannot be reached: ${answer.unanswered}`,
      'seQura must reach it from the internet: look at DNS, certificate, firewall and the proxy in front. WEBHOOK_PROBE_URL says where it is.',
    );
  if (answer.status === 503) throw problem(new ProblemError(answer, answer.json));
  if (answer.status !== 200 && !isOurs(answer.headers))
    throw new NotPassed(
      `something else than the API answers ${answer.status} at ${address}`,
      'Have the proxy hand on /webhooks/ to the API’s public port, with the body and the path as they came.',
    );
  return answer.status;
}
