// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { BLACK, contrast, css, legible, parseColour, textOn, WHITE, type Colour } from '../src/contrast';

describe('colours', () => {
  it.each([
    ['#fff', WHITE],
    ['#1D4f7c', [29, 79, 124]],
    ['rgb(29, 79, 124)', [29, 79, 124]],
    ['rgba(29, 79, 124, 0.5)', [29, 79, 124]],
  ])('reads %s', (value, colour) => expect(parseColour(value)).toEqual(colour));

  it.each(['', 'red', '#12', '#12345', 'oklch(50% 0.1 200)', 'url(x)'])('does not guess %s', (value) => {
    expect(parseColour(value)).toBeNull();
  });

  it('agrees with WCAG', () => {
    expect(contrast(WHITE, [0, 0, 0])).toBeCloseTo(21);
    expect(contrast([118, 118, 118], WHITE)).toBeCloseTo(4.54, 2);
  });

  it('puts white on dark colours and dark text on light ones', () => {
    expect(textOn([29, 79, 124])).toBe(WHITE);
    expect(textOn([255, 212, 0])).toBe(BLACK);
  });

  it('is readable whatever the firm chose', () => {
    const steps = [0, 51, 102, 153, 204, 255];
    for (const red of steps) {
      for (const green of steps) {
        for (const blue of steps) {
          const accent: Colour = [red, green, blue];
          expect(contrast(textOn(accent), accent), css(accent)).toBeGreaterThanOrEqual(4.5);
          for (const surface of [[241, 244, 247], [41, 45, 52]] as const) {
            expect(contrast(legible(accent, surface), surface), css(accent)).toBeGreaterThanOrEqual(4.5);
          }
        }
      }
    }
  });

  it('leaves a colour alone that can be read', () => {
    expect(legible([29, 79, 124], WHITE)).toEqual([29, 79, 124]);
  });
});
