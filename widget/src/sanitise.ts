/**
 * The last gate before HTML reaches the page. render.ts builds its HTML from escaped text, so this
 * finds nothing to remove; it is here for the day when somebody makes a mistake there.
 */

import createPurifier from 'dompurify';

const TAGS = [
  ...['div', 'p', 'span', 'a', 'blockquote', 'dl', 'dt', 'dd', 'code'],
  ...['button', 'label', 'input'],
];
const ATTRIBUTES = [
  ...['class', 'lang', 'role', 'href', 'target', 'rel', 'type', 'min'],
  ...['aria-label', 'aria-pressed', 'aria-hidden'],
  ...['data-part', 'data-turn', 'data-button', 'data-say', 'data-title', 'data-code'],
];

export const SAFE_LINK = /^(?:https?:\/\/|mailto:|tel:)/i;

const purifier = createPurifier(window);

purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A') {
    // Without an address that we allow it is no link.
    if (!SAFE_LINK.test(node.getAttribute('href') ?? '')) node.removeAttribute('href');
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer');
  }
  // The only field that a bubble may have is the calendar: nothing else may ask for an answer.
  if (node.tagName === 'INPUT' && node.getAttribute('type') !== 'date') node.remove();
  // No form may be sent from here.
  if (node.tagName === 'BUTTON') node.setAttribute('type', 'button');
});

export function sanitise(html: string): string {
  return purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    // Only href holds an address; DOMPurify would hold the others to the same pattern.
    ALLOWED_URI_REGEXP: SAFE_LINK,
    ADD_URI_SAFE_ATTR: ATTRIBUTES.filter((name) => name !== 'href'),
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
}
