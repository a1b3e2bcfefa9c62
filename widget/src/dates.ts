/** Days as people read them. */

import type { Language } from './protocol';

const LOCALES: Record<Language, string> = { it: 'it-IT', en: 'en-GB' };
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A day of the calendar field is sent as `2027-01-15`; anything else is left as it was said. */
export function readable(said: string, language: Language): string {
  if (!ISO_DAY.test(said)) return said;
  const day = new Date(`${said}T12:00:00Z`);
  if (Number.isNaN(day.getTime())) return said;
  const format = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'UTC' });
  return format.format(day);
}

/** Today on the visitor's calendar, as the date field wants it. */
export function today(): string {
  const now = new Date();
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

export function moment(at: string, language: Language): string {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return '';
  const style = { dateStyle: 'short', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat(LOCALES[language], style).format(when);
}

export function grouped(count: number, language: Language): string {
  return new Intl.NumberFormat(LOCALES[language], { useGrouping: 'always' }).format(count);
}
