/**
 * The browser's storage, one drawer per server. Where it is switched off or full, the drawer works
 * for as long as the page is open: a chat must not fail because of a privacy setting.
 */

export function storageKey(server: string, name: string): string {
  return `sportello ${server} ${name}`;
}

export class Drawer {
  private readonly key: string;
  private memory: string | null = null;
  private broken = false;

  constructor(server: string, name: string) {
    this.key = storageKey(server, name);
  }

  read(): string | null {
    if (this.broken) return this.memory;
    try {
      return localStorage.getItem(this.key);
    } catch {
      this.broken = true;
      return this.memory;
    }
  }

  write(value: string | null): void {
    this.memory = value;
    try {
      if (value === null) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, value);
      this.broken = false;
    } catch {
      this.broken = true;
      this.forget();
    }
  }

  /** Call `changed` when another tab has written; returns how to stop. */
  watch(changed: () => void): () => void {
    const heard = (event: StorageEvent): void => {
      // A null key means that everything was cleared.
      if (event.key === this.key || event.key === null) changed();
    };
    addEventListener('storage', heard);
    return () => removeEventListener('storage', heard);
  }

  /** An old value must not come back after a reload, when the new one did not fit. */
  private forget(): void {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Storage is off altogether: then there is no old value either.
    }
  }
}
