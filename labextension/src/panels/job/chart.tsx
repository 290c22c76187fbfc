import * as React from 'react';

import { useEffect, useRef } from 'react';

import uPlot from 'uplot';

import type { Curves } from '../../model/curves';
import { figure } from '../../model/words';
import { useTheme } from '../../components/hooks';

const HEIGHT = 180;
const COLOURS = [
  '--jp-brand-color1',
  '--jp-warn-color1',
  '--jp-success-color1',
  '--jp-error-color1'
];

/** Curves over the steps, in the theme's colours. */
export function Chart({ curves, step }: { curves: Curves; step: string }): React.JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const names = curves.lines.map(line => line.name).join('\n');
  useEffect(() => {
    const element = place.current;
    if (!element) {
      return undefined;
    }
    const made = new uPlot(
      options(step, names.split('\n'), element.clientWidth),
      undefined,
      element
    );
    plot.current = made;
    const watch = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT })
    );
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [theme, names, step]);
  useEffect(() => {
    plot.current?.setData([
      [...curves.steps],
      ...curves.lines.map(line => [...line.values])
    ] as uPlot.AlignedData);
  }, [curves, theme, names]);
  return (
    <figure className="lb-Chart">
      <figcaption>{curves.title}</figcaption>
      <div ref={place} />
    </figure>
  );
}

function options(step: string, names: string[], width: number): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: colour('--jp-ui-font-color2'),
    font: `11px ${colour('--jp-ui-font-family')}`,
    grid: { stroke: colour('--jp-border-color3'), width: 1 },
    ticks: { show: false }
  };
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 28 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map(figure) }
    ],
    legend: { live: true },
    cursor: { y: false, points: { size: 6 } },
    series: [
      {
        label: step,
        value: (_: uPlot, value: number | null) => (value === null ? '–' : figure(value))
      },
      ...names.map((label, at) => ({
        label,
        stroke: colour(COLOURS[at % COLOURS.length] ?? ''),
        width: 1.75,
        spanGaps: true,
        value: (_: uPlot, value: number | null) => (value === null ? '–' : figure(value))
      }))
    ]
  };
}

function colour(variable: string): string {
  return getComputedStyle(document.body).getPropertyValue(variable).trim();
}
