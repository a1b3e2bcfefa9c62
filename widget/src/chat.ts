/** Joins the conversation with its window: what the launcher loads. */

import { announcementOf } from './announce';
import { Api, type RefusedError } from './api';
import { Bell } from './bell';
import { Composer } from './composer';
import { Conversation, type Notice } from './conversation';
import { grouped } from './dates';
import { createDeepChat, type DeepChat } from './deepchat';
import { save, transcriptOf } from './download';
import type { Chat, Frame } from './frame';
import type { Action } from './menu';
import { Messages } from './messages';
import { Panel } from './panel';
import type { Language, Outgoing, Turn } from './protocol';
import { Queue } from './queue';
import { render } from './render';
import { SAFE_LINK } from './sanitise';
import { Session } from './session';
import { strings } from './strings';
import { shadeAccent } from './theme';
import { itemsOf } from './transcript';

/** The server's limit, until it has told us. */
const LONGEST = 2000;

export async function mount(frame: Frame): Promise<Chat> {
  shadeAccent(frame.host, frame.launcher);
  const panel = new Panel(
    frame.root,
    (action) => void chat.act(action),
    () => chat.close(),
  );
  const deepChat = await createDeepChat((made) => panel.place(made));
  const chat = new ChatWindow(frame, panel, deepChat);
  chat.start();
  return chat;
}

class ChatWindow implements Chat {
  private readonly conversation: Conversation;
  private readonly bell: Bell;
  private readonly messages: Messages;
  private readonly composer: Composer;
  private language: Language;
  private unread = 0;
  private told: Notice | null = null;
  /** A sentence about what the visitor has just done; gone with the next thing they do. */
  private remark: Remark | null = null;

  constructor(
    frame: Frame,
    private readonly panel: Panel,
    private readonly deepChat: DeepChat,
  ) {
    const session = new Session(frame.server);
    const api = new Api(frame.server, () => session.token);
    this.language = frame.language;
    this.bell = new Bell(frame.launcher);
    this.messages = new Messages(deepChat);
    this.composer = new Composer(
      deepChat,
      (text) => this.say(text),
      () => this.comment(null),
    );
    this.conversation = new Conversation(frame.server, api, session, new Queue(frame.server), {
      changed: () => this.draw(),
      arrived: (turn) => this.hear(turn),
      refused: (message, error) => this.giveBack(message, error),
      language: () => this.language,
    });
  }

  start(): void {
    this.deepChat.shadowRoot?.addEventListener('click', (event) => this.click(event));
    this.conversation.start();
    this.draw();
  }

  toggle(): void {
    if (this.panel.visible) this.close();
    else this.open(true);
  }

  open(focus: boolean): void {
    this.panel.visible = true;
    this.unread = 0;
    this.draw();
    this.messages.scrollToNewest();
    if (focus) this.composer.focus();
  }

  close(): void {
    this.panel.visible = false;
    this.draw();
    this.bell.focus();
  }

  /** Returns whether it can be said. */
  private say(text: string): boolean {
    const longest = this.conversation.welcome?.longest ?? LONGEST;
    const words = strings[this.language];
    // Counted as the server does: an emoji is one character.
    if ([...text].length > longest) {
      this.comment({ text: words.tooLong(grouped(longest, this.language)) });
      return false;
    }
    this.remark = null;
    this.conversation.say(text);
    this.messages.scrollToNewest();
    return true;
  }

  private click(event: Event): void {
    const pressed = (event.target as Element).closest<HTMLElement>('[data-part]');
    if (!pressed) return;
    const { part, button, title, say, code } = pressed.dataset;
    if (part === 'choice' && button !== undefined) {
      this.remark = null;
      this.conversation.press(button, title ?? '');
      this.leaveChoices();
    } else if (part === 'choice' && say !== undefined) {
      this.say(say);
      this.leaveChoices();
    } else if (part === 'date-send') {
      const field = pressed.parentElement?.querySelector('input');
      if (!field?.value) return field?.focus();
      this.say(field.value);
      this.leaveChoices();
    } else if (part === 'copy' && code !== undefined) {
      void this.copy(code);
    } else if (part === 'helpful' || part === 'unhelpful') {
      void this.judge(pressed, part === 'helpful');
    }
  }

  /** The button that was pressed is gone: the keyboard goes on in the input. */
  private leaveChoices(): void {
    this.messages.scrollToNewest();
    this.composer.focus();
  }

  private async copy(code: string): Promise<void> {
    const words = strings[this.language];
    try {
      await navigator.clipboard.writeText(code);
      this.comment({ text: words.copied, good: true });
    } catch {
      // Only sites with https have a clipboard, and only where the browser's policy lets them.
      this.comment({ text: words.notCopied });
    }
  }

