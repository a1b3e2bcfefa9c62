/** Colours that can be read on each other: the arithmetic of WCAG 2.2. */

export type Colour = readonly [red: number, green: number, blue: number];

export const WHITE: Colour = [255, 255, 255];
export const BLACK: Colour = [0, 0, 0];

/** Small text needs this much (criterion 1.4.3). */
const READABLE = 4.5;

/** Read what `getComputedStyle` says, or #rgb and #rrggbb. */
export function parseColour(value: string): Colour | null {
  const hex = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(value.trim())?.[1];
  if (hex) {
    const number = parseInt(hex.length === 3 ? hex.replace(/./g, '$&$&') : hex, 16);
    return [number >> 16, (number >> 8) & 255, number & 255];
  }
  const [, red, green, blue] = /^rgba?\(\s*(\d+)[,\s]+(\d+)[,\s]+(\d+)/.exec(value.trim()) ?? [];
  return red && green && blue ? [Number(red), Number(green), Number(blue)] : null;
}

export function contrast(one: Colour, other: Colour): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** White wherever it can be read, as firms expect on their colour; one of the two always can. */
export function textOn(background: Colour): Colour {
  return contrast(WHITE, background) >= READABLE ? WHITE : BLACK;
}

/** The nearest shade of `colour` that can be read on `background`. */
export function legible(colour: Colour, background: Colour): Colour {
  const towards = contrast(WHITE, background) > contrast(BLACK, background) ? WHITE : BLACK;
  for (let step = 0; step <= 20; step += 1) {
    const mixed = mix(colour, towards, step / 20);
    if (contrast(mixed, background) >= READABLE) return mixed;
  }
  return towards;
}

export function css([red, green, blue]: Colour): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

function mix(one: Colour, other: Colour, share: number): Colour {
  const part = (a: number, b: number): number => Math.round(a + (b - a) * share);
  return [part(one[0], other[0]), part(one[1], other[1]), part(one[2], other[2])];
}

function luminance([red, green, blue]: Colour): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
