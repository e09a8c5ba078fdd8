// One HTTP request of the walk, and what can be said where nothing answers.
import { UnansweredError } from 'part-payment-orders-client';

export type Answer = { status: number; headers: Headers; json: Record<string, unknown> };

type Request = {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string | URLSearchParams;
  timeoutMs?: number;
};

/** Null where nothing answered in time. */
export async function ask(url: string, request: Request = {}): Promise<Answer | { unanswered: string }> {
  const { method = 'GET', headers = {}, body, timeoutMs = 15_000 } = request;
  try {
    const answer = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, json: objectIn(text) };
  } catch (error) {
    return { unanswered: new UnansweredError(url, error).reason };
  }
}

export const isAnswered = (answer: Answer | { unanswered: string }): answer is Answer => 'status' in answer;

/** Empty where the text is no JSON object. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
