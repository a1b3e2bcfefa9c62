import { beforeEach, describe, expect, it } from 'vitest';

import { Queue } from '../src/queue';

const SERVER = 'https://bot.example/';

beforeEach(() => localStorage.clear());

describe('the queue', () => {
  it('survives a reload, in order and with the same keys', () => {
    const queue = new Queue(SERVER);
    const keys = ['uno', 'due', 'tre'].map((text) => queue.add({ text, said: text }).key);
    const reloaded = new Queue(SERVER);
    expect(reloaded.all().map(({ text }) => text)).toEqual(['uno', 'due', 'tre']);
    expect(reloaded.all().map(({ key }) => key)).toEqual(keys);
  });

  it('gives each message a key of its own that the server takes', () => {
    const queue = new Queue(SERVER);
    const keys = [1, 2, 3].map((n) => queue.add({ text: `${n}`, said: `${n}` }).key);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9-]{8,100}$/);
  });

  it('leaves nothing in the storage once it is empty', () => {
    const queue = new Queue(SERVER);
    const { key } = queue.add({ text: 'segreto', said: 'segreto' });
    queue.remove(key);
    expect(localStorage.length).toBe(0);
  });

  it('keeps only what was typed when its buttons mean nothing any more', () => {
    const queue = new Queue(SERVER);
    queue.add({ button: 'b1', said: 'Sì' });
    queue.add({ text: 'ciao', said: 'ciao' });
    queue.keepOnlyTyped();
    expect(queue.all().map(({ said }) => said)).toEqual(['ciao']);
  });

  it.each([
    'no json',
    '{}',
    '[null, 1, "x"]',
    '[{"key":"k","said":"s","at":"t"}]',
    '[{"key":"k","said":"s","at":"t","text":"a","button":"b"}]',
    '[{"key":5,"said":"s","at":"t","text":"a"}]',
  ])('ignores what it cannot read: %s', (stored) => {
    localStorage.setItem(`sportello ${SERVER} unsent`, stored);
    expect(new Queue(SERVER).all()).toEqual([]);
  });
});
