/** The firm's colour, made readable in both schemes. The other tokens are plain CSS: panel.css. */

import { css, legible, parseColour, textOn, type Colour } from './contrast';

/** `--_raised` of panel.css: whatever can be read on it can be read on the plain surface too. */
const LIGHT: Colour = [241, 244, 247];
const DARK: Colour = [41, 45, 52];

/** `painted` is an element whose background is the accent: the browser has resolved it there. */
export function shadeAccent(host: HTMLElement, painted: Element): void {
  const accent = parseColour(getComputedStyle(painted).backgroundColor);
  if (!accent) return;
  host.style.setProperty('--_on-accent', css(textOn(accent)));
  host.style.setProperty('--_link-light', css(legible(accent, LIGHT)));
  host.style.setProperty('--_link-dark', css(legible(accent, DARK)));
}
