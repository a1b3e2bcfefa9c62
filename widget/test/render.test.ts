import { describe, expect, it } from 'vitest';

import type { Reply } from '../src/protocol';
import { render } from '../src/render';
import { sanitise } from '../src/sanitise';
import type { Item } from '../src/transcript';
import { ATTACKS } from './attacks';
import { turnOf } from './turns';

/** What lands on the page. */
function drawn(item: Item, language: 'it' | 'en' = 'it'): HTMLElement {
  const place = document.createElement('div');
  place.innerHTML = sanitise(render(item, language));
  return place;
}

function bot(replies: Reply[], rest: Partial<Extract<Item, { kind: 'bot' }>> = {}): HTMLElement {
  return drawn({ kind: 'bot', turn: turnOf(replies), open: true, verdict: undefined, ...rest });
}

const parts = (place: HTMLElement, part: string): HTMLElement[] => [
  ...place.querySelectorAll<HTMLElement>(`[data-part="${part}"]`),
];
const textsOf = (nodes: Iterable<Element>): (string | null)[] => [...nodes].map((node) => node.textContent);

describe('a turn', () => {
  it('says which it is, and in which language', () => {
    const place = bot([{ text: 'Hello' }], { turn: turnOf([{ text: 'Hello' }], { id: 17, language: 'en' }) });
    expect(place.querySelector('[data-turn="17"] [lang="en"]')?.textContent).toBe('Hello');
  });

  it('keeps paragraphs apart and lines within them', () => {
    const place = bot([{ text: 'Uno\ndue\n\ntre' }]);
    expect(textsOf(place.querySelectorAll('p'))).toEqual(['Uno\ndue', 'tre']);
  });

  it('offers its buttons while they count', () => {
    const replies = [{ text: 'Per chi?', buttons: [{ id: 'a"1', title: 'Privato' }] }];
    const [button] = parts(bot(replies), 'choice');
    expect(button?.dataset).toMatchObject({ button: 'a"1', title: 'Privato' });
    expect(parts(bot(replies, { open: false }), 'choice')).toEqual([]);
  });

  it('puts a reply without text to the one before it', () => {
    const place = bot([{ text: 'Risposta.' }, { custom: { faq: 'x', source: 'Il ruolo' } }]);
    expect(place.querySelectorAll('.bubble')).toHaveLength(1);
    expect(place.querySelector('.source')?.textContent).toBe('Fonte: Il ruolo');
  });
});

describe('each custom object', () => {
  it('consent: a card with a safe link, both answers alike', () => {
    const place = bot([
      {
        text: 'L’informativa è qui: https://firm.example/privacy. Acconsente?',
        buttons: [{ id: '1', title: 'Sì' }, { id: '2', title: 'No' }],
        custom: { asks: 'consent' },
      },
    ]);
    const link = place.querySelector('.card a');
    expect(link?.getAttribute('href')).toBe('https://firm.example/privacy');
    expect(link?.getAttribute('rel')).toContain('noopener');
    expect(link?.getAttribute('target')).toBe('_blank');
    const [yes, no] = parts(place, 'choice');
    expect(yes?.className).toBe(no?.className);
  });

  it('confirm: the summary as a list, yes first, and a named chip for each answer', () => {
    const place = bot([
      {
        text: 'Ecco il riepilogo:\n• Nome: Maria: detta Mia\n• Aspettative: 1) una; 2) due\naltra riga\n\nÈ tutto giusto?',
        buttons: [
          { id: '1', title: 'Sì, confermo' },
          { id: '2', title: 'No, correggo' },
          { id: '3', title: '✎ Nome' },
        ],
        custom: { asks: 'confirm' },
      },
    ]);
    expect(textsOf(place.querySelectorAll('.card dt'))).toEqual(['Nome', 'Aspettative']);
    expect(textsOf(place.querySelectorAll('dd'))).toEqual(['Maria: detta Mia', '1) una; 2) due\naltra riga']);
    expect(textsOf(place.querySelectorAll('p'))).toEqual(['Ecco il riepilogo:', 'È tutto giusto?']);
    expect(place.querySelector('.first')?.textContent).toBe('Sì, confermo');
    const chip = place.querySelector('.edit');
    expect(chip?.getAttribute('aria-label')).toBe('Modifica: Nome');
    expect(chip?.textContent).toBe('Nome');
  });

  it('deadline: a calendar beside the buttons', () => {
    const replies = [{ text: 'Entro quando?', buttons: [{ id: '1', title: 'Nessuna' }], custom: { asks: 'deadline' } }];
    const place = bot(replies);
    expect(parts(place, 'date')[0]?.getAttribute('type')).toBe('date');
    expect(parts(place, 'date')[0]?.closest('label')?.textContent).toBe('Scelga un giorno');
    expect(parts(place, 'date-send')).toHaveLength(1);
    expect(parts(bot(replies, { open: false }), 'date')).toEqual([]);
  });

  it('error: marked', () => {
    expect(bot([{ text: 'Non va.', custom: { error: 'email' } }]).querySelector('.refused')).not.toBeNull();
  });

  it('faq: the source once, and thumbs that say what was pressed', () => {
    const replies: Reply[] = [
      { text: 'Un cliente è…\n\nFonte: Il ruolo, Definizione' },
      { custom: { faq: 'client', source: 'Il ruolo, Definizione' } },
    ];
    const place = bot(replies, { verdict: false, open: false });
    expect(textsOf(place.querySelectorAll('.source'))).toEqual(['Fonte: Il ruolo, Definizione']);
    expect(place.querySelector('.bubble p')?.textContent).toBe('Un cliente è…');
    expect(parts(place, 'helpful')[0]?.getAttribute('aria-pressed')).toBe('false');
    expect(parts(place, 'unhelpful')[0]?.getAttribute('aria-pressed')).toBe('true');
  });

  it('passage: a quotation, its source, and thumbs', () => {
    const place = bot([
      { text: 'I documenti dicono: «Un «terzo» è altro.»\n\nFonte: D' },
      { custom: { source: 'D', passage: true } },
    ]);
    expect(place.querySelector('blockquote')?.textContent).toBe('Un «terzo» è altro.');
    expect(place.querySelector('.bubble > p')?.textContent).toBe('I documenti dicono:');
    expect(parts(place, 'helpful')).toHaveLength(1);
  });

  it.each([
    ['reference', 'Codice della richiesta'],
    ['kept', 'Codice per riprendere'],
  ])('%s: a code to copy', (custom, label) => {
    const place = bot([{ text: 'Fatto.' }, { custom: { [custom]: 'K7PM-3XQD' } }]);
    expect(place.querySelector('code')?.textContent).toBe('K7PM-3XQD');
    expect(place.querySelector('.code-label')?.textContent).toBe(label);
    expect(parts(place, 'copy')[0]?.dataset.code).toBe('K7PM-3XQD');
  });

  it('cancelled, and what nobody has thought of: just the text', () => {
    const custom = { cancelled: true, novelty: 1 } as Reply['custom'] & object;
    expect(bot([{ text: 'Annullato.', custom }]).textContent).toBe('Annullato.');
  });
});

