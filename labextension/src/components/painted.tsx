import * as React from 'react';

import { useLayoutEffect, useRef } from 'react';

/** A stretch of a text that is painted, by the name of its paint. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly paint: string;
}

/**
 * A long text as one node of the document, with stretches of it in colours: the browser paints them
 * (CSS Custom Highlight API), so that ten thousand lines are no load. Where it cannot, they are plain.
 */
export function Painted(props: { text: string; stretches: readonly Stretch[] }): React.JSX.Element {
  const { text, stretches } = props;
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const node = place.current?.firstChild;
    if (!node || !('highlights' in CSS)) {
      return undefined;
    }
    const undo = stretches.map(({ start, end, paint }) => {
      const range = new StaticRange({
        startContainer: node,
        startOffset: start,
        endContainer: node,
        endOffset: end
      });
      const highlight = paintOf(paint);
      highlight.add(range);
      return () => highlight.delete(range);
    });
    return () => undo.forEach(each => each());
  }, [text, stretches]);
  return <span ref={place}>{text}</span>;
}

/** All texts of the page share a paint. */
function paintOf(name: string): Highlight {
  const known = CSS.highlights.get(`lb-${name}`);
  const paint = known ?? new Highlight();
  if (!known) {
    // What is found stands out from the colours.
    paint.priority = name.startsWith('found') ? 1 : 0;
    CSS.highlights.set(`lb-${name}`, paint);
  }
  return paint;
}
