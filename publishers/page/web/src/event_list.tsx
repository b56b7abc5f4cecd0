// The events as a list, of which only what is seen is in the document.
import { useEffect, useRef, useState } from 'preact/hooks';
import { clockOf, dateOf, fixed, width } from './format';
import { kindNames, lineWidth, radiusOf, shapeOf } from './marks';
import type { Kind, Shown } from './store';

interface Props {
  /** The newest first. */
  events: readonly Shown[];
  selected: string | null;
  onSelect: (event: Shown) => void;
  onOpen: (event: Shown) => void;
}

const rowHeight = 26;
const beyond = 8; // rows outside of what is seen
const page = 15; // rows

export function Mark({ kind, snr }: { kind: Kind; snr: number }) {
  return (
    <svg class={`mark ${kind}`} width="20" height="20" viewBox="-10 -10 20 20" aria-hidden="true">
      <path d={shapeOf(kind, Math.min(7, radiusOf(snr)))} stroke-width={lineWidth} />
    </svg>
  );
}

function Row({ event, place, selected, count, onSelect, onOpen }: Omit<Props, 'events' | 'selected'> & {
  event: Shown;
  place: number;
  selected: boolean;
  count: number;
}) {
  const note = event.confirmed_by === undefined ? '' : ', confirmed';
  return (
    <div
      id={`event-${event.seq}`}
      role="option"
      aria-selected={selected}
      aria-posinset={place + 1}
      aria-setsize={count}
      aria-label={`${kindNames[event.kind]}${note}, S/N ${fixed(event.snr, 1)}, DM ${fixed(event.dm_pc_cm3, 1)}, ${clockOf(event.toa_utc)} UTC`}
      data-event={event.event_id}
      class={`row ${event.kind}${selected ? ' selected' : ''}`}
      style={{ transform: `translateY(${place * rowHeight}px)` }}
      onClick={() => {
        onSelect(event);
        onOpen(event);
      }}
    >
      <Mark kind={event.kind} snr={event.snr} />
      <span class="time" title={`${dateOf(event.toa_utc)} UTC`}>
        {clockOf(event.toa_utc)}
      </span>
      <span class="number">{fixed(event.snr, 1)}</span>
      <span class="number">{fixed(event.dm_pc_cm3, 1)}</span>
      <span class="number">{width(event.width_ms)}</span>
      <span class="number">{event.probability === null ? '–' : fixed(event.probability, 2)}</span>
      <span class="number">{event.beam ?? '–'}</span>
      <span class="kind">{event.confirmed_by === undefined ? kindNames[event.kind] : 'confirmed'}</span>
    </div>
  );
}

export function EventList(props: Props) {
  const { events, selected, onSelect, onOpen } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const place = events.findIndex((event) => event.event_id === selected);

  useEffect(() => {
    const host = box.current;
    if (!host) return;
    const watch = new ResizeObserver(() => {
      setHeight(host.clientHeight);
    });
    watch.observe(host);
    return () => {
      watch.disconnect();
    };
  }, []);

  // A list that is read further down stays where it is while events come above.
  const first = events[0]?.event_id;
  const before = useRef({ first, length: events.length });
  useEffect(() => {
    const host = box.current;
    const added = events.findIndex((event) => event.event_id === before.current.first);
    if (host && added > 0 && host.scrollTop > rowHeight) host.scrollTop += added * rowHeight;
    before.current = { first, length: events.length };
  }, [first, events]);

  const moveTo = (wanted: number) => {
    const event = events[Math.max(0, Math.min(events.length - 1, wanted))];
    if (!event) return;
    onSelect(event);
    const host = box.current;
    if (!host) return;
    const y = events.indexOf(event) * rowHeight;
    if (y < host.scrollTop) host.scrollTop = y;
    else if (y + rowHeight > host.scrollTop + host.clientHeight) {
      host.scrollTop = y + rowHeight - host.clientHeight;
    }
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => { moveTo(place + 1); },
    ArrowUp: () => { moveTo(place < 0 ? 0 : place - 1); },
    PageDown: () => { moveTo(place + page); },
    PageUp: () => { moveTo(Math.max(0, place) - page); },
    Home: () => { moveTo(0); },
    End: () => { moveTo(events.length - 1); },
    Enter: () => {
      const event = events[place];
      if (event) onOpen(event);
    },
  };
  // As many elements however far it is scrolled: each shows another event then.
  const rows = Math.ceil(height / rowHeight) + 1 + 2 * beyond;
  const begin = Math.max(0, Math.min(events.length - rows, Math.floor(top / rowHeight) - beyond));
  return (
    <div class="list">
      <div class="row head" aria-hidden="true">
        <span />
        <span>arrival (UTC)</span>
        <span class="number">S/N</span>
        <span class="number">DM<small> pc cm⁻³</small></span>
        <span class="number">width<small> ms</small></span>
        <span class="number">prob.</span>
        <span class="number">beam</span>
        <span>kind</span>
      </div>
      <div
        class="rows"
        id="events"
        ref={box}
        role="listbox"
        tabIndex={0}
        aria-label="Events, the newest first"
        aria-activedescendant={place >= 0 ? `event-${events[place]?.seq ?? 0}` : undefined}
        onScroll={(scrolled) => {
          setTop(scrolled.currentTarget.scrollTop);
        }}
        onKeyDown={(pressed) => {
          const action = keys[pressed.key];
          if (!action) return;
          pressed.preventDefault();
          action();
        }}
      >
        <div style={{ height: `${events.length * rowHeight}px` }} role="presentation">
          {events.slice(begin, begin + rows).map((event, i) => (
            <Row
              key={event.event_id}
              event={event}
              place={begin + i}
              count={events.length}
              selected={event.event_id === selected}
              onSelect={onSelect}
              onOpen={onOpen}
            />
          ))}
        </div>
        {events.length === 0 && <p class="nothing">No events{'\u00a0'}yet, or none that pass the filters.</p>}
      </div>
    </div>
  );
}
