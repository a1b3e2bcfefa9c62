/** The conversation as a text file, made in the browser. */

import { moment, readable } from './dates';
import type { Language, Turn } from './protocol';
import { strings } from './strings';

export function transcriptOf(turns: Turn[], firm: string, language: Language): string {
  const words = strings[language];
  const parts = [[words.transcript, firm].filter(Boolean).join(' – ')];
  for (const turn of turns) {
    if (turn.said !== null) {
      parts.push(`${words.visitor} (${moment(turn.at, language)}):\n${readable(turn.said, language)}`);
    }
    const texts = turn.replies.map((reply) => reply.text).filter(Boolean);
    if (texts.length > 0) parts.push(`${words.bot}:\n${texts.join('\n\n')}`);
  }
  return parts.join('\n\n') + '\n';
}

export function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by the end of this task.
  setTimeout(() => URL.revokeObjectURL(address));
}
