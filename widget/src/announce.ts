/** What a screen reader says when the bot has answered: the text, and that there is a choice. */

import type { Language, Turn } from './protocol';
import { editOf, statementsOf } from './reading';
import { strings } from './strings';

export function announcementOf(turn: Turn, language: Language): string {
  const words = strings[language];
  const statements = statementsOf(turn.replies);
  const said = statements.map(({ text }) => text.replaceAll('• ', '')).filter((text) => text);
  const titles = statements
    .flatMap(({ buttons }) => buttons)
    .map(({ title }) => {
      const edited = editOf(title);
      return edited === null ? title : words.edit(edited);
    });
  const choices = titles.length > 0 ? [words.canChoose(titles.join('; '))] : [];
  return [...said, ...choices].join('\n');
}
