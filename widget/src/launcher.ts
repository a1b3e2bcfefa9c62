/**
 * The one line on a firm's page: a round button, and the chat behind it, which is loaded when the
 * visitor first wants it. Kept tiny, because every page view pays for it.
 */

import { adopt, element, icon } from './dom';
import type { Chat, Frame } from './frame';
import styles from './launcher.css?inline';
import { storageKey } from './storage';

const NAME = 'sportello-chat';
const BUBBLE = 'M4 5h16v11H11l-5 4v-4H4z';
const WORDS = {
  it: ['Apri la chat', 'La chat non si è aperta: riprovi tra poco.'],
  en: ['Open the chat', 'The chat did not open: please try again shortly.'],
} as const;

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  document.querySelector<HTMLScriptElement>('script[src*="sportello.js"]');
const here = script?.src ?? location.href;

class SportelloChat extends HTMLElement {
  private loading: Promise<Chat> | null = null;

  connectedCallback(): void {
    if (this.shadowRoot) return;
    const { dataset, style, server, language } = this;
    const root = this.attachShadow({ mode: 'open' });
    const [name, failed] = WORDS[language];
    const launcher = element('button', { 'data-part': 'launcher', 'aria-label': name, lang: language }, icon(BUBBLE));
    const failure = element('output', { lang: language });
    const load = (): Promise<Chat> => this.load({ host: this, root, server, language, launcher });
    const preload = (): void => void load().catch(() => null);
    const use = async (act: (chat: Chat) => void): Promise<void> => {
      failure.textContent = '';
      try {
        act(await load());
      } catch {
        failure.textContent = failed;
      }
    };
    adopt(root, styles);
    root.append(launcher, failure);
    if (dataset.accent) style.setProperty('--sportello-accent', dataset.accent);
    launcher.onclick = () => use((chat) => chat.toggle());
    launcher.onpointerenter = launcher.onfocus = preload;
    if (dataset.open !== undefined) void use((chat) => chat.open(false));
    // A conversation that is under way must hear its answers although the panel is closed.
    else if (begun(server)) setTimeout(preload, 1000);
  }

  private get language(): 'it' | 'en' {
    return /^en/i.test(this.lang || document.documentElement.lang) ? 'en' : 'it';
  }

  private get server(): string {
    const address = new URL(this.dataset.server ?? new URL('..', here), here);
    if (address.pathname === '/') address.pathname = 'webhooks/web/';
    return address.href.replace(/\/*$/, '/');
  }

  private load(frame: Frame): Promise<Chat> {
    const mounted = async (): Promise<Chat> =>
      ((await import(new URL('chat.js', here).href)) as { mount(frame: Frame): Promise<Chat> }).mount(frame);
    this.loading ??= mounted().catch((error: unknown) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }
}

function begun(server: string): boolean {
  try {
    return ['session', 'unsent'].some((name) => localStorage.getItem(storageKey(server, name)));
  } catch {
    return false;
  }
}

function begin(): void {
  if (!customElements.get(NAME)) customElements.define(NAME, SportelloChat);
  if (document.querySelector(NAME)) return;
  const { lang, ...others } = script?.dataset ?? {};
  const host = document.createElement(NAME);
  Object.assign(host.dataset, others);
  host.lang = lang ?? script?.lang ?? '';
  document.body.append(host);
}

if (document.body) begin();
else addEventListener('DOMContentLoaded', begin);
