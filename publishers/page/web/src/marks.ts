// How events are drawn: a shape and a colour for each kind, so that neither is needed alone.
import type { Kind } from './store';
import { colour } from './theme';

export const kinds: readonly Kind[] = [
  'burst',
  'unjudged',
  'interference',
  'injection',
  'alert',
  'retracted',
];

export const kindNames: Record<Kind, string> = {
  burst: 'burst',
  unjudged: 'unjudged',
  interference: 'interference',
  injection: 'injection',
  alert: 'prompt alert',
  retracted: 'retracted',
};

export const kindColour = (kind: Kind): string => colour(kind);

/** Larger where the S/N is higher: 2 to 9 pixels. */
export const radiusOf = (snr: number): number =>
  Math.min(9, 2 + 1.6 * Math.log2(Math.max(1, snr / 6)));

/** Adds the shape of a kind around a point to a path. */
export function addMark(path: Path2D, kind: Kind, x: number, y: number, r: number): void {
  switch (kind) {
    case 'injection':
      path.moveTo(x, y - r * 1.2);
      path.lineTo(x + r * 1.2, y);
      path.lineTo(x, y + r * 1.2);
      path.lineTo(x - r * 1.2, y);
      path.closePath();
      return;
    case 'alert':
      path.moveTo(x, y - r * 1.2);
      path.lineTo(x + r * 1.1, y + r * 0.8);
      path.lineTo(x - r * 1.1, y + r * 0.8);
      path.closePath();
      return;
    case 'interference':
    case 'retracted':
      path.moveTo(x - r * 0.7, y - r * 0.7);
      path.lineTo(x + r * 0.7, y + r * 0.7);
      path.moveTo(x + r * 0.7, y - r * 0.7);
      path.lineTo(x - r * 0.7, y + r * 0.7);
      return;
    case 'burst':
    case 'unjudged':
      path.moveTo(x + r, y);
      path.arc(x, y, r, 0, 2 * Math.PI);
  }
}

/** Whether the shape is filled; the others are outlines. */
export const isFilled = (kind: Kind): boolean => kind === 'burst';
