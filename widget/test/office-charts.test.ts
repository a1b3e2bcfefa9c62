// @vitest-environment node
import { describe, expect, it } from 'vitest';

import { heightOf, optionOf, readChart, wrap, type Chart, type Look } from '../src/office/options';

const LOOK: Look = {
  width: 600,
  palette: ['#111', '#222'],
  ink: '#000',
  muted: '#555',
  line: '#ddd',
  paper: '#fff',
  font: 'serif',
  language: 'it',
  animated: false,
  measure: (text) => text.length * 7,
};
const BARS: Chart = {
  kind: 'bars',
  stacked: false,
  categories: ['Prima', 'Seconda'],
  series: [{ name: 'Domande', values: [3, null] }],
  unit: '',
};
const TWO = [
  { name: 'Interno', values: [1200, null] },
  { name: 'Esterno', values: [34, 2] },
];

/** The option as it is drawn; its types allow far more than we ever make. */
function draw(chart: Partial<Chart>, look: Partial<Look> = {}): any {
  return optionOf({ ...BARS, ...chart }, { ...LOOK, ...look });
}

describe('what the server says', () => {
  it('is read', () => expect(readChart(JSON.stringify({ ...BARS, label: 'x' }))).toMatchObject(BARS));

  it.each([
    '',
    '{',
    'null',
    '[]',
    JSON.stringify({ ...BARS, kind: 'pie' }),
    JSON.stringify({ ...BARS, unit: 'EUR' }),
    JSON.stringify({ ...BARS, stacked: 'no' }),
    JSON.stringify({ ...BARS, categories: [] }),
    JSON.stringify({ ...BARS, categories: [1] }),
    JSON.stringify({ ...BARS, series: [] }),
    JSON.stringify({ ...BARS, series: [null] }),
    JSON.stringify({ ...BARS, series: [{ name: 'x', values: ['1'] }] }),
  ])('is left alone when it is %s', (text) => expect(readChart(text)).toBeNull());
});

describe('bars', () => {
  it('lie, the first one on top, with their names beside them', () => {
    const { xAxis, yAxis, series } = draw({});
    expect(xAxis).toMatchObject({ type: 'value', min: 0, minInterval: 1 });
    expect(yAxis).toMatchObject({ type: 'category', inverse: true, data: ['Prima', 'Seconda'] });
    expect(series).toHaveLength(1);
    expect(series[0]).toMatchObject({ type: 'bar', name: 'Domande', data: [3, null], color: '#111' });
  });

  it('cut their names at two fifths of the room', () => {
    expect(draw({}).yAxis.axisLabel).toMatchObject({ width: 240, overflow: 'truncate', ellipsis: '…' });
    expect(draw({}, { width: 300 }).yAxis.axisLabel.width).toBe(120);
  });

  it('say their value at the end, in the language of the page', () => {
    const { label } = draw({}).series[0];
    expect(label).toMatchObject({ show: true, position: 'right' });
    expect(label.formatter({ value: 12345.67 })).toBe('12.345,7');
  });

  it('end where the longest does, and somewhere even if there is none', () => {
    const { max } = draw({}).xAxis;
    expect(max({ max: 128 })).toBe(128);
    expect(max({ max: 0 })).toBe(1);
  });

  it('say at the end of a stack what it comes to', () => {
    const { series, legend } = draw({ stacked: true, series: TWO });
    expect(series.map(({ stack }: { stack: string }) => stack)).toEqual(['all', 'all', 'all']);
    expect(series.slice(0, 2).every(({ label }: { label?: unknown }) => !label)).toBe(true);
    expect(series[2]).toMatchObject({ data: [0, 0], tooltip: { show: false } });
    expect(series[2].label.formatter({ dataIndex: 0 })).toBe('1234');
    expect(series[2].label.formatter({ dataIndex: 1 })).toBe('2');
    expect(legend.data).toEqual(['Interno', 'Esterno']);
  });

  it('are as high as there are many', () => {
    expect(heightOf(BARS, LOOK)).toBe(2 * 28 + 16);
    expect(heightOf({ ...BARS, series: TWO, stacked: true }, LOOK)).toBe(2 * 28 + 16 + 28);
    expect(heightOf({ ...BARS, series: TWO }, LOOK)).toBe(2 * 40 + 16 + 28);
  });
});

describe('columns', () => {
  const COLUMNS = { kind: 'columns', series: TWO } as const;

  it('stand, with a scale beside them and no value of their own', () => {
    const { xAxis, yAxis, series } = draw(COLUMNS);
    expect(xAxis).toMatchObject({ type: 'category', inverse: false });
    expect(yAxis).toMatchObject({ type: 'value', minInterval: 1, axisLabel: { show: true } });
    expect(series).toHaveLength(2);
    expect(series[0]).not.toHaveProperty('stack');
    expect(series[0]).not.toHaveProperty('label');
    expect(heightOf({ ...BARS, ...COLUMNS }, LOOK)).toBe(260);
  });

  it('are stacked when the server says so', () => {
    const { series } = draw({ ...COLUMNS, stacked: true });
    expect(series.map(({ stack }: { stack: string }) => stack)).toEqual(['all', 'all']);
    expect(series[0].itemStyle.borderWidth).toBe(1);
    const narrow = draw({ ...COLUMNS, stacked: true }, { width: 30 });
    expect(narrow.series[0].itemStyle.borderWidth).toBe(0);
  });
});

describe('shares', () => {
  it('are seen against the whole, and may have fractions', () => {
    const { xAxis, series } = draw({ unit: '%' });
    expect(xAxis.max).toBe(100);
    expect(xAxis).not.toHaveProperty('minInterval');
    expect(series[0].showBackground).toBe(true);
    expect(series[0].label.formatter({ value: 33.333 })).toBe('33,3\u00a0%');
  });

  it('have a scale of their own as columns', () => {
    const { yAxis } = draw({ kind: 'columns', unit: '%' });
    expect(yAxis).not.toHaveProperty('max');
    expect(yAxis.axisLabel.formatter(50)).toBe('50\u00a0%');
  });
});

describe('the legend', () => {
  it('is there for more than one', () => {
    expect(draw({})).not.toHaveProperty('legend');
    expect(draw({ series: TWO }).legend.data).toEqual(['Interno', 'Esterno']);
  });

  it('gets as many lines as its names need', () => {
    const top = (width: number): number => draw({ series: TWO }, { width }).grid.top;
    expect(top(150) - top(300)).toBe(28);
  });

  it('begins anew with the colours when there are more names', () => {
    const { series } = draw({ series: [...TWO, { name: 'Altro', values: [1, 1] }] });
    expect(series.map(({ color }: { color: string }) => color)).toEqual(['#111', '#222', '#111']);
  });
});

it('moves only when it may', () => {
  expect(draw({}).animation).toBe(false);
  expect(draw({}, { animated: true }).animation).toBe(true);
});

it('explains itself in text, whole, in lines that fit', () => {
  const { tooltip } = draw({});
  expect(tooltip).toMatchObject({ renderMode: 'richText', confine: true });
  expect(tooltip.valueFormatter(null)).toBe('–');
  const lines = wrap('Quanto costa la prima consulenza?', { ...LOOK, width: 200 });
  expect(lines).toBe('Quanto costa la\nprima consulenza?');
});
