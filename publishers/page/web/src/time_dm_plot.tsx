// Events in time and dispersion measure, as they come.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { EventLayer, type Frame } from './event_layer';
import { clockOf, dateOf, fixed } from './format';
import { radiusOf } from './marks';
import type { Shown } from './store';
import { colour, type Theme } from './theme';

interface Props {
  /** The newest first. */
  events: readonly Shown[];
  selected: string | null;
  /** Shown up to the newest event [s]; null = all of it. */
  span: number | null;
  theme: Theme;
  onSelect: (event: Shown) => void;
  onOpen: (event: Shown) => void;
}

const reach = 12; // pixels from the pointer
const ringWidth = 2;

/** What the plot draws at its next turn; uPlot keeps the plot itself. */
interface Drawn {
  events: readonly Shown[];
  selected: string | null;
  theme: Theme;
  layer: EventLayer;
  whole: Whole;
  /** Whether somebody looks closer: at a part that was chosen with the mouse. */
  closer: boolean;
}

/** What is shown unless somebody looks closer: times [s] and DMs [pc cm^-3]. */
interface Whole {
  times: [number, number];
  dms: [number, number];
}

function wholeOf(events: readonly Shown[], span: number | null): Whole {
  const newest = events.reduce((latest, event) => Math.max(latest, event.time), -Infinity);
  if (!Number.isFinite(newest)) {
    const now = Date.now() / 1000;
    return { times: [now - 60, now], dms: [-30, 1060] };
  }
  const oldest = events.reduce((first, event) => Math.min(first, event.time), Infinity);
  const margin = Math.max(1, 0.02 * (span ?? newest - oldest));
  const begin = span === null ? oldest - margin : newest - span;
  const highest = events.reduce((most, event) => (event.time >= begin ? Math.max(most, event.dm_pc_cm3) : most), 10);
  return { times: [begin, newest + margin], dms: [-0.03 * highest, 1.06 * highest] };
}

/** @param width, height  Of the box, in whichever pixels. */
function frameOf(plot: uPlot, width: number, height: number): Frame {
  const { x, y } = plot.scales;
  return { left: x?.min ?? 0, right: x?.max ?? 1, bottom: y?.min ?? 0, top: y?.max ?? 1, width, height };
}

function drawEvents(plot: uPlot, drawn: Drawn): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const ratio = devicePixelRatio;
  const frame = frameOf(plot, Math.round(width), Math.round(height));
  if (frame.width <= 0 || frame.height <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.drawImage(drawn.layer.picture(drawn.events, frame, ratio, drawn.theme), left, top);
  const chosen = drawn.events.find((event) => event.event_id === drawn.selected);
  if (chosen) {
    ctx.beginPath();
    const x = plot.valToPos(chosen.time, 'x', true);
    const y = plot.valToPos(chosen.dm_pc_cm3, 'y', true);
    ctx.arc(x, y, (radiusOf(chosen.snr) + 5) * ratio, 0, 2 * Math.PI);
    ctx.lineWidth = ringWidth * ratio;
    ctx.strokeStyle = colour('focus');
    ctx.stroke();
  }
  ctx.restore();
}

/** The event nearest to the pointer, within reach. */
function nearest(plot: uPlot, events: readonly Shown[]): Shown | null {
  const { left, top } = plot.cursor;
  if (left === undefined || top === undefined || left < 0) return null;
  const frame = frameOf(plot, plot.over.clientWidth, plot.over.clientHeight);
  const perSecond = frame.width / (frame.right - frame.left);
  const perDm = frame.height / (frame.top - frame.bottom);
  let best: Shown | null = null;
  let least = reach * reach;
  for (const event of events) {
    const dx = (event.time - frame.left) * perSecond - left;
    const dy = (frame.top - event.dm_pc_cm3) * perDm - top;
    const distance = dx * dx + dy * dy;
    if (distance < least) {
      least = distance;
      best = event;
    }
  }
  return best;
}

