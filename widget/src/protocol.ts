/** What the server says and hears, in the words of docs/web-channel.md. */

export const LANGUAGES = ['it', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Sentences = Record<Language, string>;

export interface Greeting {
  text: string;
  suggestions: string[];
}

export interface Welcome {
  firm: string;
  languages: Language[];
  privacy_url: string;
  longest: number;
  greeting: Partial<Record<Language, Greeting>>;
}

export interface Button {
  id: string;
  title: string;
}

export interface Custom {
  asks?: string;
  error?: string;
  faq?: string;
  source?: string;
  passage?: boolean;
  cancelled?: boolean;
  reference?: string;
  kept?: string;
}

export interface Reply {
  text?: string | null;
  buttons?: Button[];
  custom?: Custom | null;
}

export interface Progress {
  n: number;
  of: number;
}

/** One message and everything that answers it; `key` and `said` are null where the bot begins. */
export interface Turn {
  id: number;
  message: number | null;
  key: string | null;
  said: string | null;
  at: string;
  replies: Reply[];
  progress?: Progress | null;
  language: Language;
  stale: boolean;
  /** Everything that was said before it is gone. */
  erased?: boolean;
  /** What the visitor thinks of it. */
  helpful?: boolean | null;
}

/** A message that was accepted and has no answer yet; `said` is null for a button out of date. */
export interface Waiting {
  key: string;
  said: string | null;
  at: string;
}

export interface History {
  turns: Turn[];
  last: number;
  waiting: Waiting[];
}

/** A message that the server has not accepted yet. `said` is what the visitor sees of it. */
export interface Outgoing {
  key: string;
  said: string;
  at: string;
  text?: string;
  button?: string;
}

/** Why a session ended elsewhere. */
export type Ending = 'ended' | 'erased';

export function isLanguage(value: string | null | undefined): value is Language {
  return LANGUAGES.some((one) => one === value);
}
