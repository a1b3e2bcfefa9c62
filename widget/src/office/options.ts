/** From what the server says of a chart to what ECharts draws. Knows no document. */

import type { BarSeriesOption } from 'echarts/charts';
import type {
  GridComponentOption,
  LegendComponentOption,
  TooltipComponentOption,
} from 'echarts/components';
import type { ComposeOption } from 'echarts/core';

export type Option = ComposeOption<
  BarSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>;

interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Chart {
  readonly kind: 'columns' | 'bars';
  readonly stacked: boolean;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  readonly unit: '' | '%';
}

/** How it is to look, as the page and its reader want it. Lengths are CSS pixels. */
export interface Look {
  readonly width: number;
  readonly palette: readonly string[];
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly paper: string;
  readonly font: string;
  readonly language: string;
  readonly animated: boolean;
  /** How wide a text is at `FONT_SIZE`. */
  measure(text: string): number;
}

export const FONT_SIZE = 13;

const COLUMNS_HEIGHT = 260;
const ROW = 28;
/** What each bar needs where several stand side by side in a row. */
const BAR = 16;
const MARGIN = 8;
const LEGEND_ROW = 28;
const LEGEND_MARK = 12;
const LEGEND_GAP = 16;
const NAMES_SHARE = 0.4;
/** Columns closer together than this have no room for lines between their parts. */
const DENSE = 16;

/** Read the server's JSON; null where it is no chart, or one without anything to draw. */
export function readChart(text: string): Chart | null {
  let chart: Partial<Chart> | null;
  try {
    chart = JSON.parse(text) as Partial<Chart> | null;
  } catch {
    return null;
  }
  const isChart =
    (chart?.kind === 'columns' || chart?.kind === 'bars') &&
    (chart.unit === '' || chart.unit === '%') &&
    typeof chart.stacked === 'boolean' &&
    isFilled(chart.categories) &&
    chart.categories.every((name) => typeof name === 'string') &&
    isFilled(chart.series) &&
    chart.series.every(isSeries);
  return isChart ? (chart as Chart) : null;
}

/** How high the whole picture is, in CSS pixels. */
export function heightOf(chart: Chart, look: Look): number {
  if (chart.kind === 'columns') return COLUMNS_HEIGHT;
  const row = chart.stacked ? ROW : Math.max(ROW, chart.series.length * BAR + MARGIN);
  return chart.categories.length * row + legendHeight(chart, look) + 2 * MARGIN;
}

/** Everything that ECharts needs to draw the chart. */
export function optionOf(chart: Chart, look: Look): Option {
  const bars = chart.kind === 'bars';
  const write = writer(chart, look);
  const names = namesAxis(chart, look);
  const values = valuesAxis(chart, look, write);
  return {
    animation: look.animated,
    animationDuration: 400,
    color: [...look.palette],
    textStyle: { fontFamily: look.font, fontSize: FONT_SIZE, color: look.ink },
    ...(chart.series.length > 1 && { legend: legend(chart, look) }),
    grid: {
      left: 0,
      right: bars ? widestValue(chart, look, write) + 2 * MARGIN : MARGIN,
      top: legendHeight(chart, look) + MARGIN,
      bottom: MARGIN,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    ...(bars ? { xAxis: values, yAxis: names } : { xAxis: names, yAxis: values }),
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: look.paper,
      borderColor: look.line,
      textStyle: { color: look.ink, fontSize: FONT_SIZE },
      valueFormatter: (value) => (typeof value === 'number' ? write(value) : '–'),
      axisPointer: {
        type: 'shadow',
        z: 1, // behind the bars
        shadowStyle: { color: look.line, opacity: 0.35 },
        label: { formatter: ({ value }) => wrap(String(value), look) },
      },
    },
    series: [
      ...chart.series.map((series, index) => bar(chart, look, write, series, index)),
      ...(bars && chart.stacked ? [totals(chart, look, write)] : []),
    ],
  };
}

