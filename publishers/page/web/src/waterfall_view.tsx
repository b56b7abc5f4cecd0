// The last seconds of the stream, before anything is done to it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { fetchWaterfall, type Waterfall, type WaterfallShape } from './api';
import { colour, type Theme } from './theme';

const betweenLooks = 500; // ms

/** Colours from dark over the theme's own to bright, by the value of a cell; 0 has no data. */
function colourTable(): Uint8ClampedArray {
  const stops = ['heat-0', 'heat-1', 'heat-2', 'heat-3', 'heat-4'].map((name) => {
    const hex = colour(name).replace('#', '');
    return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  });
  const table = new Uint8ClampedArray(256 * 4);
  for (let value = 1; value < 256; ++value) {
    // From two standard deviations below the median to six above it.
    const part = Math.min(1, Math.max(0, (value - 96) / 128)) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(part));
    for (let i = 0; i < 3; ++i) {
      const a = stops[low]?.[i] ?? 0;
      const b = stops[low + 1]?.[i] ?? 0;
      table[value * 4 + i] = a + (part - low) * (b - a);
    }
    table[value * 4 + 3] = 255;
  }
  return table;
}

function paint(canvas: HTMLCanvasElement, { shape, cells }: Waterfall): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  canvas.width = shape.columns;
  canvas.height = shape.bands;
  const table = new Uint32Array(colourTable().buffer);
  const image = context.createImageData(shape.columns, shape.bands);
  const pixels = new Uint32Array(image.data.buffer);
  cells.forEach((cell, i) => {
    pixels[i] = table[cell] ?? 0;
  });
  context.putImageData(image, 0, 0);
}

export function WaterfallView({ theme, searching }: { theme: Theme; searching: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef<Waterfall | null>(null);
  const [shape, setShape] = useState<WaterfallShape | null>(null);
  const [paused, setPaused] = useState(false);

  useEffect(() => {
    if (!searching || paused) return;
    let gone = false;
    const look = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const waterfall = await fetchWaterfall();
          if (waterfall) {
            newest.current = waterfall;
            if (canvas.current) paint(canvas.current, waterfall);
            setShape(waterfall.shape);
          }
        } catch {
          // The header tells that the connection is lost; the last picture stays.
        }
      }
      if (!gone) timer = setTimeout(() => void look(), betweenLooks);
    };
    let timer = setTimeout(() => void look(), 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [searching, paused]);

  useEffect(() => {
    if (canvas.current && newest.current) paint(canvas.current, newest.current);
  }, [theme]);

  const seconds = shape ? shape.columns * shape.column_s : 10;
  const mean = shape && shape.looked_at < shape.column_samples
    ? `mean of ${shape.looked_at} of ${shape.column_samples} spectra` : 'mean of all spectra';
  return (
    <section class="panel waterfall" aria-labelledby="waterfall-title">
      <h2 id="waterfall-title">
        Waterfall
        <span class="note">
          {shape ? `raw power, each band to its own noise; a column is ${(1e3 * shape.column_s).toPrecision(3)} ms, ${mean}` : 'nothing has come yet'}
        </span>
        <button type="button" aria-pressed={paused} onClick={() => { setPaused(!paused); }}>
          {paused ? 'go on' : 'pause'}
        </button>
      </h2>
      <div class="waterfall-box">
        <span class="y-top">{shape ? shape.top_mhz.toFixed(0) : '–'}</span>
        <span class="y-unit">MHz</span>
        <span class="y-bottom">{shape ? shape.bottom_mhz.toFixed(0) : '–'}</span>
        <canvas ref={canvas} role="img" aria-label="Power of the last seconds by frequency and time" />
        <span class="x-left">−{seconds.toFixed(1)} s</span>
        <span class="x-right">{shape ? `${shape.end_s.toFixed(1)} s of the observation` : 'now'}</span>
      </div>
    </section>
  );
}
