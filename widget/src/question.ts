/** Asks before something that cannot be undone. The safe answer has the focus. */

import { element } from './dom';

export interface Question {
  title: string;
  text: string;
  yes: string;
  no: string;
}

export class QuestionDialog {
  private readonly title = element('h2', { id: 'question-title' });
  private readonly text = element('p', { id: 'question-text' });
  private readonly yes = element('button', { type: 'button', 'data-part': 'confirm-yes' });
  private readonly no = element('button', { type: 'button', 'data-part': 'confirm-no' });
  readonly dialog = element(
    'dialog',
    {
      class: 'question',
      role: 'alertdialog',
      'aria-labelledby': 'question-title',
      'aria-describedby': 'question-text',
    },
    this.title,
    this.text,
    element('div', { class: 'buttons' }, this.no, this.yes),
  );

  private answered: (sure: boolean) => void = () => undefined;

  constructor() {
    this.yes.onclick = () => this.answer(true);
    this.no.onclick = () => this.answer(false);
    this.dialog.oncancel = () => this.answer(false);
    // Escape answers the question; the panel below stays.
    this.dialog.onkeydown = (event) => event.stopPropagation();
  }

  ask({ title, text, yes, no }: Question): Promise<boolean> {
    this.title.textContent = title;
    this.text.textContent = text;
    this.yes.textContent = yes;
    this.no.textContent = no;
    this.dialog.showModal();
    this.no.focus();
    return new Promise((resolve) => {
      this.answered = resolve;
    });
  }

  private answer(sure: boolean): void {
    this.dialog.close();
    this.answered(sure);
  }
}