/** Times in UTC, with as much of them as differs; each new day with its date. */
function timeLabels(_: uPlot, times: number[], __: number, ___: number, step: number): string[] {
  let day = '';
  return times.map((time) => {
    const utc = new Date(time * 1000).toISOString();
    const clock = utc.slice(11, step < 1 ? 23 : step < 60 ? 19 : 16);
    const date = dateOf(utc);
    const label = date === day ? clock : `${clock}\n${date}`;
    day = date;
    return step >= 86_400 ? date : label;
  });
}

function makePlot(
  box: HTMLElement,
  drawn: Drawn,
  hovered: (event: Shown | null) => void,
): uPlot {
  const axis = {
    stroke: () => colour('dim'),
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { stroke: () => colour('grid'), width: 1, size: 4 },
    font: '11px system-ui',
    labelFont: '12px system-ui',
    labelSize: 18,
  };
  return new uPlot(
    {
      width: box.clientWidth,
      height: box.clientHeight,
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
      legend: { show: false },
      cursor: { drag: { x: true, y: true, uni: 20 }, points: { show: false } },
      scales: {
        x: { time: true, range: (_, low, high) => [low, high] },
        y: { range: () => drawn.whole.dms },
      },
      axes: [
        { ...axis, label: 'arrival at the highest channel (UTC)', size: 34, space: 84, values: timeLabels },
        { ...axis, label: 'DM (pc cm⁻³)', size: 52, values: (_, dms) => dms.map((dm) => String(Number(dm.toFixed(6)))) },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        draw: [
          (plot) => {
            drawEvents(plot, drawn);
            hovered(nearest(plot, drawn.events));
          },
        ],
        setSelect: [
          ({ select }) => {
            drawn.closer ||= select.width > 0 || select.height > 0;
          },
        ],
        setCursor: [
          (plot) => {
            hovered(nearest(plot, drawn.events));
          },
        ],
      },
    },
    [drawn.whole.times, drawn.whole.dms],
    box,
  );
}

export function TimeDmPlot({ events, selected, span, theme, onSelect, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [drawn] = useState<Drawn>(() => ({ events, selected, theme, layer: new EventLayer(), whole: wholeOf(events, span), closer: false }));
  const shownSpan = useRef(span);
  const hovered = useRef<Shown | null>(null);
  Object.assign(drawn, { events, selected, theme });

  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const made = makePlot(host, drawn, (event) => {
      hovered.current = event;
      host.classList.toggle('hits', event !== null);
      const text = tip.current;
      if (!text) return;
      text.textContent = event
        ? `${event.kind}  S/N ${fixed(event.snr, 1)}  DM ${fixed(event.dm_pc_cm3, 1)} pc cm⁻³  ` +
          `${dateOf(event.toa_utc)} ${clockOf(event.toa_utc)}`
        : '';
    });
    plot.current = made;
    const watch = new ResizeObserver(() => {
      made.setSize({ width: host.clientWidth, height: host.clientHeight });
    });
    watch.observe(host);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, []);

  // Who looks closer is not taken away from there by what comes.
  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    drawn.closer &&= shownSpan.current === span;
    shownSpan.current = span;
    drawn.whole = wholeOf(events, span);
    made.setData([drawn.whole.times, drawn.whole.dms], !drawn.closer);
    if (drawn.closer) made.redraw(false);
  }, [events, span]);

  useEffect(() => {
    plot.current?.redraw(false);
  }, [selected, theme]);

  const hit = (action: (event: Shown) => void) => () => {
    if (hovered.current) action(hovered.current);
  };
  return (
    <div class="plot">
      <div
        class="plot-box"
        ref={box}
        role="img"
        aria-label={`${events.length} events in time and dispersion measure; the list has them, too`}
        onClick={hit(onOpen)}
        onMouseDown={hit(onSelect)}
        onDblClick={() => { drawn.closer = false; }}
      />
      <div class="plot-tip" ref={tip} />
    </div>
  );
}
