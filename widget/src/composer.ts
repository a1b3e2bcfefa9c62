/** The text input: deep-chat draws it, and here is decided what Enter and the send button do. */

import type { DeepChat } from './deepchat';

/** The keyboard that a telephone should show. */
export type Keyboard = 'text' | 'email' | 'tel';

export class Composer {
  private readonly input: HTMLElement;
  private readonly button: HTMLElement;

  constructor(
    private readonly chat: DeepChat,
    /** Returns whether it was taken; if not, the text stays. */
    send: (text: string) => boolean,
    typed: () => void,
  ) {
    this.input = this.find('#text-input');
    this.button = this.find('.input-button');
    takePlainTextOnly(this.input);
    this.input.setAttribute('aria-multiline', 'true');
    this.input.setAttribute('enterkeyhint', 'send');
    this.input.addEventListener('input', typed);
    const submit = (event: Event): void => {
      event.preventDefault();
      event.stopPropagation();
      if (this.text && send(this.text)) this.text = '';
      this.focus();
    };
    // Caught on the way down, before deep-chat's own handlers hear of it.
    const area = this.find('#input');
    area.addEventListener(
      'keydown',
      (event) => {
        const inButton = event.composedPath().includes(this.button);
        const sends = inButton
          ? event.key === 'Enter' || event.key === ' '
          : event.key === 'Enter' && !event.shiftKey && !event.isComposing;
        if (sends) submit(event);
      },
      true,
    );
    area.addEventListener(
      'click',
      (event) => {
        if (event.composedPath().includes(this.button)) submit(event);
      },
      true,
    );
  }

  get text(): string {
    return this.input.innerText.trim();
  }

  set text(value: string) {
    this.input.textContent = value;
  }

  /** Put a text back that could not be sent, without losing what was written meanwhile. */
  giveBack(text: string): void {
    this.text = [text, this.text].filter(Boolean).join('\n');
  }

  focus(): void {
    this.input.focus();
    // A contenteditable puts the caret in front of its text.
    getSelection()?.selectAllChildren(this.input);
    getSelection()?.collapseToEnd();
  }

  name(placeholder: string, send: string): void {
    this.chat.setPlaceholderText(placeholder);
    this.button.setAttribute('aria-label', send);
  }

  set keyboard(wanted: Keyboard) {
    this.input.inputMode = wanted;
  }

  private find(selector: string): HTMLElement {
    const found = this.chat.shadowRoot?.querySelector<HTMLElement>(selector);
    if (!found) throw new Error(`deep-chat has no ${selector}`);
    return found;
  }
}

/** So that nothing dropped or pasted brings its markup, or loads a picture from elsewhere. */
function takePlainTextOnly(input: HTMLElement): void {
  try {
    input.contentEditable = 'plaintext-only';
  } catch {
    // An older browser: deep-chat pastes as plain text there, and what is sent is text anyway.
  }
}
