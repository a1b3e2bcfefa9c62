/**
 * deep-chat as we use it: it draws the messages and holds the text input. What is sent, and when,
 * is decided by composer.ts: deep-chat would put the visitor's text through its own Markdown,
 * whose links may be `javascript:`.
 */

import 'deep-chat/dist/deepChat.bundle.js';
import type { DeepChat } from 'deep-chat';

import styles from './deepchat.css?inline';

export type { DeepChat };

/** Make it, and attach it by `attach`; resolves once it can show messages. */
export async function createDeepChat(attach: (chat: DeepChat) => void): Promise<DeepChat> {
  const chat = document.createElement('deep-chat');
  // Set before it is attached: without a font of ours it would load one from Google.
  chat.style.fontFamily = 'var(--_font)';
  chat.chatStyle = {
    width: '100%',
    height: '100%',
    fontSize: 'inherit',
    backgroundColor: 'transparent',
  };
  chat.auxiliaryStyle = styles;
  // deep-chat itself never sends: it asks this first, also when Enter is pressed.
  chat.validateInput = () => false;
  chat.connect = { handler: () => undefined };
  chat.submitButtonStyles = { alwaysEnabled: true, position: 'inside-end' };
  // The typing indicator is one of our messages; deep-chat's adds a <style> that a strict page blocks.
  chat.displayLoadingBubble = false;
  const ready = new Promise<void>((resolve) => {
    chat.onComponentRender = () => resolve();
  });
  attach(chat);
  await ready;
  // On a busy page it renders a second time, for the properties set above, and begins afresh.
  while (chat._waitingToRender_) await new Promise((resolve) => setTimeout(resolve));
  return chat;
}
