import * as React from 'react';

import { useEffect, useMemo, useRef, useState } from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';

import { useTheme } from '../../components/hooks';
import type { Point, Stroke } from '../../model/strokes';
import { pixelsOf } from '../../model/strokes';
import type { ImageInput } from '../../model/tryit';
import { instanceOf } from '../../model/tryit';
import type { ServiceModel } from './model';
import { readPicture } from './picture';
import { Pixels } from './pixels';

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

/** Paper to draw on, or to drop a picture on; the model is asked at each stroke. */
export function Draw({ input, model, trans }: DrawProps): React.JSX.Element {
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [picture, setPicture] = useState<readonly number[] | null>(null);
  const [unread, setUnread] = useState('');
  const [scale, setScale] = useState(1);
  const pixels = useMemo(
    () => picture ?? pixelsOf(strokes, input.side),
    [picture, strokes, input.side]
  );
  const isEmpty = !picture && !strokes.length;
  useEffect(() => {
    if (isEmpty) {
      model.clear();
    } else {
      void model.ask(
        instanceOf(
          input,
          pixels.map(value => value * scale)
        )
      );
    }
  }, [isEmpty, pixels, scale, input, model]);
  const draw = (drawn: readonly Stroke[]): void => {
    setPicture(null);
    setUnread('');
    setStrokes(drawn);
  };
  const take = async (file: Blob | undefined): Promise<void> => {
    if (file) {
      try {
        const read = await readPicture(file, input.side);
        draw([]);
        setPicture(read);
      } catch {
        setUnread(
          trans.__('This is no picture that the browser can read; choose a PNG or a JPEG.')
        );
      }
    }
  };
  return (
    <div
      className="lb-Draw"
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault();
        void take(event.dataTransfer.files[0]);
      }}
    >
      <Paper strokes={strokes} picture={picture} onChange={draw} label={trans.__('Draw here')} />
      <Seen pixels={pixels} side={input.side} trans={trans} />
      <div className="lb-Draw-tools">
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          disabled={isEmpty}
          onClick={() => draw([])}
        >
          {trans.__('Clear')}
        </button>
        <button
          type="button"
          className="jp-mod-styled jp-mod-reject"
          disabled={!strokes.length}
          onClick={() => draw(strokes.slice(0, -1))}
        >
          {trans.__('Undo')}
        </button>
        <Chooser label={trans.__('Picture…')} choose={file => void take(file)} />
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
      {unread && (
        <p className="lb-Problem lb-Draw-tools" role="alert">
          {unread}
        </p>
      )}
    </div>
  );
}

/** A button that lets one choose a picture's file. */
function Chooser(props: {
  label: string;
  choose: (file: Blob | undefined) => void;
}): React.JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="jp-mod-styled jp-mod-reject"
        onClick={() => input.current?.click()}
      >
        {props.label}
      </button>
      <input
        ref={input}
        type="file"
        accept="image/*"
        hidden
        aria-label={props.label}
        onChange={event => {
          props.choose(event.target.files?.[0]);
          event.target.value = ''; // the same file may be chosen again
        }}
      />
    </>
  );
}

interface PaperProps {
  readonly strokes: readonly Stroke[];
  /** Grey values, in place of strokes. */
  readonly picture: readonly number[] | null;
  readonly onChange: (strokes: readonly Stroke[]) => void;
  readonly label: string;
}

function Paper({ strokes, picture, onChange, label }: PaperProps): React.JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  useEffect(() => paint(canvas.current, strokes, picture), [strokes, picture, theme]);
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

function paint(
  canvas: HTMLCanvasElement | null,
  strokes: readonly Stroke[],
  picture: readonly number[] | null
): void {
  const pen = canvas?.getContext('2d');
  if (!canvas || !pen) {
    return;
  }
  pen.clearRect(0, 0, SIZE, SIZE);
  pen.strokeStyle = pen.fillStyle = getComputedStyle(canvas).color;
  const side = Math.sqrt(picture?.length ?? 0);
  picture?.forEach((value, at) => {
    pen.globalAlpha = value;
    const size = SIZE / side;
    pen.fillRect((at % side) * size, Math.floor(at / side) * size, size, size);
  });
  pen.globalAlpha = 1;
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
      <Pixels pixels={pixels} side={side} label={trans.__('What the model sees')} />
      <figcaption>{trans.__('as the model sees it')}</figcaption>
    </figure>
  );
}
