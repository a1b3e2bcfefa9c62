/** The launcher's button, once there is a chat behind it: open or closed, and what was not seen. */

import { element, icon } from './dom';
import type { Language } from './protocol';
import { strings } from './strings';

const CHEVRON = 'M6 9l6 6 6-6';

export class Bell {
  private readonly badge = element('span', { class: 'badge', hidden: '' });

  constructor(private readonly button: HTMLButtonElement) {
    button.append(icon(CHEVRON), this.badge);
    button.setAttribute('aria-controls', 'panel');
  }

  show(open: boolean, unread: number, language: Language): void {
    const { button, badge } = this;
    const words = strings[language];
    button.lang = language;
    button.ariaExpanded = String(open);
    button.ariaLabel = open ? words.close : words.open(unread);
    badge.textContent = String(unread);
    badge.hidden = unread === 0;
  }

  focus(): void {
    this.button.focus();
  }
}
