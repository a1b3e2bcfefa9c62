/** The web channel in memory, as docs/web-channel.md describes it; stands in for `fetch`. */

import type { Turn } from '../src/protocol';
import { turnOf } from './turns';

interface Said {
  key: string;
  text?: string;
  button?: string;
}

export class FakeServer {
  readonly url = 'https://bot.example/webhooks/web/';
  readonly said: Said[] = [];
  readonly sessions = new Set<string>();
  readonly resumedFrom: (string | null)[] = [];
  turns: Turn[] = [];
  /** Answers to give instead of the usual one, by path. */
  readonly failures: { path: string; answer: Response | 'unreachable' }[] = [];
  private readonly streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  private started = 0;

  readonly fetch = async (address: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const path = String(address).slice(this.url.length);
    const failing = this.failures.findIndex((one) => one.path === path);
    if (failing >= 0) {
      const [failure] = this.failures.splice(failing, 1);
      if (failure?.answer === 'unreachable') throw new TypeError('Failed to fetch');
      if (failure) return failure.answer as Response;
    }
    const headers = new Headers(init.headers);
    const body = init.body ? JSON.parse(String(init.body)) : {};
    if (path === 'welcome') {
      return Response.json({ firm: 'Studio Aurora', languages: ['it', 'en'], privacy_url: 'https://p.example', longest: 2000, greeting: {} });
    }
    if (path === 'session' && init.method === 'POST') {
      const token = `token-${(this.started += 1)}`;
      this.sessions.add(token);
      return Response.json({ token }, { status: 201 });
    }
    const token = (headers.get('Authorization') ?? '').replace('Bearer ', '');
    if (!this.sessions.has(token)) return refusal(401, 'no_session');
    if (path === 'messages') {
      const key = headers.get('Idempotency-Key') ?? '';
      if (!this.said.some((one) => one.key === key)) this.said.push({ key, ...body });
      return Response.json({ id: this.said.length }, { status: 202 });
    }
    if (path === 'history') {
      return Response.json({ turns: this.turns, last: this.turns.at(-1)?.id ?? 0, waiting: [] });
    }
    if (path === 'events') {
      this.resumedFrom.push(headers.get('Last-Event-ID'));
      return this.stream(init.signal ?? null);
    }
    if (init.method === 'DELETE') this.sessions.delete(token);
    return new Response(null, { status: 204 });
  };

  /** Answer the message that was said last. */
  answer(rest: Partial<Turn> = {}): void {
    const last = this.said.at(-1);
    const turn = turnOf([{ text: 'Risposta' }], {
      id: this.turns.length + 1,
      key: last?.key ?? null,
      said: last?.text ?? 'pulsante',
      ...rest,
    });
    this.turns.push(turn);
    this.send(`id: ${turn.id}\nevent: turn\ndata: ${JSON.stringify(turn)}\n\n`);
  }

  send(text: string): void {
    for (const stream of this.streams) stream.enqueue(new TextEncoder().encode(text));
  }

  expireAll(): void {
    this.sessions.clear();
    this.breakStreams();
  }

  breakStreams(): void {
    for (const stream of this.streams) stream.error(new TypeError('network error'));
    this.streams.clear();
  }

  private stream(signal: AbortSignal | null): Response {
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.streams.add(controller);
      },
    });
    signal?.addEventListener('abort', () => {
      if (this.streams.delete(own)) own.error(signal.reason);
    });
    return new Response(body);
  }
}

export function refusal(status: number, code: string, headers: Record<string, string> = {}): Response {
  const message = { it: 'Non va.', en: 'No good.' };
  return Response.json({ error: { code, message } }, { status, headers });
}
