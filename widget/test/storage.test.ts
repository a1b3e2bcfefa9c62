import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Drawer } from '../src/storage';

const SERVER = 'https://bot.example/';

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

function forbid(method: 'getItem' | 'setItem' | 'removeItem'): void {
  vi.spyOn(Storage.prototype, method).mockImplementation(() => {
    throw new DOMException('no', 'SecurityError');
  });
}

describe('a drawer', () => {
  it('keeps its value for the next page', () => {
    new Drawer(SERVER, 'session').write('t');
    expect(new Drawer(SERVER, 'session').read()).toBe('t');
  });

  it('is apart for each server and each name', () => {
    new Drawer(SERVER, 'session').write('t');
    expect(new Drawer(SERVER, 'unsent').read()).toBeNull();
    expect(new Drawer('https://other.example/', 'session').read()).toBeNull();
  });

  it('works within the page where storage is forbidden', () => {
    forbid('getItem');
    forbid('setItem');
    forbid('removeItem');
    const drawer = new Drawer(SERVER, 'session');
    expect(drawer.read()).toBeNull();
    drawer.write('t');
    expect(drawer.read()).toBe('t');
    drawer.write(null);
    expect(drawer.read()).toBeNull();
  });

  it('does not bring an old value back when the new one did not fit', () => {
    const drawer = new Drawer(SERVER, 'unsent');
    drawer.write('old');
    forbid('setItem');
    drawer.write('new');
    expect(drawer.read()).toBe('new');
    expect(new Drawer(SERVER, 'unsent').read()).toBeNull();
  });

  it('says when another tab has written', () => {
    const changed = vi.fn();
    const stop = new Drawer(SERVER, 'session').watch(changed);
    dispatchEvent(new StorageEvent('storage', { key: `sportello ${SERVER} unsent` }));
    expect(changed).not.toHaveBeenCalled();
    dispatchEvent(new StorageEvent('storage', { key: `sportello ${SERVER} session` }));
    dispatchEvent(new StorageEvent('storage', { key: null }));
    expect(changed).toHaveBeenCalledTimes(2);
    stop();
    dispatchEvent(new StorageEvent('storage', { key: null }));
    expect(changed).toHaveBeenCalledTimes(2);
  });
});
