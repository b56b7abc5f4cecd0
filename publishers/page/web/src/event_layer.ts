// The marks of all events of the plot, as pixels: each mark is drawn once for its kind and size, and
// copied from then on. Drawn as paths, ten thousand take a machine without a graphics card a tenth of
// a second and more.
import { isFilled, kinds, lineWidth, radiusOf, shapeOf } from './marks';
import type { Kind, Shown } from './store';
import { colour } from './theme';

/** Where the events lie: edges of the box in their units, and its size in pixels of the canvas. */
export interface Frame {
  left: number;
  right: number;
  bottom: number;
  top: number;
  width: number;
  height: number;
}

/** The pixels of a mark that are not empty: where, from its middle, and of which colour. */
interface Stamp {
  reach: number;
  dx: Int8Array;
  dy: Int8Array;
  colours: Uint32Array; // as ImageData has them
}

const sizesAPixel = 2;

function makeStamp(kind: Kind, radius: number, ratio: number): Stamp {
  const reach = Math.min(127, Math.ceil((1.2 * radius + lineWidth) * ratio));
  const side = 2 * reach + 1;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser has no canvas');
  context.translate(reach + 0.5, reach + 0.5);
  context.scale(ratio, ratio);
  context.lineWidth = lineWidth;
  context.strokeStyle = context.fillStyle = colour(kind);
  const path = new Path2D(shapeOf(kind, radius));
  if (isFilled(kind)) context.fill(path);
  else context.stroke(path);
  const pixels = new Uint32Array(context.getImageData(0, 0, side, side).data.buffer);
  const places = [...pixels.keys()].filter((place) => pixels[place] !== 0);
  return {
    reach,
    dx: Int8Array.from(places, (place) => (place % side) - reach),
    dy: Int8Array.from(places, (place) => Math.floor(place / side) - reach),
    colours: Uint32Array.from(places, (place) => pixels[place] ?? 0),
  };
}

/** One colour over another, both as ImageData has them: alpha in the highest byte. */
function over(above: number, below: number): number {
  const alpha = above >>> 24;
  if (alpha === 255 || below === 0) return above;
  const under = ((below >>> 24) * (255 - alpha)) / 255;
  const part = alpha / (alpha + under);
  let mixed = Math.round(alpha + under) << 24;
  for (let shift = 0; shift < 24; shift += 8) {
    const b = (below >>> shift) & 255;
    mixed |= Math.round(b + (((above >>> shift) & 255) - b) * part) << shift;
  }
  return mixed >>> 0;
}

interface Pixels {
  width: number;
  height: number;
  colours: Uint32Array; // [row][column]
}

/** Puts the middle of a stamp on a pixel; what lies outside is left out. */
function press({ reach, dx, dy, colours }: Stamp, pixels: Pixels, x: number, y: number): void {
  const { width, height } = pixels;
  if (x < -reach || x >= width + reach || y < -reach || y >= height + reach) return;
  const inside = x >= reach && x < width - reach && y >= reach && y < height - reach;
  for (let i = 0; i < colours.length; ++i) {
    const column = x + (dx[i] ?? 0);
    const row = y + (dy[i] ?? 0);
    if (!inside && (column < 0 || column >= width || row < 0 || row >= height)) continue;
    const place = row * width + column;
    pixels.colours[place] = over(colours[i] ?? 0, pixels.colours[place] ?? 0);
  }
}

export class EventLayer {
  private readonly canvas = document.createElement('canvas');
  private stamps = new Map<number, Stamp>();
  private stampsOf = '';
  private drawn: readonly unknown[] = [];

  /** @returns All of them as a picture of the frame's size; it is kept until something differs. */
  picture(events: readonly Shown[], frame: Frame, ratio: number, theme: string): HTMLCanvasElement {
    const { left, right, bottom, top, width, height } = frame;
    const wanted = [events, ratio, theme, left, right, bottom, top, width, height];
    if (wanted.every((one, i) => one === this.drawn[i])) return this.canvas;
    this.drawn = wanted;
    if (this.stampsOf !== `${theme} ${ratio}`) this.stamps.clear();
    this.stampsOf = `${theme} ${ratio}`;
    this.draw(events, frame, ratio);
    return this.canvas;
  }

  private draw(events: readonly Shown[], frame: Frame, ratio: number): void {
    const { width, height } = frame;
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext('2d', { willReadFrequently: true });
    if (!context) return;
    const image = context.createImageData(width, height);
    const pixels = { width, height, colours: new Uint32Array(image.data.buffer) };
    const perSecond = width / (frame.right - frame.left);
    const perDm = height / (frame.top - frame.bottom);
    for (const kind of [...kinds].reverse()) {
      for (const event of events) {
        if (event.kind !== kind) continue;
        const x = Math.floor((event.time - frame.left) * perSecond);
        const y = Math.floor((frame.top - event.dm_pc_cm3) * perDm);
        press(this.stampOf(event, ratio), pixels, x, y);
      }
    }
    context.putImageData(image, 0, 0);
  }

  private stampOf({ kind, snr }: Shown, ratio: number): Stamp {
    const size = Math.round(radiusOf(snr) * sizesAPixel);
    const key = size * kinds.length + kinds.indexOf(kind);
    let stamp = this.stamps.get(key);
    if (!stamp) {
      stamp = makeStamp(kind, size / sizesAPixel, ratio);
      this.stamps.set(key, stamp);
    }
    return stamp;
  }
}