  private async judge(pressed: HTMLElement, helpful: boolean): Promise<void> {
    const { part } = pressed.dataset;
    const turn = Number(pressed.closest<HTMLElement>('[data-turn]')?.dataset.turn);
    const words = strings[this.language];
    try {
      const judged = this.conversation.judge(turn, helpful);
      // Drawing the pressed thumb has replaced it.
      this.messages.focus(`[data-turn="${turn}"] [data-part="${part}"]`);
      await judged;
      this.comment({ text: words.thanks, good: true });
    } catch {
      this.comment({ text: words.notJudged });
    }
  }

  async act(action: Action): Promise<void> {
    const words = strings[this.language];
    const { conversation, panel } = this;
    if (action === 'language') this.switchLanguage();
    if (action === 'download') {
      const { turns, welcome } = conversation;
      const text = transcriptOf(turns, welcome?.firm ?? '', this.language);
      save(text, `${words.transcript.toLowerCase()}-${new Date().toISOString().slice(0, 10)}.txt`);
    }
    if (action === 'restart' || action === 'erase') {
      const erase = action === 'erase';
      const sure = await panel.question.ask({
        title: erase ? words.eraseTitle : words.restartTitle,
        text: erase ? words.eraseText : words.restartText,
        yes: erase ? words.eraseYes : words.restartYes,
        no: words.cancel,
      });
      if (!sure) return;
      try {
        await (erase ? conversation.erase() : conversation.restart());
        this.comment(null);
        this.composer.focus();
      } catch {
        this.comment({ text: words.notDone });
      }
    }
  }

  /** Before the conversation has begun, only the words change; after that, the bot is asked to. */
  private switchLanguage(): void {
    this.language = this.language === 'it' ? 'en' : 'it';
    this.draw();
    if (this.conversation.begun) this.say(strings[this.language].speakThis);
  }

  private hear(turn: Turn): void {
    this.language = turn.language;
    if (!this.panel.visible) this.unread += 1;
    this.panel.announce(announcementOf(turn, this.language), this.language);
  }

  private giveBack(message: Outgoing, error: RefusedError): void {
    const words = strings[this.language];
    const why = error.sentences[this.language] ?? words.notAccepted;
    if (message.text === undefined) return this.comment({ text: why });
    this.composer.giveBack(message.text);
    this.comment({ text: `${why} ${words.givenBack}` });
  }

  /** A notice stands among the messages, where a screen reader does not hear it come. */
  private tell(notice: Notice | null): void {
    if (notice && notice !== this.told) this.panel.announce(strings[this.language][notice], this.language);
    this.told = notice;
  }

  private comment(remark: Remark | null): void {
    this.remark = remark;
    this.draw();
  }

  private draw(): void {
    const { conversation, language, panel, composer } = this;
    const words = strings[language];
    const { welcome, turns, trouble, waiting, unsent, notice, verdicts } = conversation;
    const greeting = welcome?.greeting[language] ?? { text: words.greeting, suggestions: [] };
    this.tell(notice);
    const items = itemsOf({ greeting, turns, waiting, unsent, trouble, notice, verdicts });
    const newest = turns.at(-1);
    panel.speak(language, welcome?.firm ?? '');
    panel.showProgress(newest?.progress ?? null, language);
    const { text, good = false } = this.status;
    panel.showStatus(text, !good);
    panel.menu.offer('language', (welcome?.languages.length ?? 2) > 1);
    for (const action of ['restart', 'erase'] as const) panel.menu.offer(action, conversation.begun);
    panel.menu.offer('download', turns.length > 0);
    const privacy = welcome?.privacy_url ?? '';
    panel.menu.offer('privacy', SAFE_LINK.test(privacy));
    if (SAFE_LINK.test(privacy)) panel.menu.set('privacy', 'href', privacy);
    composer.name(words.placeholder, words.send);
    composer.keyboard = keyboardFor(newest);
    this.messages.name(words.transcript);
    const lost = this.messages.show(items.map((item) => render(item, language)));
    if (lost) composer.focus();
    this.bell.show(panel.visible, this.unread, language);
  }

  /** Trouble with the line comes first: it explains why nothing else happens. */
  private get status(): Remark {
    const words = strings[this.language];
    const { trouble, unsent } = this.conversation;
    if (trouble?.kind === 'busy') return { text: words.busy(trouble.seconds) };
    if (trouble?.kind === 'unavailable') return { text: words.unavailable };
    if (trouble && unsent.length > 1) return { text: words.offlineMany };
    if (trouble) return { text: unsent.length === 1 ? words.offlineOne : words.offline };
    return this.remark ?? { text: '' };
  }
}

interface Remark {
  text: string;
  good?: boolean;
}

function keyboardFor(turn: Turn | undefined): 'text' | 'email' | 'tel' {
  const asks = turn?.replies.map((reply) => reply.custom?.asks).findLast((one) => one);
  if (asks?.endsWith('email')) return 'email';
  return asks === 'phone' ? 'tel' : 'text';
}
