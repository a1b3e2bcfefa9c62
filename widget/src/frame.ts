/** What the launcher hands to the chat that it has loaded, and what it asks of it. */

import type { Language } from './protocol';

export interface Frame {
  host: HTMLElement;
  root: ShadowRoot;
  /** The address of the web channel, with a slash at its end. */
  server: string;
  language: Language;
  launcher: HTMLButtonElement;
}

export interface Chat {
  toggle(): void;
  /** `focus`: the visitor asked for it, so the input gets the focus. */
  open(focus: boolean): void;
}
