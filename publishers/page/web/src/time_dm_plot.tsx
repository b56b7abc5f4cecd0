// Events in time and dispersion measure, as they come.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { clockOf, dateOf, fixed } from './format';
import { addMark, isFilled, kindColour, kinds, radiusOf } from './marks';
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
}

function drawEvents(plot: uPlot, drawn: Drawn): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  const ratio = devicePixelRatio;
  const place = (event: Shown): [number, number] => [
    plot.valToPos(event.time, 'x', true),
    plot.valToPos(event.dm_pc_cm3, 'y', true),
  ];
  for (const kind of [...kinds].reverse()) {
    const path = new Path2D();
    for (const event of drawn.events) {
      if (event.kind !== kind) continue;
      const [x, y] = place(event);
      if (x < left - 20 || x > left + width + 20) continue;
      addMark(path, kind, x, y, radiusOf(event.snr) * ratio);
    }
    ctx.lineWidth = 1.5 * ratio;
    ctx.strokeStyle = ctx.fillStyle = kindColour(kind);
    if (isFilled(kind)) ctx.fill(path);
    else ctx.stroke(path);
  }
  const chosen = drawn.events.find((event) => event.event_id === drawn.selected);
  if (chosen) {
    const [x, y] = place(chosen);
    ctx.beginPath();
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
  let best: Shown | null = null;
  let least = reach * reach;
  for (const event of events) {
    const dx = plot.valToPos(event.time, 'x') - left;
    if (dx > reach || dx < -reach) continue;
    const dy = plot.valToPos(event.dm_pc_cm3, 'y') - top;
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
      scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low) - 0.03 * high, high * 1.06] } },
      axes: [
        { ...axis, label: 'arrival at the highest channel (UTC)', size: 34, values: timeLabels },
        { ...axis, label: 'DM (pc cm⁻³)', size: 52, values: (_, dms) => dms.map(String) },
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        draw: [
          (plot) => {
            drawEvents(plot, drawn);
          },
        ],
        setCursor: [
          (plot) => {
            hovered(nearest(plot, drawn.events));
          },
        ],
      },
    },
    [[0], [0]],
    box,
  );
}

export function TimeDmPlot({ events, selected, span, theme, onSelect, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const drawn = useRef<Drawn>({ events, selected });
  const hovered = useRef<Shown | null>(null);
  drawn.current.events = events;
  drawn.current.selected = selected;

  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const made = makePlot(host, drawn.current, (event) => {
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

  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    const newest = events.reduce((latest, event) => Math.max(latest, event.time), -Infinity);
    if (!Number.isFinite(newest)) {
      const now = Date.now() / 1000;
      made.setData([[now - 60, now], [0, 1000]]);
      return;
    }
    const oldest = events.reduce((first, event) => Math.min(first, event.time), Infinity);
    const margin = Math.max(1, 0.02 * (newest - (span === null ? oldest : newest - span)));
    const begin = span === null ? oldest - margin : newest - span;
    const seen = events.filter((event) => event.time >= begin);
    const highest = seen.reduce((most, event) => Math.max(most, event.dm_pc_cm3), 10);
    made.setData([[begin, newest + margin], [0, highest]]);
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
      />
      <div class="plot-tip" ref={tip} />
    </div>
  );
}
