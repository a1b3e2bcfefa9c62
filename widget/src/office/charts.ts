/** Draws the pictures of the back office's pages, under a policy that allows no style in markup. */

import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

import { FONT_SIZE, heightOf, optionOf, readChart, type Chart, type Look } from './options';

use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** For a page that names no colours of its own. */
const PALETTE = [
  'light-dark(#1d4f8c, #8fbdf2)',
  'light-dark(#c2571a, #f0a36b)',
  'light-dark(#2c7a55, #7fcda3)',
  'light-dark(#7a4a9e, #c9a3e6)',
  'light-dark(#8a6d00, #e0c35c)',
  'light-dark(#5b6673, #a5b1bf)',
];
/** As wide as a sheet of A4 between its margins, at 96 dots per inch. */
const SHEET = 640;
/** Two dots per pixel at least: paper shows more than most screens. */
const DENSITY = Math.max(2, devicePixelRatio);

const dark = matchMedia('(prefers-color-scheme: dark)');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const printed = matchMedia('print');
const pen = document.createElement('canvas').getContext('2d');

/** Draw every chart of the page; one that cannot be read is left to the table beside it. */
function drawAll(): void {
  for (const element of document.querySelectorAll<HTMLElement>('div.chart[data-chart]')) {
    const chart = readChart(element.dataset.chart ?? '');
    if (chart) draw(element, chart);
  }
}

function draw(element: HTMLElement, chart: Chart): void {
  let picture: ReturnType<typeof init> | undefined;
  let drawn = 0;

  const paint = (width: number, animated = false): void => {
    drawn = width;
    if (width === 0) return; // folded away: the observer tells when it is opened
    const look = lookOf(element, width, animated);
    const height = heightOf(chart, look);
    element.style.height = `${height}px`;
    picture ??= init(element, null, { devicePixelRatio: DENSITY, width, height });
    picture.resize({ width, height });
    picture.setOption(optionOf(chart, look), { notMerge: true });
    element.classList.add('drawn');
  };
  const repaint = (): void => paint(element.clientWidth);
  const onPaper = (): void => paint(Math.min(element.clientWidth, SHEET));

  new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width !== drawn && !printed.matches) paint(width, !picture && !still.matches);
  }).observe(element);
  dark.addEventListener('change', () => (printed.matches ? onPaper() : repaint()));
  // Before the sheet's own colours hold, and once more when they do.
  addEventListener('beforeprint', onPaper);
  printed.addEventListener('change', () => (printed.matches ? onPaper() : repaint()));
  addEventListener('afterprint', repaint);
}

/** What the page's style sheet says at this moment. */
function lookOf(element: HTMLElement, width: number, animated: boolean): Look {
  // Custom properties are mere text: only a colour that is used is resolved.
  const probe = element.parentElement!.appendChild(document.createElement('span'));
  const colour = (property: string, fallback: string): string => {
    probe.style.color = `var(${property}, ${fallback})`;
    return getComputedStyle(probe).color;
  };
  const font = getComputedStyle(element).fontFamily;
  const look = {
    width,
    palette: PALETTE.map((fallback, index) => colour(`--chart-${index + 1}`, fallback)),
    ink: colour('--ink', 'CanvasText'),
    muted: colour('--muted', 'light-dark(#55606e, #a5b1bf)'),
    line: colour('--line', 'light-dark(#d5dbe3, #384350)'),
    paper: colour('--paper', 'Canvas'),
    font,
    language: document.documentElement.lang || 'it',
    animated,
    measure: (text: string): number => {
      if (!pen) return text.length * FONT_SIZE;
      pen.font = `${FONT_SIZE}px ${font}`;
      return pen.measureText(text).width;
    },
  };
  probe.remove();
  return look;
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', drawAll);
else drawAll();
