import * as React from 'react';

/** A picture of `side` × `side` grey values from 0 to 1. */
export function Pixels(props: {
  pixels: readonly number[];
  side: number;
  label: string;
}): React.JSX.Element {
  const { pixels, side, label } = props;
  return (
    <svg className="lb-Pixels" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label}>
      {pixels.map((value, at) =>
        value > 0 ? (
          <rect
            key={at}
            x={at % side}
            y={Math.floor(at / side)}
            width={1}
            height={1}
            opacity={value}
          />
        ) : null
      )}
    </svg>
  );
}
