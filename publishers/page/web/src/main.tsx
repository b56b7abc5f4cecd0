// The page: what is known, who is told of it, and the keys.
import { render } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import { fetchEvents, openStream, type EventRow, type State } from './api';
import { CandidateDialog } from './candidate_dialog';
import { EventList } from './event_list';
import { FilterBar } from './filter_bar';
import { filtered, noFilters } from './filters';
import { Header, noteRate } from './header';
import { HelpDialog } from './help_dialog';
import { StatusCards } from './status_cards';
import { EventStore, mostEvents, type Shown } from './store';
import './style.css';
import { applyTheme, onSystemTheme, toggleTheme } from './theme';
import { TimeDmPlot } from './time_dm_plot';
import { WaterfallView } from './waterfall_view';

const gathered = 50; // ms: events that come together are drawn together

const spans: [string, number | null][] = [
  ['1 min', 60],
  ['10 min', 600],
  ['1 h', 3600],
  ['1 d', 86_400],
  ['all', null],
];

/** Events and state as they come. */
function useStream() {
  const store = useRef(new EventStore());
  const [version, setVersion] = useState(0);
  const [state, setState] = useState<State | null>(null);
  const [connected, setConnected] = useState(true);
  const [fault, setFault] = useState('');
  useEffect(() => {
    let stream: EventSource | null = null;
    let journal = '';
    let pending: EventRow[] = [];
    const take = (row: EventRow) => {
      if (pending.push(row) > 1) return;
      setTimeout(() => {
        store.current.add(pending);
        pending = [];
        setVersion((before) => before + 1);
      }, gathered);
    };
    const begin = async () => {
      try {
        const known = await fetchEvents(mostEvents);
        store.current.add(known.events);
        setVersion((before) => before + 1);
        setFault('');
        stream = openStream(known.last_seq, {
          event: take,
          state: (told) => {
            noteRate(told);
            setState(told);
            if (journal !== '' && journal !== told.journal) beginAnew();
            journal = told.journal;
          },
          connected: setConnected,
        });
      } catch (error) {
        setFault(error instanceof Error ? error.message : String(error));
        setConnected(false);
        setTimeout(() => void begin(), 2000);
      }
    };
    // Another run at the same address: its numbers are not those that are known here.
    const beginAnew = () => {
      stream?.close();
      store.current = new EventStore();
      pending = [];
      void begin();
    };
    void begin();
    return () => stream?.close();
  }, []);
  return { store: store.current, version, state, connected, fault };
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && ['INPUT', 'SELECT', 'TEXTAREA'].includes(target.tagName);

function Page() {
  const { store, version, state, connected, fault } = useStream();
  const [filters, setFilters] = useState(noFilters);
  const [selected, setSelected] = useState<string | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const [help, setHelp] = useState(false);
  const [theme, setTheme] = useState(applyTheme);
  const [span, setSpan] = useState<number | null>(null);
  const events = useMemo(() => filtered(store.shown, filters), [store, version, filters]);
  const open = events.find((event) => event.event_id === opened);

  useEffect(() => {
    onSystemTheme(setTheme);
  }, []);
  useEffect(() => {
    const focus = (id: string) => document.getElementById(id)?.focus();
    const keys: Record<string, () => void> = {
      '/': () => focus('filter'),
      e: () => focus('events'),
      t: () => { setTheme(toggleTheme()); },
      '?': () => { setHelp(true); },
    };
    const press = (pressed: KeyboardEvent) => {
      if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
      if (isTyping(pressed.target)) {
        if (pressed.key === 'Escape') focus('events');
        return;
      }
      const action = keys[pressed.key];
      if (!action) return;
      pressed.preventDefault();
      action();
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
    };
  }, []);

  const select = (event: Shown) => { setSelected(event.event_id); };
  const show = (event: Shown) => {
    select(event);
    setOpened(event.event_id);
  };
  const step = (by: number) => {
    const next = events[events.findIndex((event) => event.event_id === opened) + by];
    if (next) show(next);
  };
  const close = () => {
    setOpened(null);
    document.getElementById('events')?.focus();
  };
  return (
    <>
      <Header
        state={state}
        connected={connected}
        theme={theme}
        onTheme={() => { setTheme(toggleTheme()); }}
        onHelp={() => { setHelp(true); }}
      />
      {fault !== '' && <p class="fault" role="alert">{fault}</p>}
      <main>
        <section class="panel events-plot" aria-labelledby="plot-title">
          <h2 id="plot-title">
            Time and DM
            <span class="spans" role="group" aria-label="How much of it is shown">
              {spans.map(([name, value]) => (
                <button
                  key={name}
                  type="button"
                  aria-pressed={span === value}
                  onClick={() => { setSpan(value); }}
                >
                  {name}
                </button>
              ))}
            </span>
          </h2>
          <TimeDmPlot events={events} selected={selected} span={span} theme={theme} onSelect={select} onOpen={show} />
        </section>
        <WaterfallView theme={theme} searching={state?.state === 'searching'} />
        <section class="panel events" aria-label="Events">
          <FilterBar filters={filters} shown={events.length} known={store.shown.length} onChange={setFilters} />
          <EventList events={events} selected={selected} onSelect={select} onOpen={show} />
        </section>
      </main>
      <StatusCards state={state} />
      <footer>
        draftstream {state?.version ?? ''}
        {state?.commit ? ` (${state.commit.slice(0, 12)})` : ''}
        <a href="/metrics">figures for Prometheus</a>
        <a href="/api/state">state as JSON</a>
      </footer>
      {open && <CandidateDialog event={open} onClose={close} onStep={step} />}
      {help && <HelpDialog onClose={() => { setHelp(false); }} />}
    </>
  );
}

const root = document.getElementById('page');
if (root) render(<Page />, root);
