import * as React from 'react';

import { useEffect, useRef, useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useTheme } from '../../components/hooks';
import type { Point, Stroke } from '../../model/strokes';
import { pixelsOf } from '../../model/strokes';
import type { ImageInput } from '../../model/tryit';
import { instanceOf } from '../../model/tryit';
import type { ServiceModel } from './model';

/** Pixels of the screen. */
const SIZE = 240;
const PEN = 20;
/** The largest value of a pixel: models learn from pictures on one of these scales. */
const SCALES = [1, 16, 255];

interface DrawProps {
  readonly input: ImageInput;
  readonly model: ServiceModel;
  readonly trans: TranslationBundle;
}

/** Paper to draw on; the model is asked at each stroke. */
export function Draw({ input, model, trans }: DrawProps): React.JSX.Element {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [scale, setScale] = useState(1);
  useEffect(() => {
    if (strokes.length) {
      const pixels = pixelsOf(strokes, input.side).map(value => value * scale);
      void model.ask(instanceOf(input, pixels));
    } else {
      model.clear();
    }
  }, [strokes, scale, input, model]);
  return (
    <div className="lb-Draw">
      <Paper strokes={strokes} onChange={setStrokes} label={trans.__('Draw here')} />
      <Seen pixels={pixelsOf(strokes, input.side)} side={input.side} trans={trans} />
      <div className="lb-Draw-tools">
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          disabled={!strokes.length}
          onClick={() => setStrokes([])}
        >
          {trans.__('Clear')}
        </button>
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          disabled={!strokes.length}
          onClick={() => setStrokes(strokes.slice(0, -1))}
        >
          {trans.__('Undo')}
        </button>
        <label>
          {trans.__('Full ink counts as')}
          <select value={scale} onChange={event => setScale(Number(event.target.value))}>
            {SCALES.map(each => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}

interface PaperProps {
  readonly strokes: readonly Stroke[];
  readonly onChange: (strokes: readonly Stroke[]) => void;
  readonly label: string;
}

function Paper({ strokes, onChange, label }: PaperProps): React.JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => paint(canvas.current, strokes), [strokes, theme]);
  const drawn = (event: React.PointerEvent<HTMLCanvasElement>): void => {
    const point = placeOf(event);
    if (event.type === 'pointerdown') {
      event.currentTarget.setPointerCapture(event.pointerId);
      onChange([...strokes, [point]]);
    } else if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      onChange([...strokes.slice(0, -1), [...(strokes[strokes.length - 1] ?? []), point]]);
    }
  };
  return (
    <canvas
      ref={canvas}
      className="lb-Paper"
      width={SIZE}
      height={SIZE}
      role="img"
      aria-label={label}
      onPointerDown={drawn}
      onPointerMove={drawn}
    />
  );
}

function placeOf(event: React.PointerEvent<HTMLCanvasElement>): Point {
  const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

function paint(canvas: HTMLCanvasElement | null, strokes: readonly Stroke[]): void {
  const pen = canvas?.getContext('2d');
  if (!canvas || !pen) {
    return;
  }
  pen.clearRect(0, 0, SIZE, SIZE);
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.lineWidth = PEN;
  pen.lineCap = pen.lineJoin = 'round';
  for (const stroke of strokes) {
    pen.beginPath();
    stroke.forEach(({ x, y }) => pen.lineTo(x * SIZE, y * SIZE));
    const [first] = stroke;
    if (stroke.length === 1 && first) {
      pen.lineTo(first.x * SIZE, first.y * SIZE);
    }
    pen.stroke();
  }
}

/** What the model is given of it. */
function Seen(props: {
  pixels: readonly number[];
  side: number;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { pixels, side, trans } = props;
  return (
    <figure className="lb-Seen">
      <svg viewBox={`0 0 ${side} ${side}`} role="img" aria-label={trans.__('What the model sees')}>
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
      <figcaption>{trans.__('as the model sees it')}</figcaption>
    </figure>
  );
}
