import * as React from 'react';

import { line } from '../model/trails';

const WIDTH = 64;
const HEIGHT = 16;

/** How a number has moved, as a small line; nothing where there are too few values for one. */
export function Sparkline(props: {
  values: readonly number[];
  label: string;
}): React.JSX.Element | null {
  const { values, label } = props;
  if (values.length < 3) {
    return null;
  }
  return (
    <svg
      className="lb-Sparkline"
      viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <polyline points={line(values, WIDTH, HEIGHT)} />
    </svg>
  );
}
