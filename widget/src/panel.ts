/** The window: head with menu, progress, state in words, messages, and what a screen reader hears. */

import { adopt, element, icon } from './dom';
import { Menu, type Action } from './menu';
import styles from './panel.css?inline';
import type { Language, Progress } from './protocol';
import { QuestionDialog } from './question';
import { strings } from './strings';

const CROSS = 'M6 6l12 12M18 6L6 18';
const DOTS = 'M5 12h.01M12 12h.01M19 12h.01';

export class Panel {
  readonly question = new QuestionDialog();
  readonly menu: Menu;
  private readonly firm = element('h2');
  private readonly kind = element('p');
  private readonly menuButton = element('button', { type: 'button', 'data-part': 'menu' }, icon(DOTS));
  private readonly closeButton = element('button', { type: 'button', 'data-part': 'close' }, icon(CROSS));
  private readonly bar = element('span');
  private readonly count = element('span');
  private readonly progress = element(
    'div',
    { 'data-part': 'progress', role: 'progressbar', 'aria-valuemin': '0', hidden: '' },
    this.count,
    element('div', { class: 'track' }, this.bar),
  );
  private readonly status = element('p', { 'data-part': 'status', role: 'status' });
  private readonly log = element('div', { 'data-part': 'log', role: 'log', 'aria-live': 'polite' });
  private readonly section: HTMLElement;

  constructor(root: ShadowRoot, act: (action: Action) => void, close: () => void) {
    adopt(root, styles);
    this.menu = new Menu(this.menuButton, act);
    this.closeButton.onclick = close;
    this.section = element(
      'section',
      { 'data-part': 'panel', id: 'panel', role: 'dialog', hidden: '' },
      element(
        'header',
        {},
        element('div', { class: 'title' }, this.firm, this.kind),
        this.menuButton,
        this.closeButton,
        this.menu.list,
      ),
      this.progress,
      this.status,
      this.log,
      this.question.dialog,
    );
    this.section.onkeydown = (event) => {
      // While a word is being composed, Escape belongs to the input method.
      if (event.key === 'Escape' && !event.isComposing) close();
    };
    // In front of the button, so that the keyboard comes from the page into the window.
    root.prepend(this.section);
  }

  /** Where the messages go: between the state and what is only heard. */
  place(messages: HTMLElement): void {
    this.log.before(messages);
  }

  get visible(): boolean {
    return !this.section.hidden;
  }

  set visible(visible: boolean) {
    this.section.hidden = !visible;
  }

  speak(language: Language, firm: string): void {
    const words = strings[language];
    this.section.lang = language;
    this.section.ariaLabel = words.dialog(firm);
    this.firm.textContent = firm || words.assistant;
    this.kind.textContent = firm ? words.assistant : '';
    this.closeButton.ariaLabel = words.close;
    this.menuButton.ariaLabel = words.menu;
    this.menu.list.ariaLabel = words.menu;
    this.progress.ariaLabel = words.progressName;
    this.menu.name({
      language: words.otherLanguage,
      restart: words.restart,
      erase: words.erase,
      download: words.download,
      privacy: words.privacy,
    });
    this.menu.set('language', 'lang', language === 'it' ? 'en' : 'it');
  }

  showProgress(progress: Progress | null, language: Language): void {
    this.progress.hidden = progress === null;
    if (!progress) return;
    const { n, of } = progress;
    const text = strings[language].progress(n, of);
    this.count.textContent = text;
    this.progress.ariaValueNow = String(n);
    this.progress.ariaValueMax = String(of);
    this.progress.ariaValueText = text;
    this.bar.style.width = `${(100 * n) / of}%`;
  }

  showStatus(text: string, warning: boolean): void {
    this.status.classList.toggle('warning', warning);
    // Saying the same again would make a screen reader repeat it.
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** Let a screen reader read it, once. */
  announce(text: string, language: Language): void {
    this.log.replaceChildren(element('p', { lang: language }, text));
  }
}
