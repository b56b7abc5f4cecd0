// Which events are shown.
import type { Kind, Shown } from './store';

export interface Filters {
  text: string;
  snrMin: number | null;
  dmMin: number | null;
  dmMax: number | null;
  kind: Kind | 'all';
  /** Alerts that the full search confirmed: their events say the same. */
  confirmed: boolean;
}

export const noFilters: Filters = {
  text: '',
  snrMin: null,
  dmMin: null,
  dmMax: null,
  kind: 'all',
  confirmed: false,
};

function passes(event: Shown, filters: Filters, words: readonly string[]): boolean {
  if (filters.kind !== 'all' && event.kind !== filters.kind) return false;
  if (!filters.confirmed && event.confirmed_by !== undefined) return false;
  if (filters.snrMin !== null && event.snr < filters.snrMin) return false;
  if (filters.dmMin !== null && event.dm_pc_cm3 < filters.dmMin) return false;
  if (filters.dmMax !== null && event.dm_pc_cm3 > filters.dmMax) return false;
  if (words.length === 0) return true;
  const text = `${event.event_id} ${event.obs_id} b${event.beam ?? 0} ${event.kind}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** @returns Those that pass, the newest first. */
export function filtered(events: readonly Shown[], filters: Filters): Shown[] {
  const words = filters.text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const found: Shown[] = [];
  for (let i = events.length - 1; i >= 0; --i) {
    const event = events[i];
    if (event && passes(event, filters, words)) found.push(event);
  }
  return found;
}
