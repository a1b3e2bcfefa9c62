/** The token that names this visitor's conversation, shared by all tabs of one site. */

import { Drawer } from './storage';

export class Session {
  private readonly drawer: Drawer;

  constructor(server: string) {
    this.drawer = new Drawer(server, 'session');
  }

  /** Read anew each time: another tab may have started or ended the session. */
  get token(): string | null {
    return this.drawer.read();
  }

  set token(value: string | null) {
    this.drawer.write(value);
  }

  watch(changed: () => void): () => void {
    return this.drawer.watch(changed);
  }
}