describe('what the visitor said', () => {
  it('shows the day of the calendar as people read it', () => {
    expect(drawn({ kind: 'visitor', said: '2027-01-15', held: null }).textContent).toBe('15 gennaio 2027');
    expect(drawn({ kind: 'visitor', said: '2027-01-15', held: null }, 'en').textContent).toBe('15 January 2027');
    expect(drawn({ kind: 'visitor', said: '2027-99-15', held: null }).textContent).toBe('2027-99-15');
  });

  it('says why it has not left', () => {
    const place = drawn({ kind: 'visitor', said: 'ciao', held: { kind: 'offline' } });
    expect(place.textContent).toContain('In attesa di connessione');
  });
});

describe('nothing becomes code', () => {
  const harmless = (place: HTMLElement): void => {
    expect(place.querySelector('script,img,svg,iframe,object,embed,form,style,link,meta,base,video,template')).toBeNull();
    expect(parts(place, 'choice').some(({ dataset }) => dataset.button === 'forged')).toBe(false);
    for (const node of place.querySelectorAll('*')) {
      for (const { name } of node.attributes) expect(name).not.toMatch(/^on|^style$|^src/);
    }
    for (const link of place.querySelectorAll('a')) {
      if (link.hasAttribute('href')) expect(link.getAttribute('href')).toMatch(/^(https?:\/\/|mailto:|tel:)/);
      expect(link.getAttribute('target')).toBe('_blank');
    }
  };

  it.each(ATTACKS)('said by the visitor: %s', (attack) => {
    const place = drawn({ kind: 'visitor', said: attack, held: null });
    harmless(place);
    expect(place.querySelector('a')).toBeNull();
    // To the letter: neither Markdown nor an entity is interpreted. (HTML knows no NUL.)
    expect(place.textContent).toBe(attack.replace('\0', ''));
  });

  it.each(ATTACKS)('said by the bot, in every place: %s', (attack) => {
    harmless(
      bot([
        { text: attack, buttons: [{ id: attack, title: attack }, { id: 'e', title: `✎ ${attack}` }], custom: { asks: 'confirm' } },
        { text: `• ${attack}: ${attack}\n\nFonte: ${attack}`, custom: { faq: attack, source: attack } },
        { text: `Dicono: «${attack}»`, custom: { passage: true, source: attack } },
        { custom: { reference: attack, kept: attack, error: attack } },
      ]),
    );
  });

  it.each(ATTACKS)('in the sanitiser alone: %s', (attack) => {
    const place = document.createElement('div');
    place.innerHTML = sanitise(attack);
    for (const node of place.querySelectorAll('*')) {
      for (const { name } of node.attributes) expect(name).not.toMatch(/^on|^style$|^src/);
    }
    expect(place.querySelector('script,img,svg,iframe,object,embed,form,style,link,meta,base,video,template')).toBeNull();
    expect(place.querySelector('input:not([type=date])')).toBeNull();
    for (const link of place.querySelectorAll('a[href]')) expect(link.getAttribute('href')).toBe('https://ok.example');
  });
});
