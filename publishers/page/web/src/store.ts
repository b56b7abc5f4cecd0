// The events that the page knows, by what they are about.
import type { EventRow } from './api';

/** What is shown of one pulse: its newest message. */
export interface Shown extends EventRow {
  /** Arrival [s since 1970], for plots. */
  time: number;
  kind: Kind;
  /** Of an alert: the event of the full search that confirmed it. */
  confirmed_by?: string;
}

export type Kind = 'burst' | 'interference' | 'unjudged' | 'injection' | 'alert' | 'retracted';

export const mostEvents = 10_000;
const trimmedAtOnce = 500;

function kindOf(row: EventRow): Kind {
  if (row.alert_type === 'retraction') return 'retracted';
  if (row.search === 'prompt') return 'alert';
  if (row.is_injection === true) return 'injection';
  return row.label;
}

/** Milliseconds of fractions are enough for a plot; the text keeps all digits. */
const secondsOf = (utc: string): number => Date.parse(utc) / 1000;

export class EventStore {
  /** In order of their first message. */
  shown: Shown[] = [];
  lastSeq = 0;
  private readonly byId = new Map<string, Shown>();

  add(rows: readonly EventRow[]): void {
    for (const row of rows) this.addOne(row);
    if (this.shown.length <= mostEvents + trimmedAtOnce) return;
    for (const old of this.shown.splice(0, this.shown.length - mostEvents)) {
      this.byId.delete(old.event_id);
    }
  }

  private addOne(row: EventRow): void {
    if (row.seq <= this.lastSeq) return;
    this.lastSeq = row.seq;
    for (const alert of row.confirms) {
      const told = this.byId.get(alert);
      if (told) told.confirmed_by = row.event_id;
    }
    const made = { ...row, time: secondsOf(row.toa_utc), kind: kindOf(row) };
    const known = this.byId.get(row.event_id);
    if (known) {
      Object.assign(known, made);
    } else {
      this.byId.set(row.event_id, made);
      this.shown.push(made);
    }
  }
}
