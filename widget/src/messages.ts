/** Shows a list of HTML messages in deep-chat, changing only what differs from what is shown. */

import type { DeepChat } from './deepchat';
import { sanitise } from './sanitise';

/** How near to the bottom counts as reading along. */
const NEAR = 120;

export class Messages {
  private shown: string[] = [];
  /** Is the visitor at the end? Then the end stays in sight, whatever grows or shrinks. */
  private following = true;
  private readonly scroller: HTMLElement;

  constructor(private readonly chat: DeepChat) {
    const scroller = chat.shadowRoot?.getElementById('messages');
    if (!scroller) throw new Error('deep-chat has no list of messages');
    this.scroller = scroller;
    // The keyboard must be able to scroll it, also where nothing in it takes the focus.
    scroller.tabIndex = 0;
    scroller.setAttribute('role', 'region');
    let height = 0;
    scroller.addEventListener('scroll', () => {
      // What moved because the window became smaller was not moved by the visitor.
      if (scroller.clientHeight === height) this.following = this.atEnd;
    });
    new ResizeObserver(() => {
      height = scroller.clientHeight;
      if (this.following) scroller.scrollTop = scroller.scrollHeight;
    }).observe(scroller);
  }

  name(label: string): void {
    this.scroller.ariaLabel = label;
  }

  /** Returns whether what had the focus is gone. */
  show(messages: string[]): boolean {
    const { following } = this;
    const focused = this.chat.shadowRoot?.activeElement;
    // deep-chat cannot take one message out, but that is only needed when something was withdrawn.
    if (messages.length < this.shown.length) {
      this.chat.clearMessages(false);
      this.shown = [];
    }
    messages.forEach((html, index) => {
      if (html === this.shown[index]) return;
      const safe = { html: sanitise(html) };
      // One role for all: our own HTML says who speaks, so that any message can become any other.
      if (index < this.shown.length) this.chat.updateMessage(safe, index);
      else this.chat.addMessage({ role: 'ai', ...safe });
    });
    const grown = messages.length !== this.shown.length || messages.at(-1) !== this.shown.at(-1);
    this.shown = [...messages];
    if (following && grown) this.scrollToNewest();
    return Boolean(focused && !focused.isConnected);
  }

  focus(selector: string): void {
    this.scroller.querySelector<HTMLElement>(selector)?.focus();
  }

  /** Show the end; of a message that is longer than the window, its beginning. */
  scrollToNewest(): void {
    requestAnimationFrame(() => {
      const { scroller } = this;
      scroller.scrollTop = scroller.scrollHeight;
      const newest = [...scroller.querySelectorAll<HTMLElement>('.message-bubble')].at(-1);
      const top = newest?.getBoundingClientRect().top ?? 0;
      const edge = scroller.getBoundingClientRect().top + 8;
      if (newest && top < edge) scroller.scrollTop -= edge - top;
    });
  }

  private get atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
