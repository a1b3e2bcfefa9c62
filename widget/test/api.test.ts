// @vitest-environment node
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { Api, RefusedError, UnreachableError } from '../src/api';
import { refusal } from './server';

const fetched = vi.fn<typeof fetch>();
const api = new Api('https://bot.example/webhooks/web/', () => 'geheim');

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal('fetch', fetched);
});

const sent = () => {
  const [address, init] = fetched.mock.calls[0] ?? [];
  return { address, headers: new Headers(init?.headers), body: init?.body, method: init?.method, init };
};

describe('the requests', () => {
  it('post a text or a button under its key', async () => {
    fetched.mockImplementation(async () => Response.json({ id: 1 }, { status: 202 }));
    await api.say({ key: 'key-12345', said: 'Sì', at: '', button: 'b1' });
    expect(sent()).toMatchObject({ address: 'https://bot.example/webhooks/web/messages', body: '{"button":"b1"}' });
    expect(sent().headers.get('Idempotency-Key')).toBe('key-12345');
    expect(sent().headers.get('Authorization')).toBe('Bearer geheim');
  });

  it('carry no cookie', async () => {
    fetched.mockImplementation(async () => Response.json({}));
    await api.welcome();
    expect(sent().init).toMatchObject({ credentials: 'omit' });
  });

  it('resume the stream where it was left', async () => {
    fetched.mockImplementation(async () => new Response(''));
    await api.events(17, new AbortController().signal);
    expect(sent().headers.get('Last-Event-ID')).toBe('17');
  });
});

describe('an answer that is none', () => {
  it('says what the server said', async () => {
    fetched.mockResolvedValue(refusal(429, 'too_many', { 'Retry-After': '7' }));
    const error: RefusedError = await api.history().catch((refused) => refused);
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({ status: 429, retryAfter: 7, passing: true, expired: false });
    expect(error.sentences.it).toBe('Non va.');
  });

  it('may come from a proxy that knows nothing of this', async () => {
    fetched.mockResolvedValue(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    const error: RefusedError = await api.history().catch((refused) => refused);
    expect(error).toMatchObject({ status: 502, retryAfter: null, passing: true, sentences: {} });
  });

  it.each([
    ['no network', async () => Promise.reject(new TypeError('Failed to fetch'))],
    ['a page instead of JSON', async () => new Response('<h1>Login to the Wi-Fi</h1>')],
  ])('%s counts as unreachable', async (_, answer) => {
    fetched.mockImplementation(answer);
    await expect(api.history()).rejects.toBeInstanceOf(UnreachableError);
  });
});
