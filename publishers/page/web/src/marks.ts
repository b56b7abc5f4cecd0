// How events are drawn: a shape and a colour for each kind, so that neither is needed alone.
import type { Kind } from './store';

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

export const lineWidth = 1.5; // pixels

/** Larger where the S/N is higher: 2 to 9 pixels. */
export const radiusOf = (snr: number): number =>
  Math.min(9, 2 + 1.6 * Math.log2(Math.max(1, snr / 6)));

/** The shape of a kind around the origin, as a path of SVG; it reaches 1.2 radii. */
export function shapeOf(kind: Kind, radius: number): string {
  const [r, far, near] = [radius, 1.2 * radius, 0.7 * radius];
  switch (kind) {
    case 'injection':
      return `M0 ${-far}L${far} 0L0 ${far}L${-far} 0Z`;
    case 'alert':
      return `M0 ${-far}L${1.1 * r} ${0.8 * r}L${-1.1 * r} ${0.8 * r}Z`;
    case 'interference':
    case 'retracted':
      return `M${-near} ${-near}L${near} ${near}M${near} ${-near}L${-near} ${near}`;
    case 'burst':
    case 'unjudged':
      return `M${r} 0A${r} ${r} 0 1 1 ${-r} 0A${r} ${r} 0 1 1 ${r} 0Z`;
  }
}

/** Whether the shape is filled; the others are outlines. */
export const isFilled = (kind: Kind): boolean => kind === 'burst';
