/** The requests of docs/web-channel.md, one method each. Repeating them is the caller's business. */

import type { History, Language, Outgoing, Sentences, Welcome } from './protocol';

/** The server answered, and the answer was no. */
export class RefusedError extends Error {
  constructor(
    readonly status: number,
    readonly sentences: Partial<Sentences>,
    /** Seconds to wait, where the server says so. */
    readonly retryAfter: number | null,
  ) {
    super(`refused with ${status}`);
  }

  get expired(): boolean {
    return this.status === 401;
  }

  /** Will the same request be accepted later? */
  get passing(): boolean {
    return this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

/** No answer came. */
export class UnreachableError extends Error {}

/** A request that hangs is as bad as one that fails, and only the second is tried again. */
const PATIENCE = 20_000;

export class Api {
  constructor(
    private readonly server: string,
    private readonly token: () => string | null,
  ) {}

  async welcome(): Promise<Welcome> {
    return read<Welcome>(await this.ask('GET', 'welcome'));
  }

  async startSession(language: Language): Promise<string> {
    const response = await this.ask('POST', 'session', { body: { language } });
    return (await read<{ token: string }>(response)).token;
  }

  async say(message: Outgoing): Promise<void> {
    const body =
      message.button === undefined ? { text: message.text } : { button: message.button };
    await this.ask('POST', 'messages', { body, headers: { 'Idempotency-Key': message.key } });
  }

  async history(): Promise<History> {
    return read<History>(await this.ask('GET', 'history'));
  }

  async feedback(turn: number, helpful: boolean): Promise<void> {
    await this.ask('POST', 'feedback', { body: { turn, helpful } });
  }

  async endSession(): Promise<void> {
    await this.ask('DELETE', 'session');
  }

  async eraseData(): Promise<void> {
    await this.ask('DELETE', 'data');
  }

  /** Open the event stream; it stays open until `signal` says otherwise. */
  async events(last: number, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (last > 0) headers['Last-Event-ID'] = String(last);
    return this.ask('GET', 'events', { headers, signal });
  }

  private async ask(
    method: string,
    path: string,
    options: { body?: object; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Response> {
    const headers = new Headers(options.headers);
    const token = this.token();
    if (token !== null) headers.set('Authorization', `Bearer ${token}`);
    if (options.body) headers.set('Content-Type', 'application/json');
    const request: RequestInit = {
      method,
      headers,
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'origin',
      signal: options.signal ?? AbortSignal.timeout(PATIENCE),
      // Whoever judges an answer and leaves the page at once has judged it.
      keepalive: method !== 'GET',
    };
    if (options.body) request.body = JSON.stringify(options.body);
    let response: Response;
    try {
      response = await fetch(this.server + path, request);
    } catch (error) {
      throw new UnreachableError(`${method} ${path}`, { cause: error });
    }
    if (!response.ok) throw await refusal(response);
    return response;
  }
}

/** An answer that breaks off, or a proxy's page instead of it, is no answer. */
async function read<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw new UnreachableError(response.url, { cause: error });
  }
}

async function refusal(response: Response): Promise<RefusedError> {
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN);
  let sentences: Partial<Sentences> = {};
  try {
    const body = (await response.json()) as { error?: { message?: Partial<Sentences> } };
    sentences = body.error?.message ?? {};
  } catch {
    // A proxy in front may answer with a page of its own: the status has to do.
  }
  return new RefusedError(response.status, sentences, Number.isFinite(wait) ? wait : null);
}
