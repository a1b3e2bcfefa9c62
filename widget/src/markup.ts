/** Text to HTML: everything is escaped, and what looks like a safe address becomes a link. */

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const ADDRESS = /(?:https?:\/\/|mailto:|tel:)[^\s<>"'«»“”]+/gi;
/** The full stop after an address ends the sentence, not the address. */
const TRAILING = /[.,;:!?)\]}'’]+$/;

export function linked(text: string): string {
  let html = '';
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, '');
    html += escape(text.slice(from, match.index));
    html += `<a href="${escape(address)}">${escape(address.replace(/^(?:mailto|tel):/i, ''))}</a>`;
    from = match.index + address.length;
  }
  return html + escape(text.slice(from));
}