/** Split a text into lines that fit into a tooltip. */
export function wrap(text: string, look: Look): string {
  const room = look.width * 0.7;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && look.measure(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join('\n');
}

type Write = (value: number) => string;

function namesAxis({ kind, categories }: Chart, look: Look) {
  const bars = kind === 'bars';
  return {
    type: 'category' as const,
    data: [...categories],
    inverse: bars, // the first one on top
    axisTick: { show: false },
    axisLine: { show: !bars, lineStyle: { color: look.line } },
    axisLabel: {
      color: bars ? look.ink : look.muted,
      fontSize: FONT_SIZE,
      ...(bars
        ? {
            interval: 0,
            width: Math.round(look.width * NAMES_SHARE),
            overflow: 'truncate' as const,
            ellipsis: '…',
          }
        : { hideOverlap: true }),
    },
  };
}

function valuesAxis({ kind, unit }: Chart, look: Look, write: Write) {
  const bars = kind === 'bars';
  return {
    type: 'value' as const,
    min: 0,
    // A share is seen against the whole; how shares change with time needs the room.
    ...(bars && { max: unit === '%' ? 100 : ({ max }: { max: number }) => Math.max(max, 1) }),
    ...(unit !== '%' && { minInterval: 1 }),
    splitNumber: 4,
    splitLine: { show: !bars, lineStyle: { color: look.line } },
    // Each bar says its value itself.
    axisLabel: { show: !bars, color: look.muted, fontSize: FONT_SIZE, formatter: write },
  };
}

function bar(chart: Chart, look: Look, write: Write, series: Series, index: number): BarSeriesOption {
  const bars = chart.kind === 'bars';
  const dense = !bars && look.width / chart.categories.length < DENSE;
  const rounded = bars ? [0, 3, 3, 0] : [3, 3, 0, 0];
  return {
    type: 'bar',
    name: series.name,
    data: [...series.values],
    barMaxWidth: bars ? BAR : 36,
    barGap: '10%',
    color: colourOf(look, index),
    ...(chart.stacked
      ? { stack: 'all', itemStyle: { borderColor: look.paper, borderWidth: dense ? 0 : 1 } }
      : { itemStyle: { borderRadius: rounded } }),
    ...(bars && !chart.stacked && { label: valueLabel(look, ({ value }) => write(Number(value))) }),
    ...(bars &&
      chart.unit === '%' &&
      chart.series.length === 1 && {
        showBackground: true,
        backgroundStyle: { color: look.line, opacity: 0.35, borderRadius: rounded },
      }),
    emphasis: { disabled: true },
  };
}

/** Nothing to see but what a whole stack comes to, at its end. */
function totals(chart: Chart, look: Look, write: Write): BarSeriesOption {
  const sums = chart.categories.map((_, row) => total(chart, row));
  return {
    type: 'bar',
    stack: 'all',
    data: chart.categories.map(() => 0),
    color: 'transparent',
    silent: true,
    tooltip: { show: false },
    label: valueLabel(look, ({ dataIndex }) => write(sums[dataIndex] ?? 0)),
  };
}

function valueLabel(look: Look, formatter: (item: { value: unknown; dataIndex: number }) => string) {
  const colours = { color: look.ink, textBorderColor: look.paper, textBorderWidth: 2 };
  return {
    show: true,
    position: 'right' as const,
    fontSize: FONT_SIZE,
    ...colours,
    formatter: (item: unknown) => formatter(item as { value: unknown; dataIndex: number }),
  };
}

function legend(chart: Chart, look: Look): LegendComponentOption {
  return {
    data: chart.series.map(({ name }) => name),
    left: 0,
    top: 0,
    padding: 0,
    icon: 'roundRect',
    itemWidth: LEGEND_MARK,
    itemHeight: LEGEND_MARK,
    itemGap: LEGEND_GAP,
    itemStyle: { borderWidth: 0 },
    // To leave one out would make the totals of the others wrong.
    selectedMode: false,
    textStyle: { color: look.ink, fontSize: FONT_SIZE },
  };
}

/** ECharts does not move the picture away from its legend: the names' lines are counted here. */
function legendHeight({ series }: Chart, look: Look): number {
  if (series.length < 2) return 0;
  let [rows, filled] = [1, 0];
  for (const { name } of series) {
    const wide = LEGEND_MARK + 8 + look.measure(name) + LEGEND_GAP;
    if (filled > 0 && filled + wide > look.width) [rows, filled] = [rows + 1, 0];
    filled += wide;
  }
  return rows * LEGEND_ROW;
}

function widestValue(chart: Chart, look: Look, write: Write): number {
  const all = chart.categories.flatMap((_, row) =>
    chart.stacked ? [total(chart, row)] : chart.series.map(({ values }) => values[row] ?? 0),
  );
  return Math.ceil(Math.max(...all.map((value) => look.measure(write(value)))));
}

function total({ series }: Chart, row: number): number {
  return series.reduce((sum, { values }) => sum + (values[row] ?? 0), 0);
}

function writer({ unit }: Chart, look: Look): Write {
  const format = new Intl.NumberFormat(look.language, { maximumFractionDigits: 1 });
  return (value) => `${format.format(value)}${unit && `\u00a0${unit}`}`;
}

function colourOf({ palette, ink }: Look, index: number): string {
  return palette[index % palette.length] ?? ink;
}

function isSeries(series: unknown): series is Series {
  const { name, values } = (series ?? {}) as Partial<Series>;
  return (
    typeof name === 'string' &&
    Array.isArray(values) &&
    values.every((value) => value === null || typeof value === 'number')
  );
}

function isFilled<T>(list: readonly T[] | undefined): list is readonly T[] {
  return Array.isArray(list) && list.length > 0;
}
