/** The menu in the panel's head, by the book of the WAI-ARIA menu button pattern. */

import { element } from './dom';

export const ACTIONS = ['language', 'restart', 'erase', 'download', 'privacy'] as const;
export type Action = (typeof ACTIONS)[number];

export class Menu {
  readonly list = element('div', { class: 'menu', role: 'menu', hidden: '' });
  private readonly items = new Map<Action, HTMLElement>();

  constructor(
    private readonly button: HTMLButtonElement,
    act: (action: Action) => void,
  ) {
    button.setAttribute('aria-haspopup', 'menu');
    button.onclick = () => (this.list.hidden ? this.open() : this.close(true));
    for (const action of ACTIONS) {
      const item =
        action === 'privacy'
          ? element('a', { target: '_blank', rel: 'noopener noreferrer' })
          : element('button', { type: 'button' });
      item.setAttribute('role', 'menuitem');
      item.dataset.action = action;
      item.tabIndex = -1;
      item.onclick = () => {
        this.close(true);
        act(action);
      };
      this.items.set(action, item);
      this.list.append(item);
    }
    this.list.onkeydown = (event) => this.key(event);
    this.list.addEventListener('focusout', (event) => {
      const to = event.relatedTarget;
      if (to !== button && !(to instanceof Node && this.list.contains(to))) this.close(false);
    });
    this.close(false);
  }

  name(names: Record<Action, string>): void {
    for (const [action, item] of this.items) item.textContent = names[action];
  }

  /** An action that leads nowhere is not offered. */
  offer(action: Action, offered: boolean): void {
    const item = this.items.get(action);
    if (item) item.hidden = !offered;
  }

  /** The language's name is in that language; the privacy notice is a link like any other. */
  set(action: Action, attribute: 'lang' | 'href', value: string): void {
    this.items.get(action)?.setAttribute(attribute, value);
  }

  private open(): void {
    this.list.hidden = false;
    this.button.ariaExpanded = 'true';
    this.offered[0]?.focus();
  }

  private close(refocus: boolean): void {
    this.list.hidden = true;
    this.button.ariaExpanded = 'false';
    if (refocus) this.button.focus();
  }

  private key(event: KeyboardEvent): void {
    const items = this.offered;
    const at = items.findIndex((item) => item === (event.target as HTMLElement));
    const to: Record<string, number> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    if (event.key === 'Escape') {
      // The panel would close too.
      event.stopPropagation();
      this.close(true);
    } else if (event.key in to) {
      event.preventDefault();
      items[to[event.key] ?? 0]?.focus();
    }
  }

  private get offered(): HTMLElement[] {
    return [...this.items.values()].filter((item) => !item.hidden);
  }
}
